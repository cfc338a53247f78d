"""Partial overlap, credited as SemEval-2013's "partial" is (task 9.1): 1 for the exact span, 1/2 for an overlap.

Precision = (exact + overlapping / 2) / predicted, recall = the same over gold. SemEval's own measure disregards the
type (`tally_untyped`); `tally` asks for the type as well.
"""

from __future__ import annotations

from collections.abc import Iterable

from evaluation.matching import pair_up
from evaluation.protocols.tally import Tally
from hybrid_ner.scoring import Span

CREDIT = 0.5


def tally(gold: frozenset[Span], predicted: frozenset[Span], text: str) -> Tally:
    """Exact spans first; of the rest each is paired at most once, with one of its type, longest overlap first."""
    exact = gold & predicted
    pairs = pair_up(gold - exact, predicted - exact, same_type)
    return Tally(len(exact) + CREDIT * len(pairs), len(gold), len(predicted))


def tally_untyped(gold: frozenset[Span], predicted: frozenset[Span], text: str) -> Tally:
    """The same whatever the type; a span given with two types counts once."""
    return tally(_untyped(gold), _untyped(predicted), text)


def same_type(gold: Span, predicted: Span) -> bool:
    """Are the two of one type?"""
    return gold[2] == predicted[2]


def _untyped(spans: Iterable[Span]) -> frozenset[Span]:
    return frozenset((start, end, "") for start, end, _ in spans)
