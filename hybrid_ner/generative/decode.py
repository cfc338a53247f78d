"""Greedy decoding of many questions about few passages: each passage is computed once, each answer is a JSON list.

A batch is passages x questions. The passages' keys and values are computed first; then rows of (passage, question)
take a copy of their passage's, read their question and answer, all at the same time. Rows that are done leave.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hybrid_ner.generative.automaton import REFUSED, list_automaton, over_tokens
from hybrid_ner.generative.vocabulary import token_bytes

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Written:
    """An answer: the bytes of its tokens, and the log probability that the model gave each token."""

    tokens: tuple[bytes, ...]
    logprobs: tuple[float, ...]

    @property
    def bytes(self) -> bytes:
        return b"".join(self.tokens)


@dataclass(slots=True)
class _Row:
    """A question about a passage while it is answered."""

    passage: int
    question: int
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)


class Decoder:
    """A causal language model that writes JSON lists.

    Args:
        model: of transformers, in evaluation mode.
        tokenizer: its tokenizer.
        form: "strings" or "pairs", as `Template.answers`.
        rows: most rows computed together; bounds memory.
        answer_tokens: most tokens of an answer; the rest is left unwritten.
        reuse: compute each passage once. Without it every row computes its own: the same answers, more work.
    """

    def __init__(
        self, model: Any, tokenizer: Any, form: str, *, rows: int = 32, answer_tokens: int = 256, reuse: bool = True
    ) -> None:
        import inspect

        import torch

        self._model, self._device = model, next(model.parameters()).device
        # transformers 5 renamed the argument on its way.
        parameters = inspect.signature(model.forward).parameters
        self._cache_name = "cache" if "cache" in parameters else "past_key_values"
        self._rows, self._answer_tokens, self._reuse = rows, answer_tokens, reuse
        automaton = list_automaton(form)
        size = model.get_output_embeddings().weight.shape[0]
        self._tokens = token_bytes(tokenizer, size)
        self._done = automaton.done
        self._next = torch.from_numpy(over_tokens(automaton, self._tokens)).to(self._device)

    def answers(self, passages: Sequence[Sequence[int]], questions: Sequence[Sequence[int]]) -> Iterator[list[Written]]:
        """The answers to every question about each passage, passage by passage.

        Args:
            passages, questions: token ids; a passage's and a question's, one after the other, are a prompt.
        """
        at_once = max(1, self._rows // max(1, len(questions)))
        for begin in range(0, len(passages), at_once):
            yield from self._answers(passages[begin : begin + at_once], questions)

    def _answers(self, passages: Sequence[Sequence[int]], questions: Sequence[Sequence[int]]) -> list[list[Written]]:
        import torch

        rows = [_Row(p, q) for p in range(len(passages)) for q in range(len(questions))]
        with torch.inference_mode():  # never around a yield: it would last as long as the caller takes
            read = self._read_passages(passages) if self._reuse else None
            for first in range(0, len(rows), self._rows):
                self._answer(rows[first : first + self._rows], passages, questions, read)
        written: list[list[Written]] = [[] for _ in passages]
        for row in rows:
            written[row.passage].append(self._written(row))
        return written

    def _read_passages(self, passages: Sequence[Sequence[int]]) -> tuple[Any, torch.Tensor] | None:
        """Keys and values of the passages, and which of their places hold a token [P, longest].

        None for an architecture that keeps something else (a recurrent state), which cannot be given out by rows.
        """
        ids, mask = self._padded(passages)
        cache = self._new_cache()
        self._run(ids, mask, cache)
        return (cache, mask) if all(getattr(layer, "keys", None) is not None for layer in cache.layers) else None

    def _answer(
        self,
        rows: Sequence[_Row],
        passages: Sequence[Sequence[int]],
        questions: Sequence[Sequence[int]],
        read: tuple[Any, torch.Tensor] | None,
    ) -> None:
        """Writes the answers into `rows`."""
        import torch

        if read is None:
            ids, mask = self._padded([[*passages[row.passage], *questions[row.question]] for row in rows])
            cache = self._new_cache()
        else:
            ids, own = self._padded([questions[row.question] for row in rows])
            taken = torch.tensor([row.passage for row in rows], device=self._device)
            cache, mask = self._taken(read[0], taken), torch.cat([read[1][taken], own], 1)
        states = torch.zeros(len(rows), dtype=torch.long, device=self._device)
        alive = list(rows)
        for _ in range(self._answer_tokens):
            chosen, logprobs, states = self._choose(self._run(ids, mask, cache), states)
            for row, token, logprob in zip(alive, chosen.tolist(), logprobs.tolist(), strict=True):
                row.ids.append(token)
                row.logprobs.append(logprob)
            going = (states != self._done).nonzero()[:, 0]
            if not len(going):
                return
            ids, mask = chosen[:, None], torch.cat([mask, mask.new_ones(len(mask), 1)], 1)
            if len(going) < len(alive):
                ids, mask, states = ids[going], mask[going], states[going]
                cache.batch_select_indices(going)
                alive = [alive[i] for i in going.tolist()]

    def _choose(self, logits: torch.Tensor, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The best token that the automaton allows, its log probability among all tokens, and the next states."""
        following = self._next[states]
        logprobs = logits.float().log_softmax(-1)
        chosen = logprobs.masked_fill(following == REFUSED, float("-inf")).argmax(-1)
        return chosen, logprobs.gather(1, chosen[:, None])[:, 0], following.gather(1, chosen[:, None])[:, 0].long()

    def _run(self, ids: torch.Tensor, mask: torch.Tensor, cache: Any) -> torch.Tensor:
        """Logits [rows, V] of what comes next; the cache then holds the ids too."""
        # Places without a token are not counted: a row's positions are those it would have alone.
        positions = (mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        output = self._model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            use_cache=True,
            logits_to_keep=1,
            **{self._cache_name: cache},
        )
        return output.logits[:, -1]

    def _new_cache(self) -> Any:
        from transformers import DynamicCache

        return DynamicCache(config=self._model.config)

    def _taken(self, cache: Any, rows: torch.Tensor) -> Any:
        """A cache of its own that holds those rows of another."""
        copied = self._new_cache()
        for number, layer in enumerate(cache.layers):
            copied.update(layer.keys[rows], layer.values[rows], number)
        return copied

    def _padded(self, rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Ids and mask [rows, longest], filled up on the left so that all rows go on from the same place."""
        import torch

        longest = max(map(len, rows))
        ids = torch.zeros((len(rows), longest), dtype=torch.long)
        mask = torch.zeros((len(rows), longest), dtype=torch.long)
        for number, row in enumerate(rows):
            ids[number, longest - len(row) :] = torch.tensor(row)
            mask[number, longest - len(row) :] = 1
        return ids.to(self._device), mask.to(self._device)

    def _written(self, row: _Row) -> Written:
        return Written(tuple(self._tokens[i] or b"" for i in row.ids), tuple(row.logprobs))
