"""Do scores mean what they say? Calibration error of the entities a run gave, and the bins a plot is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hybrid_ner.calibration import expected_calibration_error
from hybrid_ner.scoring import Span

BINS = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """Entities of one or more corpora: their scores, whether each is right, and what each counts ([N] all)."""

    scores: np.ndarray
    right: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, gold: Sequence[Iterable[Span]], scored: Sequence[Mapping[Span, float]]) -> Judged:
        """The entities of one corpus, which weighs 1 as a whole."""
        pairs = [
            (value, span in wanted)
            for wanted, spans in zip(map(frozenset, gold), scored, strict=True)
            for span, value in spans.items()
        ]
        scores = np.array([value for value, _ in pairs], dtype=float)
        right = np.array([is_right for _, is_right in pairs], dtype=float)
        return cls(scores, right, np.full(len(pairs), 1 / max(1, len(pairs))))

    @classmethod
    def pool(cls, parts: Iterable[Judged]) -> Judged:
        """Several corpora, each weighing alike."""
        parts = list(parts)
        return cls(*(np.concatenate([getattr(p, name) for p in parts]) for name in cls.__slots__))

    def ece(self) -> float | None:
        """Expected calibration error in [0, 1], four decimals; None when nothing was found."""
        if not len(self.scores):
            return None
        return round(expected_calibration_error(self.scores, self.right, self.weights, BINS), 4)

    def bins(self) -> list[dict[str, Any]]:
        """The bins that are not empty: how many entities, their mean score, and the share that is right."""
        number = np.minimum((self.scores * BINS).astype(int), BINS - 1)
        rows = []
        for b in range(BINS):
            here = number == b
            if here.any():
                w = self.weights[here]
                means = (float(np.average(values[here], weights=w)) for values in (self.scores, self.right))
                score, right = (round(mean, 4) for mean in means)
                edges = {"from": b / BINS, "to": (b + 1) / BINS}
                rows.append({**edges, "entities": int(here.sum()), "score": score, "right": right})
        return rows
