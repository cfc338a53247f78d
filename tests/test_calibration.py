"""Platt scaling and the calibration error, on data whose answer is known."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from hybrid_ner.calibration import EDGE, expected_calibration_error, fit_platt, logit, sigmoid, sigmoids


def _drawn(scale: float, shift: float, count: int = 20_000) -> tuple[list[float], list[bool]]:
    rng = random.Random(7)
    logits = [rng.gauss(0, 2) for _ in range(count)]
    return logits, [rng.random() < 1 / (1 + math.exp(-(scale * x + shift))) for x in logits]


@pytest.mark.parametrize("score", [EDGE, 0.05, 0.5, 0.93, 1 - EDGE])
def test_when_a_score_becomes_a_logit_and_a_score_again_then_it_is_the_same(score):
    assert sigmoid(logit(score)) == pytest.approx(score)
    assert sigmoids(np.array([[logit(score)]], np.float32)) == pytest.approx(np.array([[score]]))


def test_when_a_score_or_a_logit_is_at_its_end_then_all_stays_finite():
    assert -math.inf < logit(0.0) < logit(1e-4, 1e-3) < 0 < logit(1.0) < math.inf
    with np.errstate(all="raise"):
        least, most = sigmoids(np.array([-1e9, 1e9]))
    assert (least, most) == (sigmoid(-1e9), sigmoid(1e9))
    assert 0 < least < EDGE < 1 - EDGE < most <= 1


def test_when_labels_follow_a_sigmoid_then_its_scale_and_shift_are_found():
    logits, right = _drawn(0.7, -1.2)
    scale, shift = fit_platt(logits, right, [1.0] * len(logits))
    assert scale == pytest.approx(0.7, abs=0.05)
    assert shift == pytest.approx(-1.2, abs=0.05)


def test_when_a_group_weighs_nothing_then_it_changes_nothing():
    logits, right = _drawn(1.0, 0.0, 5_000)
    alone = fit_platt(logits, right, [1.0] * 5_000)
    noise = [not y for y in right]
    both = fit_platt(logits * 2, right + noise, [1.0] * 5_000 + [0.0] * 5_000)
    assert both == pytest.approx(alone, abs=2e-3)


@pytest.mark.parametrize("label", [True, False])
def test_when_all_labels_are_alike_then_it_is_refused(label):
    with pytest.raises(ValueError, match="right and"):
        fit_platt([0.1, 0.4], [label, label], [1.0, 1.0])


def test_when_scores_are_the_shares_of_right_ones_then_the_error_is_nought():
    scores, right = [0.25] * 4 + [0.75] * 4, [True, False, False, False, True, True, True, False]
    assert expected_calibration_error(scores, right, [1.0] * 8) == pytest.approx(0)


def test_when_scores_are_sure_and_always_wrong_then_the_error_is_one():
    assert expected_calibration_error([1.0, 1.0], [False, False], [1.0, 3.0]) == pytest.approx(1)


def test_when_calibrated_then_the_error_falls():
    logits, right = _drawn(0.5, -1.0)
    weights = [1.0] * len(logits)
    scale, shift = fit_platt(logits, right, weights)
    raw = [1 / (1 + math.exp(-x)) for x in logits]
    fitted = [1 / (1 + math.exp(-(scale * x + shift))) for x in logits]
    before, after = (expected_calibration_error(scores, right, weights) for scores in (raw, fitted))
    assert before > 0.1
    assert after < 0.02
