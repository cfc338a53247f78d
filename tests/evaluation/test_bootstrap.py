from __future__ import annotations

import numpy as np
import pytest

from evaluation.bootstrap import compare, interval, micro_f1, resampled_f1, sentence_counts
from hybrid_ner.scoring import score


def made(sentences: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 4, size=(sentences, 3))


def test_when_sentences_are_counted_then_their_sum_is_the_strict_score():
    gold = [{(0, 1, "a"), (2, 3, "b")}, set(), {(0, 1, "a")}]
    predicted = [{(0, 1, "a")}, {(0, 1, "a")}, {(0, 1, "b")}]
    counts = sentence_counts(gold, predicted)
    assert counts.tolist() == [[1, 0, 1], [0, 1, 0], [0, 1, 1]]
    assert micro_f1(counts.sum(axis=0)) == pytest.approx(score(gold, predicted).micro.f1)


def test_when_distinct_rows_are_drawn_then_it_is_as_if_sentences_were():
    """Against the plain bootstrap, sentence by sentence: the same mean, spread and interval."""
    counts = made(150)
    picks = np.random.default_rng(7).integers(0, len(counts), size=(4000, len(counts)))
    plain = micro_f1(counts[picks].sum(axis=1))
    samples = resampled_f1("c", counts)[:, 0]
    assert samples.mean() == pytest.approx(plain.mean(), abs=0.005)
    assert samples.std() == pytest.approx(plain.std(), rel=0.1)
    assert interval(samples) == pytest.approx(interval(plain), abs=0.01)


def test_when_there_are_more_sentences_then_the_interval_is_narrower_and_holds_the_figure():
    widths = []
    for counts in (made(50), np.tile(made(50), (16, 1))):
        low, high = interval(resampled_f1("c", counts)[:, 0])
        assert low < micro_f1(counts.sum(axis=0)) < high
        widths.append(high - low)
    assert widths[1] == pytest.approx(widths[0] / 4, rel=0.15)


def test_when_drawn_again_then_the_samples_are_the_same_and_corpora_are_drawn_apart():
    counts = made(40)
    assert (resampled_f1("c", counts) == resampled_f1("c", counts)).all()
    assert (resampled_f1("c", counts) == resampled_f1("c", counts[::-1])).all()
    correlation = np.corrcoef(resampled_f1("c", counts)[:, 0], resampled_f1("d", counts)[:, 0])[0, 1]
    assert abs(correlation) < 0.15


def test_when_nothing_is_found_or_all_sentences_are_alike_then_the_interval_is_a_point():
    assert interval(resampled_f1("c", np.zeros((3, 3), int))[:, 0]) == (0.0, 0.0)
    assert interval(resampled_f1("c", np.tile([[1, 1, 0]], (5, 1)))[:, 0]) == pytest.approx((2 / 3, 2 / 3))


def test_when_a_run_is_compared_with_itself_then_there_is_no_difference():
    corpora = {"x": made(60), "y": made(30, seed=2)}
    for row in compare(corpora, corpora):
        assert row.a == row.b and (row.low, row.high) == (0, 0) and row.p == 1


def test_when_one_run_is_better_in_most_sentences_then_the_test_says_so_and_the_reverse_agrees():
    worse = np.tile([[1, 1, 1], [2, 0, 0]], (60, 1))
    better = worse.copy()
    better[::2] = [2, 0, 0]
    there, back = compare({"x": worse}, {"x": better}), compare({"x": better}, {"x": worse})
    assert there[0].p < 0.01 and there[0].low > 0 and there[0].b > there[0].a
    assert back[0].low == pytest.approx(-there[0].high) and back[0].p == pytest.approx(there[0].p)
    assert [row.name for row in there] == ["x", "average"]


def test_when_runs_differ_by_chance_then_p_is_spread_and_rarely_small():
    """Two runs of one quality on the same sentences: about one in twenty has p below 0.05."""
    small = 0
    for seed in range(100):
        generator = np.random.default_rng(seed)
        hits = generator.binomial(3, 0.5, size=(2, 200))
        a, b = (np.stack([h, 3 - h, 3 - h], axis=1) for h in hits)
        small += compare({"x": a}, {"x": b})[0].p < 0.05
    assert 0 < small < 15


def test_when_corpora_are_averaged_then_each_counts_alike():
    few, many = np.array([[1, 0, 0]] * 3), np.array([[0, 1, 1]] * 300)
    average = compare({"few": few, "many": many}, {"few": few, "many": many})[-1]
    assert average.a == 0.5
