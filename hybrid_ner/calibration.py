"""Scores and logits, one to the other; Platt scaling of a student's logits, and how far off scores are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

EDGE = 1e-6  # as near as a score comes to 0 and 1 before its logit is taken
_STEPS = 100
_FAR = 60.0  # logits beyond it change no score that anyone reads; `exp` overflows at 710


def logit(score: float, edge: float = EDGE) -> float:
    """The logit of a score, which is first brought `edge` off 0 and 1, so that it is finite."""
    score = min(max(score, edge), 1 - edge)
    return math.log(score / (1 - score))


def sigmoid(value: float) -> float:
    """The score of a logit."""
    return 1 / (1 + math.exp(-min(max(value, -_FAR), _FAR)))


def sigmoids(values: np.ndarray) -> np.ndarray:
    """The scores of logits of any shape, in double precision."""
    import numpy as np

    return 1 / (1 + np.exp(-np.clip(values, -_FAR, _FAR, dtype=np.float64)))


def fit_platt(logits: Sequence[float], right: Sequence[bool], weights: Sequence[float]) -> tuple[float, float]:
    """Fits sigmoid(scale * logit + shift) to labels by weighted maximum likelihood (Platt, 1999).

    Args:
        logits: the scores' logits [N]; right: whether each was right [N]; weights: what each counts [N].

    Returns:
        (scale, shift), found by Newton's method with the targets Platt proposes against overconfidence.

    Raises:
        ValueError: not both kinds of label are there.
    """
    import numpy as np

    x, y, w = np.asarray(logits, float), np.asarray(right, bool), np.asarray(weights, float)
    positives, negatives = int(y.sum()), int((~y).sum())
    if not positives or not negatives:
        raise ValueError(f"need right and wrong examples to calibrate, got {positives} right and {negatives} wrong")
    target = np.where(y, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    design = np.stack([x, np.ones_like(x)], axis=1)
    solution = np.array([1.0, 0.0])
    for _ in range(_STEPS):
        p = sigmoids(design @ solution)
        gradient = design.T @ (w * (p - target))
        curvature = design.T @ (design * (w * p * (1 - p))[:, None]) + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        solution -= np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-9:
            break
    return float(solution[0]), float(solution[1])


def expected_calibration_error(
    scores: Sequence[float], right: Sequence[bool], weights: Sequence[float], bins: int = 10
) -> float:
    """Mean distance between score and share of right ones over equal-width bins (Guo et al., 2017), in [0, 1]."""
    import numpy as np

    s, y, w = np.asarray(scores, float), np.asarray(right, float), np.asarray(weights, float)
    bin_of = np.minimum((s * bins).astype(int), bins - 1)
    gaps = (abs((w * (s - y))[bin_of == b].sum()) for b in range(bins))
    return float(sum(gaps) / w.sum())
