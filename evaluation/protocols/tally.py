"""What a protocol counts: credit given, gold items and predicted items, and the ratios made of them."""

from __future__ import annotations

from dataclasses import dataclass

from hybrid_ner.scoring import percent


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts that can be summed.

    Attributes:
        credit: what was right; below the number of right items where a protocol gives partial credit.
        gold, predicted: the items there were to find, and those found.
    """

    credit: float = 0.0
    gold: int = 0
    predicted: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.credit + other.credit, self.gold + other.gold, self.predicted + other.predicted)

    def to_dict(self) -> dict[str, float]:
        """Precision, recall and F1 in percent, two decimals; a ratio over nothing is 0."""
        return {
            "precision": _percent_of(self.credit, self.predicted),
            "recall": _percent_of(self.credit, self.gold),
            "f1": _percent_of(2 * self.credit, self.gold + self.predicted),
        }


def _percent_of(part: float, whole: float) -> float:
    return percent(part / whole) if whole else 0.0
