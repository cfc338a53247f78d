"""Whether a change of what is found, sentence by sentence, is more than noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hybrid_ner.scoring import Counts


@dataclass(frozen=True, slots=True)
class Gain:
    """What a change brings on held-out sentences.

    Attributes:
        points: of micro-F1, in percent.
        z: the change over its standard error; with nothing changed 0.
        sentences: those in which anything changed.
        precision: of what the change adds and takes away, the share that is right, in percent: mentions added that
            are gold and mentions dropped that are not.
    """

    points: float
    z: float
    sentences: int
    precision: float

    @classmethod
    def of(cls, before: Sequence[Counts], after: Sequence[Counts]) -> Gain:
        """The gain from `before` to `after`, counts a sentence, paired.

        F1 is 2 tp / (predicted + gold), so to first order a sentence moves it by (2 dtp - F1 dpredicted) over that
        sum; the statistic is that of a sign-flip test on these moves, the sentences being exchangeable.
        """
        total, changed = summed(before), summed(after)
        moves, good, bad = [], 0, 0
        for a, b in zip(before, after, strict=True):
            if a != b:
                moves.append(2 * (b.tp - a.tp) - total.f1 * (b.tp + b.fp - a.tp - a.fp))
                good += max(0, b.tp - a.tp) + max(0, a.fp - b.fp)
                bad += max(0, a.tp - b.tp) + max(0, b.fp - a.fp)
        spread = math.sqrt(math.fsum(move * move for move in moves))
        z = math.fsum(moves) / spread if spread else 0.0
        return cls(100 * (changed.f1 - total.f1), z, len(moves), 100 * good / max(1, good + bad))


def f1(counts: Sequence[Counts]) -> float:
    """Micro-F1 in [0, 1]."""
    return summed(counts).f1


def summed(counts: Sequence[Counts]) -> Counts:
    """The counts of all sentences together."""
    return Counts(sum(c.tp for c in counts), sum(c.fp for c in counts), sum(c.fn for c in counts))
