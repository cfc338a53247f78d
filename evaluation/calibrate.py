"""Fits what a student's folder leaves open after training: pruning gate, second look, calibration and threshold.

Everything is chosen on dev splits, those of the dev suite unless said otherwise, asked as the product asks by default,
each corpus alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from evaluation.corpora import Corpus
from evaluation.remember import Remembering
from evaluation.suite import Asked, Predicted, Split, best_threshold, predict, read_splits
from evaluation.suites import SUITES, read_suite
from hybrid_ner.calibration import expected_calibration_error, fit_platt
from hybrid_ner.definitions.contrast import Contrasts
from hybrid_ner.extractor import HybridNER
from hybrid_ner.scoring import percent
from hybrid_ner.students.folder import FolderConfig, find_student

VIEW = "both"
MENTION_WEIGHTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
OPEN_GATE = -2.0  # while the weight is chosen
DEFINITION_WEIGHTS = (1.0, 3.0, 9.0)  # in the order of preference
GATES = (-2.5, -2.0, -1.5, -1.0, -0.7, -0.4)
LOOK_WEIGHTS, LOOK_WINDOWS, LOOK_CLOSE = (2.0, 4.0, 6.0, 8.0), (0.5, 1.0, 2.0), (0.3, 0.5)
LOSS = 0.1  # F1 points that a tighter gate, or a cheaper second look, may cost
# F1 points that a second look must gain: it costs a fourth of the time, and the best of many settings is luck in part.
LOOK_GAIN = 0.5
FLOOR = 0.05
_OPEN = 0.02  # the floor while fitting


def calibrate(
    student: str | None,
    data: Path,
    limit: int | None,
    suites: Sequence[str] = ("dev",),
    asked: Callable[[Corpus], Sequence[Asked]] | None = None,
    second_look: bool = True,
) -> dict[str, Any]:
    """Fits the student's settings and writes them into its `config.json`.

    Args:
        limit: sentences a corpus. suites: whose dev splits; corpora without one are left out.
        asked: the types to ask of a corpus, in place of its own.
        second_look: whether to try one; without it the student is faster.

    Returns:
        What was chosen and the figures it was chosen by.
    """
    ner = HybridNER.load(student)
    corpora = [c for name in suites for c in read_suite(SUITES[name], data) if "dev" in c.splits]
    splits = read_splits(corpora, "dev", limit)
    raw = replace(
        ner.student.config, gate=OPEN_GATE, floor=_OPEN, scale=1.0, shift=0.0, look_weight=0.0
    )

    def found(ner: HybridNER, config: FolderConfig, threshold: float = _OPEN) -> list[Predicted]:
        return _found(ner, config, splits, threshold, asked)

    def trial(config: FolderConfig) -> float:
        ner.student.config = config
        return best_threshold(splits, found(ner, config))[1]

    by_weight = {weight: trial(replace(raw, mention_weight=weight)) for weight in MENTION_WEIGHTS}
    raw = replace(raw, mention_weight=max(by_weight, key=by_weight.__getitem__))
    by_definition = {weight: trial(replace(raw, definition_weight=weight)) for weight in DEFINITION_WEIGHTS}
    best = max(by_definition.values())
    good = (weight for weight, f1 in by_definition.items() if percent(f1) >= percent(best) - LOSS)
    raw = replace(raw, definition_weight=next(good))
    by_gate = {gate: trial(replace(raw, gate=gate)) for gate in GATES}
    best = max(by_gate.values())
    raw = replace(raw, gate=max(gate for gate, f1 in by_gate.items() if percent(f1) >= percent(best) - LOSS))
    ner.student.config = raw  # read once; what comes after the proposals is tried on what was read
    ner = replace(ner, student=Remembering(ner.student))
    none = 0.0, LOOK_WINDOWS[0], LOOK_CLOSE[-1]
    by_look = {
        look: best_threshold(splits, found(ner, _looking(raw, look)))[1]
        for look in [none, *(product(LOOK_WEIGHTS, LOOK_WINDOWS, LOOK_CLOSE) if second_look else ())]
    }
    best = max(by_look.values())
    # The cheapest of the good ones: it looks at the fewest mentions.
    good = [look for look, f1 in by_look.items() if percent(f1) >= percent(best) - LOSS]
    look = min(good, key=lambda look: (look[0] > 0, look[1], -look[2], look[0]))
    if percent(by_look[look]) < percent(by_look[none]) + LOOK_GAIN:
        look = none
    raw = _looking(raw, look)
    scores, right, weights = _labelled(splits, found(ner, raw))
    scale, shift = fit_platt([math.log(s / (1 - s)) for s in scores], right, weights)
    if scale <= 0:  # too few sentences to say more than the logits do; a score must never fall as they rise
        scale, shift = 1.0, 0.0
    calibrated = [1 / (1 + math.exp(-(scale * math.log(s / (1 - s)) + shift))) for s in scores]
    fitted = replace(
        raw,
        floor=FLOOR,
        scale=round(scale, 4),
        shift=round(shift, 4),
        # Logits are stretched with the scale, and so is what is added to them and compared with them.
        look_weight=round(raw.look_weight * scale, 4),
        look_window=round(raw.look_window * scale, 4),
        threshold=0.5,
    )
    ner = HybridNER.load(student)
    ner.student.config = fitted
    threshold, f1 = best_threshold(splits, found(ner, fitted, FLOOR))
    fitted = replace(fitted, threshold=threshold)
    fitted.save(find_student(student))
    return {
        "f1_by_mention_weight": {str(weight): percent(f1) for weight, f1 in by_weight.items()},
        "mention_weight": raw.mention_weight,
        "f1_by_definition_weight": {str(weight): percent(f1) for weight, f1 in by_definition.items()},
        "definition_weight": raw.definition_weight,
        "f1_by_gate": {str(g): percent(f1) for g, f1 in by_gate.items()},
        "gate": raw.gate,
        "f1_by_look": {"/".join(map(str, look)): percent(f1) for look, f1 in by_look.items()},
        "look": {"weight": look[0], "window": look[1], "close": look[2], "scaled_by": round(scale, 4)},
        "scale": fitted.scale,
        "shift": fitted.shift,
        "threshold": threshold,
        "dev_f1": percent(f1),
        "ece_before": round(expected_calibration_error(scores, right, weights), 4),
        "ece": round(expected_calibration_error(calibrated, right, weights), 4),
    }


def _looking(config: FolderConfig, look: tuple[float, float, float]) -> FolderConfig:
    weight, window, close = look
    return replace(config, look_weight=weight, look_window=window, look_close=close)


def _found(
    ner: HybridNER,
    config: FolderConfig,
    splits: Sequence[Split],
    threshold: float,
    asked: Callable[[Corpus], Sequence[Asked]] | None,
) -> list[Predicted]:
    """What the extractor finds when its second look is as in `config`."""
    student = ner.student
    ner = replace(ner, contrasts=Contrasts(student.type_encoder, student.look_encoder, config.contrast))
    return [predict(ner, split, VIEW, threshold, asked=asked and asked(split.corpus)) for split in splits]


def _labelled(splits: Sequence[Split], predicted: Sequence[Predicted]) -> tuple[list[float], list[bool], list[float]]:
    """Scores of all found spans, whether each is gold, and weights that let every corpus count alike."""
    scores: list[float] = []
    right: list[bool] = []
    weights: list[float] = []
    for split, found in zip(splits, predicted, strict=True):
        pairs = [
            (s, span in gold) for gold, spans in zip(split.gold, found.scored, strict=True) for span, s in spans.items()
        ]
        scores += [min(max(s, 1e-4), 1 - 1e-4) for s, _ in pairs]
        right += [is_gold for _, is_gold in pairs]
        weights += [1 / max(1, len(pairs))] * len(pairs)
    return scores, right, weights
