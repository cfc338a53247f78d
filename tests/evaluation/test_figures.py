"""What runs say besides strict F1: intervals, calibration, typing accuracy and other protocols."""

from __future__ import annotations

import pytest

from evaluation import protocol
from evaluation.reliability import Judged
from evaluation.suite import Threshold, read_splits, run
from evaluation.suites import SUITES, read_suite
from evaluation.typing_accuracy import typing_accuracy
from tests.evaluation.fake import FOUND, FakeNER


@pytest.fixture
def splits(data):
    return read_splits(read_suite(SUITES["dev"], data), "dev")


def test_when_a_suite_runs_then_every_figure_has_its_interval(splits):
    result = run(FakeNER(FOUND), splits, "name", Threshold(0.35, "given"))
    for row in (*result["corpora"], result["average"]):
        low, high = row["f1_interval"]
        assert low <= row["f1"] <= high
    people, schools = result["corpora"]
    assert people["f1_interval"][0] < people["f1_interval"][1]
    assert schools["f1_interval"] == [100.0, 100.0]  # a single sentence


def test_when_a_corpus_runs_alone_then_its_interval_is_that_of_the_whole_suite(splits):
    whole = run(FakeNER(FOUND), splits, "name", protocol.DEFAULT)["corpora"][1]
    alone = run(FakeNER(FOUND), splits[1:], "name", protocol.DEFAULT)["corpora"][0]
    assert alone["f1_interval"] == whole["f1_interval"]


def test_when_protocols_are_asked_for_then_the_strict_figures_stay_as_they_are(splits):
    plain = run(FakeNER(FOUND), splits, "name", Threshold(0.35, "given"))
    more = run(FakeNER(FOUND), splits, "name", Threshold(0.35, "given"), protocols=("token", "partial"))
    assert more["average"] == plain["average"] and "protocols" not in plain
    # "Charles" is one word of "Charles Babbage"; "Paris" is below the threshold.
    people = more["protocols"]["token"]["corpora"]["people"]
    assert (people["precision"], people["recall"]) == (100.0, pytest.approx(100 * 4 / 6, abs=0.01))
    assert more["protocols"]["partial"]["corpora"]["people"]["recall"] == pytest.approx(100 * 2.5 / 4)
    assert more["protocols"]["token"]["average"]["f1"] == pytest.approx((people["f1"] + 100) / 2, abs=0.01)


def test_when_splits_are_observed_then_each_comes_with_its_predictions(splits):
    seen = []
    run(FakeNER(FOUND), splits, "name", protocol.DEFAULT, observe=lambda *found: seen.append(found))
    assert [s.corpus.name for s, _ in seen] == ["people", "schools"]
    assert [len(p.scored) for _, p in seen] == [3, 1]


def test_when_candidates_are_kept_then_typing_is_measured_apart_from_finding(splits):
    row = run(FakeNER(FOUND), splits[:1], "name", Threshold(0.7, "given"), candidates=True)["corpora"][0]
    assert row["typing"] == {"found": 75.0, "accuracy": 100.0}


def test_when_a_gold_span_is_a_candidate_then_its_best_type_decides():
    gold = [{(0, 3, "city"), (4, 6, "drug"), (7, 9, "drug")}]
    candidates = [{(0, 3, "city"): 0.4, (0, 3, "drug"): 0.6, (4, 6, "drug"): 0.2, (4, 6, "city"): 0.1}]
    assert typing_accuracy(gold, candidates) == {"found": 66.67, "accuracy": 50.0}


def test_when_a_gold_span_has_two_types_then_it_is_one_span_and_either_is_right():
    gold = [{(0, 3, "city"), (0, 3, "drug")}]
    assert typing_accuracy(gold, [{(0, 3, "drug"): 0.6, (0, 3, "x"): 0.5}]) == {"found": 100.0, "accuracy": 100.0}


def test_when_there_is_no_gold_or_no_candidate_then_the_shares_are_zero():
    assert typing_accuracy([set()], [{}]) == typing_accuracy([{(0, 1, "a")}], [{}]) == {"found": 0.0, "accuracy": 0.0}


def test_when_scores_say_more_than_is_true_then_the_error_is_the_difference():
    scored = [{(n, n + 1, "a"): 0.9 for n in range(10)}]
    judged = Judged.of([{(n, n + 1, "a") for n in range(4)}], scored)
    assert judged.ece() == pytest.approx(0.5)
    assert judged.bins() == [{"from": 0.9, "to": 1.0, "entities": 10, "score": 0.9, "right": 0.4}]


def test_when_corpora_are_pooled_then_each_weighs_alike():
    right = Judged.of([{(n, n + 1, "a") for n in range(100)}], [{(n, n + 1, "a"): 0.95 for n in range(100)}])
    wrong = Judged.of([set()], [{(0, 1, "a"): 0.95}])
    (only,) = Judged.pool([right, wrong]).bins()
    assert only["entities"] == 101 and only["right"] == 0.5


def test_when_nothing_was_found_then_there_is_no_calibration_error():
    nothing = Judged.of([{(0, 1, "a")}], [{}])
    assert nothing.ece() is None and nothing.bins() == [] and Judged.pool([nothing, nothing]).ece() is None
