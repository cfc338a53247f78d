"""F1 and speed at several numbers of types."""

from __future__ import annotations

import re

import pytest

from evaluation.labels import POINTS, asked, by_frequency, distractors, measure_labels
from evaluation.results import read_results
from evaluation.suite import read_splits
from evaluation.suites import SUITES, read_suite
from hybrid_ner.errors import UsageError
from tests.evaluation.fake import FOUND, FakeNER


@pytest.fixture
def splits(data):
    return read_splits(read_suite(SUITES["dev"], data), "test")


def test_when_few_types_are_asked_then_they_are_the_commonest_of_the_corpus(splits):
    people, schools = splits
    assert by_frequency(people) == ["person", "location"]
    assert [a.scores_as for a in asked(people, 1)] == ["person"]
    assert [a.type.name for a in asked(schools, 2)] == ["organization", "location"]


def test_when_more_are_asked_then_distractors_fill_the_list_and_a_longer_list_begins_with_a_shorter(splits):
    people = splits[0]
    short, long = asked(people, 8), asked(people, 512)
    assert len(short) == 8 and len({a.type.name.casefold() for a in long}) == 512
    assert long[:8] == short and [a.scores_as for a in short[2:]] == [None] * 6


def test_when_distractors_are_drawn_then_none_shares_a_word_with_the_corpus_s_own_types(splits):
    names = distractors(splits[1].corpus, POINTS[-1])
    assert not any(re.search(r"\b(organizations?|locations?)\b", name) for name in names)
    assert names != distractors(splits[0].corpus, POINTS[-1])


def test_when_there_are_too_few_distractors_then_the_error_says_how_many_there_are(splits):
    with pytest.raises(UsageError, match="9999 distractors asked for; 'people' has"):
        distractors(splits[0].corpus, 9999)


def test_when_a_point_is_measured_then_only_own_types_are_scored(splits):
    distractor = asked(splits[0], 8)[2].type.name
    ner = FakeNER({**FOUND, "met": (distractor, 0.9)})
    one, eight = measure_labels(ner, splits[:1], 0.35, points=(1, 8))
    # At 1 only persons are asked and gold: Ada is found, "Charles" is not all of Charles Babbage.
    assert one["average"]["f1"] == one["average"]["commonest_f1"] == 50.0
    row = eight["corpora"][0]
    assert (row["own"], row["distractors"]) == (2, 6) and row["commonest_f1"] == 50.0
    assert row["f1"] == pytest.approx(57.14) and eight["words_per_second"] > 0


def test_when_the_command_runs_then_there_is_a_row_a_number_of_types(invoke, data, tmp_path):
    output = tmp_path / "labels.json"
    shown = invoke("labels", "--data", data, "--output", output).output
    assert [p["types"] for p in read_results(output)["points"]] == [1, 8, 32, 128, 512]
    assert "| 512 | " in shown and invoke("table", output).output in shown
