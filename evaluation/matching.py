"""Pairs gold with predicted spans that overlap, one to one."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hybrid_ner.scoring import Span


def overlap(a: Span, b: Span) -> int:
    """How many code points two spans share."""
    return max(0, min(a[1], b[1]) - max(a[0], b[0]))


def pair_up(
    gold: Iterable[Span], predicted: Iterable[Span], fits: Callable[[Span, Span], bool]
) -> list[tuple[Span, Span]]:
    """Greedy one-to-one pairs of spans that overlap and for which `fits(gold, predicted)` holds.

    The longest overlap is taken first, then by position, so the result depends on no order of the input.
    """
    predicted = list(predicted)
    possible = sorted((-overlap(g, p), g, p) for g in gold for p in predicted if overlap(g, p) and fits(g, p))
    pairs: list[tuple[Span, Span]] = []
    used_gold: set[Span] = set()
    used_predicted: set[Span] = set()
    for _, g, p in possible:
        if g not in used_gold and p not in used_predicted:
            used_gold.add(g)
            used_predicted.add(p)
            pairs.append((g, p))
    return pairs
