"""Flat and nested spans apart: the outermost ones as a flat tagger is scored, and those inside another one."""

from __future__ import annotations

from collections.abc import Iterable

from evaluation.protocols.tally import Tally
from hybrid_ner.scoring import Span


def tally_flat(gold: frozenset[Span], predicted: frozenset[Span], text: str) -> Tally:
    """Strict, over the spans that lie inside no other span of their own side."""
    return _strict(gold - inner(gold), predicted - inner(predicted))


def tally_nested(gold: frozenset[Span], predicted: frozenset[Span], text: str) -> Tally:
    """Strict, over the spans that lie inside another span of their own side.

    Where an outer span was missed, what lies inside it is not nested on the predicted side and counts as missed.
    """
    return _strict(inner(gold), inner(predicted))


def inner(spans: Iterable[Span]) -> frozenset[Span]:
    """The spans that lie inside a longer one; the same span with two types is outermost twice."""
    found, widest = set(), []  # `widest`: the spans that hold all others seen, by start
    for span in sorted(spans, key=lambda s: (s[0], -s[1], s[2])):
        if any(end >= span[1] and (start, end) != span[:2] for start, end in widest):
            found.add(span)
        else:
            widest.append(span[:2])
    return frozenset(found)


def _strict(gold: frozenset[Span], predicted: frozenset[Span]) -> Tally:
    return Tally(len(gold & predicted), len(gold), len(predicted))
