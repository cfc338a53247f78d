"""What rules are worth: every sentence judged by rules learned without it, and whether a gain is more than noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from hybrid_ner.fitting.bench import FOLDS, Bench
from hybrid_ner.rules.pack import Rule
from hybrid_ner.scoring import Counts

# For each fold, the rules learned outside it, by id.
ByFold = Sequence[Mapping[str, Rule]]


@dataclass(frozen=True, slots=True)
class Gain:
    """What a change brings on held-out sentences.

    Attributes:
        points: of micro-F1, in percent.
        z: the change a sentence over its standard error; with nothing changed 0.
        sentences: those in which anything changed.
    """

    points: float
    z: float
    sentences: int

    @classmethod
    def of(cls, before: Sequence[Counts], after: Sequence[Counts]) -> Gain:
        """The gain from `before` to `after`, counts a sentence, paired.

        F1 is 2 tp / (predicted + gold), so to first order a sentence moves it by (2 dtp - F1 dpredicted) over that
        sum; the test statistic is that of a sign-flip test on these moves, the sentences being exchangeable.
        """
        total, changed = _total(before), _total(after)
        moves = [
            2 * (b.tp - a.tp) - total.f1 * (b.tp + b.fp - a.tp - a.fp)
            for a, b in zip(before, after, strict=True)
            if a != b
        ]
        spread = math.sqrt(math.fsum(move * move for move in moves))
        z = math.fsum(moves) / spread if spread else 0.0
        return cls(100 * (changed.f1 - total.f1), z, len(moves))


def held_out(
    bench: Bench,
    rules: ByFold,
    ids: Collection[str],
    thresholds: Mapping[str, float],
    *,
    only: Callable[[int], bool] = lambda place: True,
) -> list[Counts | None]:
    """Counts of every example, found with the rules of `ids` that were learned outside its fold.

    Args:
        only: places of examples to look at; others come back as None.
    """
    engines = [
        bench.engine((rule for rule_id, rule in rules[fold].items() if rule_id in ids), thresholds)
        for fold in range(FOLDS)
    ]
    return [
        bench.counts(engines[example.fold], example) if only(place) else None
        for place, example in enumerate(bench.examples)
    ]


def f1(counts: Sequence[Counts]) -> float:
    """Micro-F1 in [0, 1]."""
    return _total(counts).f1


def _total(counts: Sequence[Counts]) -> Counts:
    return Counts(sum(c.tp for c in counts), sum(c.fp for c in counts), sum(c.fn for c in counts))
