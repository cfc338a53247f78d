"""Conversations as token ids, with the answers marked: what is learned is decided here, token by token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hybrid_ner.conversations.template import Piece, Template

if TYPE_CHECKING:
    import numpy as np

IGNORED = -100  # the label that PyTorch's cross entropy leaves out


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids of one conversation [N], and its labels [N]: the id where a token is learned, else `IGNORED`.

    A label stands at its own token's place; the model shifts them.
    """

    ids: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


class ConversationEncoder:
    """Tokenizes conversations piece by piece, for training and for asking alike.

    A piece never shares a token with its neighbours, so a mask is exact, a prompt's tokens are those that training
    saw in the same place, and the tokens of a passage do not depend on the question after it. UniversalNER's training
    code cuts in the same manner (src/train/fastchat/train/train.py, preprocess2).

    Attributes:
        end: the token that ends an answer: the template's where the vocabulary ends with it, else the tokenizer's own.
    """

    def __init__(self, tokenizer: Any, template: Template) -> None:
        self.tokenizer, self.template = tokenizer, template
        stop = template.separators[1]
        own = tokenizer.eos_token
        self.end = stop if own is None or tokenizer.convert_tokens_to_ids(stop) == tokenizer.eos_token_id else own
        self._special = [token for token in tokenizer.all_special_tokens if token]
        # What the tokenizer puts in front of every text, a beginning-of-sequence token or nothing.
        self._first = [] if tokenizer.bos_token_id is None else [tokenizer.bos_token_id]
        if tokenizer("a").input_ids[:1] != self._first:
            self._first = []

    def opening(self, text: str, dataset: str | None = None) -> list[int]:
        """Ids up to and including the acknowledgement: what all questions about a passage share."""
        turns = self.template.opening(text, dataset)
        return [*self._first, *self._ids(self._pieces(turns)[0].text)]

    def question(self, question: str) -> list[int]:
        """Ids of a question, up to where its answer begins."""
        return self._ids(self._pieces(("", "", question))[1].text)

    def examples(self, turns: Sequence[str], max_tokens: int) -> Iterator[Example]:
        """A conversation as one example or, where it is longer than `max_tokens`, several with the same opening.

        Questions that do not fit beside the opening even alone are left out; a passage is never cut.
        """
        opening, *rest = self._pieces(turns)
        first = [*self._first, *self._ids(opening.text)]
        held: list[tuple[list[int], list[int]]] = []
        for question, answer in zip(rest[::2], rest[1::2], strict=True):
            pair = self._ids(question.text), self._ids(answer.text)
            if len(first) + _length([pair]) > max_tokens:
                continue
            if held and len(first) + _length(held) + _length([pair]) > max_tokens:
                yield _example(first, held)
                held = []
            held.append(pair)
        if held:
            yield _example(first, held)

    def _pieces(self, turns: Sequence[str]) -> list[Piece]:
        return self.template.pieces(turns, end=self.end, special=self._special)

    def _ids(self, text: str) -> list[int]:
        return self.tokenizer(text, add_special_tokens=False).input_ids


def _length(pairs: Sequence[tuple[list[int], list[int]]]) -> int:
    return sum(len(question) + len(answer) for question, answer in pairs)


def _example(first: list[int], pairs: Sequence[tuple[list[int], list[int]]]) -> Example:
    import numpy as np

    ids, labels = list(first), [IGNORED] * len(first)
    for question, answer in pairs:
        ids += question + answer
        labels += [IGNORED] * len(question) + answer
    return Example(np.array(ids, dtype=np.int32), np.array(labels, dtype=np.int32))
