"""A token classifier with a BIO head, the encoder fine-tuned on one corpus: how the tables' BERT-base row is made.

Softmax over the first sub-token of every word, cross-entropy, AdamW with linear warm-up and decay (Devlin et al.,
2019, section 5.3). Nested gold keeps its outermost spans, as a flat tagger must.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from evaluation.baselines import Tagger
from evaluation.corpora import Sentence
from evaluation.protocols.nesting import inner
from hybrid_ner.errors import MissingExtraError
from hybrid_ner.scoring import Span
from hybrid_ner.words import EncodedText, WordEncoder

if TYPE_CHECKING:
    from torch import Tensor, nn

OUTSIDE = "O"
_IGNORED = -100  # torch's cross-entropy skips it
_WARMUP = 0.1
_TAGGING_BATCH = 32


@dataclass(frozen=True)
class TokenClassifier:
    """Trains anew for every corpus.

    Attributes:
        encoder: folder or name of a transformers encoder. epochs: passes over the training split.
        batch: sentences a step. max_tokens: sub-tokens a sentence is cut at in training, and tagged up to.
    """

    encoder: str = "all-MiniLM-L6-v2"
    epochs: float = 5.0
    seed: int = 13
    rate: float = 1e-4
    batch: int = 16
    max_tokens: int = 256

    name = "BIO token classifier"
    packages = ("torch", "transformers")

    @property
    def settings(self) -> dict[str, Any]:
        return asdict(self)

    def fit(self, sentences: Sequence[Sentence]) -> Tagger:
        """Raises MissingExtraError without torch and transformers, ModelError for an unknown encoder."""
        try:
            import torch

            from hybrid_ner.students.torch import load_encoder, tokenizer_file
        except ImportError as error:
            raise MissingExtraError("torch", "train", "the token classifier baseline") from error
        torch.manual_seed(self.seed)
        words = WordEncoder.from_file(tokenizer_file(self.encoder))
        tags = tag_names(sentences)
        encoder = load_encoder(self.encoder)
        model = _Network(encoder, torch.nn.Linear(encoder.config.hidden_size, len(tags)))
        self._train(model, [self._example(s, words, tags) for s in sentences])
        return lambda texts: self._tag(model, [words.encode(text) for text in texts], tags, words)

    def _train(self, model: _Network, examples: Sequence[tuple[list[int], list[int]]]) -> None:
        import torch
        from transformers import get_linear_schedule_with_warmup

        examples = [e for e in examples if any(tag != _IGNORED for tag in e[1])]
        steps = max(1, round(self.epochs * len(examples) / self.batch))
        optimiser = torch.optim.AdamW(model.parameters(), lr=self.rate, weight_decay=0.01)
        schedule = get_linear_schedule_with_warmup(optimiser, int(_WARMUP * steps), steps)
        loss_of = torch.nn.CrossEntropyLoss(ignore_index=_IGNORED)
        model.train()
        for _, rows in zip(range(steps), self._batches(examples), strict=False):
            ids, mask, tags = _padded(rows)
            with torch.autocast("cpu", dtype=torch.bfloat16):  # as the student is trained; half the time
                loss = loss_of(model(ids, mask).flatten(0, 1), tags.flatten())
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()
        model.eval()

    def _batches(self, examples: Sequence[Any]) -> Iterator[Sequence[Any]]:
        """Endless batches; within each stretch of 16 batches rows of similar length go together."""
        rng = random.Random(self.seed)
        while True:
            order = rng.sample(examples, len(examples))
            for start in range(0, len(order), 16 * self.batch):
                stretch = sorted(order[start : start + 16 * self.batch], key=lambda e: len(e[0]))
                groups = [stretch[i : i + self.batch] for i in range(0, len(stretch), self.batch)]
                yield from rng.sample(groups, len(groups))

    def _example(self, sentence: Sentence, words: WordEncoder, tags: Sequence[str]) -> tuple[list[int], list[int]]:
        """Sub-token ids and tag numbers; sub-tokens that do not begin a word have no tag."""
        encoded = words.encode(sentence.text)
        numbers = {tag: i for i, tag in enumerate(tags)}
        labels = [_IGNORED] * len(encoded.ids)
        for bound, tag in zip(encoded.bounds[:-1], word_tags(encoded, sentence.gold), strict=True):
            labels[bound] = numbers[tag]
        room = self.max_tokens - 2
        ids = [words.start_id, *encoded.ids[:room], words.end_id]
        return ids, [_IGNORED, *labels[:room], _IGNORED]

    def _tag(
        self, model: _Network, encoded: Sequence[EncodedText], tags: Sequence[str], words: WordEncoder
    ) -> list[dict[Span, float]]:
        import torch

        found: list[dict[Span, float]] = [{}] * len(encoded)
        order = sorted(range(len(encoded)), key=lambda i: len(encoded[i].ids))
        room = self.max_tokens - 2
        for start in range(0, len(order), _TAGGING_BATCH):
            group = order[start : start + _TAGGING_BATCH]
            rows = [([words.start_id, *encoded[i].ids[:room], words.end_id], []) for i in group]
            ids, mask, _ = _padded(rows)
            with torch.inference_mode():
                scores, best = model(ids, mask).softmax(-1).max(-1)
            for row, i in enumerate(group):
                places = [bound + 1 for bound in encoded[i].bounds[:-1] if bound < room]
                seen = [(tags[best[row, p]], float(scores[row, p])) for p in places]
                found[i] = spans_of(seen, encoded[i].offsets)
        return found


def _Network(encoder: nn.Module, head: nn.Module) -> Any:
    """An encoder with a linear head: (ids, mask) -> tag logits [B, L, tags]."""
    import torch

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.drop, self.head = encoder, torch.nn.Dropout(0.1), head

        def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
            states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            return self.head(self.drop(states))

    return Network()


def _padded(rows: Sequence[tuple[list[int], list[int]]]) -> tuple[Tensor, Tensor, Tensor]:
    import torch
    from torch.nn.utils.rnn import pad_sequence

    ids = pad_sequence([torch.tensor(i) for i, _ in rows], batch_first=True)
    mask = pad_sequence([torch.ones(len(i), dtype=torch.long) for i, _ in rows], batch_first=True)
    tags = pad_sequence([torch.tensor(t) for _, t in rows], batch_first=True, padding_value=_IGNORED)
    return ids, mask, tags


def tag_names(sentences: Sequence[Sentence]) -> list[str]:
    """O, and B- and I- of every type of the sentences."""
    types = sorted({name for s in sentences for _, _, name in s.gold})
    return [OUTSIDE, *(f"{prefix}-{name}" for name in types for prefix in "BI")]


def word_tags(encoded: EncodedText, gold: frozenset[Span]) -> list[str]:
    """A BIO tag a word, of the outermost spans; a word that a span covers in part belongs to it."""
    tags = [OUTSIDE] * len(encoded.offsets)
    for start, end, name in sorted(gold - inner(gold)):
        inside = [w for w, (s, e) in enumerate(encoded.offsets) if s < end and start < e and tags[w] == OUTSIDE]
        for place, w in enumerate(inside):
            tags[w] = f"{'I' if place else 'B'}-{name}"
    return tags


def spans_of(tags: Sequence[tuple[str, float]], offsets: Sequence[tuple[int, int]]) -> dict[Span, float]:
    """The spans of a BIO sequence with the mean score of their words; an I without its B begins a span."""
    spans: list[tuple[int, int, str, list[float]]] = []
    for w, (tag, score) in enumerate(tags):
        prefix, _, name = tag.partition("-")
        if prefix == "I" and spans and spans[-1][1] == w - 1 and spans[-1][2] == name:
            start, _, _, scores = spans.pop()
            spans.append((start, w, name, [*scores, score]))
        elif prefix != OUTSIDE:
            spans.append((w, w, name, [score]))
    return {(offsets[a][0], offsets[b][1], name): sum(s) / len(s) for a, b, name, s in spans}
