"""Scores of predicted spans against gold spans: strict micro-F1 and its relatives.

A mention counts once: both sides are sets of (start, end, type) a sentence; a span given twice is one span.
A ratio over nothing (no prediction, no gold) is 0, as in seqeval and scikit-learn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hybrid_ner.errors import HybridNERError

Span = tuple[int, int, str]


class Identified(Protocol):
    """What `align` needs of a gold sentence or document."""

    @property
    def id(self) -> str: ...

    @property
    def text(self) -> str: ...


class ScoringError(HybridNERError, ValueError):
    """Predictions that do not belong to the sentences they are scored against."""


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and false negatives, and the ratios made of them (0 to 1)."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    @classmethod
    def of(cls, gold: set | frozenset, predicted: set | frozenset) -> Counts:
        hits = len(gold & predicted)
        return cls(hits, len(predicted) - hits, len(gold) - hits)

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> float:
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float:
        return _ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    def to_dict(self) -> dict[str, Any]:
        """Counts and ratios; ratios in percent, two decimals, as they are published."""
        ratios = {name: percent(getattr(self, name)) for name in ("precision", "recall", "f1")}
        return {"tp": self.tp, "fp": self.fp, "fn": self.fn, **ratios}


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one corpus.

    Attributes:
        micro: strict: start, end and type all equal, over all mentions.
        boundary: start and end equal whatever the type; a span given with two types counts once.
        per_type: strict, for every type with a gold or a predicted mention.
    """

    micro: Counts
    boundary: Counts
    per_type: Mapping[str, Counts]

    @property
    def macro_f1(self) -> float:
        """The mean of the types' F1, over types with a gold or a predicted mention (as seqeval has it)."""
        return _ratio(sum(c.f1 for c in self.per_type.values()), len(self.per_type))


def score(gold: Sequence[Iterable[Span]], predicted: Sequence[Iterable[Span]]) -> Scores:
    """Scores predictions; element i of both belongs to the same sentence.

    Raises:
        ScoringError: the two differ in length.
    """
    if len(gold) != len(predicted):
        raise ScoringError(f"{len(gold)} sentences with gold spans but {len(predicted)} with predictions")
    micro = boundary = Counts()
    per_type: dict[str, Counts] = defaultdict(Counts)
    for gold_spans, predicted_spans in zip(map(set, gold), map(set, predicted), strict=True):
        micro += Counts.of(gold_spans, predicted_spans)
        boundary += Counts.of({s[:2] for s in gold_spans}, {s[:2] for s in predicted_spans})
        for name in {s[2] for s in gold_spans | predicted_spans}:
            per_type[name] += Counts.of(_of_type(gold_spans, name), _of_type(predicted_spans, name))
    return Scores(micro, boundary, dict(sorted(per_type.items())))


def align(
    sentences: Sequence[Identified], predictions: Mapping[str, Iterable[Span]], types: Iterable[str]
) -> list[frozenset[Span]]:
    """Predictions by sentence id, in the sentences' order, checked.

    Args:
        predictions: sentence id -> spans; in any order, an entry a sentence (empty when nothing was found).
        types: the names that were asked.

    Raises:
        ScoringError: an id missing or unknown, a span outside its sentence, or a type that was not asked.
    """
    missing = [s.id for s in sentences if s.id not in predictions]
    unknown = sorted(set(predictions) - {s.id for s in sentences})
    if missing or unknown:
        raise ScoringError(
            f"predictions do not match the gold sentences: {len(missing)} missing (first: {missing[:3]}), "
            f"{len(unknown)} unknown (first: {unknown[:3]})"
        )
    asked = frozenset(types)
    aligned = []
    for sentence in sentences:
        spans = frozenset(predictions[sentence.id])
        for start, end, type_name in spans:
            if not 0 <= start < end <= len(sentence.text) or type_name not in asked:
                raise ScoringError(
                    f"sentence {sentence.id!r}: predicted span [{start}, {end}) of type {type_name!r}; "
                    f"accepted: offsets from 0 to {len(sentence.text)} and the types {sorted(asked)}"
                )
        aligned.append(spans)
    return aligned


def proposal_recall(gold: Sequence[Iterable[Span]], proposed: Sequence[Iterable[Span]]) -> dict[str, float]:
    """Was the gold span among the candidates? Recall in percent, `typed` (strict) and `boundary`."""
    scores = score(gold, proposed)
    return {"typed": percent(scores.micro.recall), "boundary": percent(scores.boundary.recall)}


def percent(ratio: float) -> float:
    """A ratio as published: in percent, two decimals."""
    return round(100 * ratio, 2)


def _of_type(spans: set[Span], type_name: str) -> set[Span]:
    return {s for s in spans if s[2] == type_name}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
