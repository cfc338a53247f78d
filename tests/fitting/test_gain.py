"""A gain is the difference of F1, and noise is told from it by sentence."""

from __future__ import annotations

import pytest

from hybrid_ner.fitting.gain import Gain
from hybrid_ner.scoring import Counts

WORSE, BETTER = Counts(1, 1, 1), Counts(2, 0, 0)


def test_when_many_sentences_improve_then_the_gain_is_many_standard_errors():
    gain = Gain.of([WORSE] * 25, [BETTER] * 25)
    assert gain.points == pytest.approx(50)
    assert gain.z == pytest.approx(5)
    assert (gain.sentences, gain.precision) == (25, 100)


def test_when_as_many_improve_as_worsen_then_it_is_none():
    gain = Gain.of([WORSE, BETTER] * 10, [BETTER, WORSE] * 10)
    assert gain.points == pytest.approx(0)
    assert gain.z == pytest.approx(0)
    assert gain.precision == 50


def test_when_one_sentence_alone_improves_then_it_is_one_standard_error():
    assert Gain.of([WORSE, *[BETTER] * 9], [BETTER] * 10).z == pytest.approx(1)


def test_when_nothing_changes_then_it_is_zero():
    assert Gain.of([WORSE], [WORSE]) == Gain(0, 0, 0, 0)
