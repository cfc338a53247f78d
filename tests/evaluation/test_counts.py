"""Counts files, `compare` and the other files that a suite writes, from the command line."""

from __future__ import annotations

import json

import pytest

from evaluation.counts import read_pair
from evaluation.results import ResultsError, read_results


@pytest.fixture
def counted(invoke, data, tmp_path):
    """Two counts files: at the default threshold and at a lower one."""
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    invoke("dev", "--data", data, "--view", "name", "--counts", a)
    invoke("dev", "--data", data, "--view", "name", "--threshold", 0.3, "--counts", b)
    return a, b


def test_when_two_runs_are_compared_then_the_table_has_their_difference(invoke, counted):
    shown = invoke("compare", *counted).output
    assert "| people | 66.7 | 75.0 | +8.33 |" in shown and "| average |" in shown
    assert invoke("compare", counted[1], counted[0]).output.startswith("| F1 | A | B | B - A | 95 % interval | p |")


def test_when_counts_are_read_then_they_are_those_of_the_run(counted):
    a, b = read_pair(*counted)
    assert a["people"].tolist() == [[2, 0, 1], [0, 0, 1], [0, 0, 0]]
    assert b["people"].tolist() == [[2, 1, 1], [1, 0, 0], [0, 0, 0]]


def edit(path, change):
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.update(split="test"), "of dev test, but"),
        (lambda r: r["corpora"].pop("people"), r"not of the same corpora; only one of them has \['people'\]"),
        (lambda r: r["corpora"]["people"]["ids"].reverse(), "'people' was measured on other sentences"),
        (lambda r: r["corpora"]["people"]["counts"][0].__setitem__(0, 9), "other gold spans"),
        (lambda r: r["corpora"]["people"]["counts"].pop(), "counts of 'people' are damaged"),
        (lambda r: r["corpora"]["people"]["counts"][0].__setitem__(0, -1), "damaged"),
        (lambda r: r["corpora"]["people"].pop("ids"), "damaged"),
        (lambda r: r.update(kind="suite"), "not a counts file"),
    ],
)
def test_when_two_files_do_not_belong_together_then_there_is_no_test(counted, change, message):
    edit(counted[1], change)
    with pytest.raises(ResultsError, match=message):
        read_pair(*counted)


def test_when_errors_are_asked_for_then_texts_are_written_only_with_examples(invoke, data, tmp_path):
    path = tmp_path / "errors.json"
    invoke("dev", "--data", data, "--view", "name", "--errors", path)
    people = read_results(path)["corpora"]["people"]
    assert people["counts"]["missed"] == 2 and "Babbage" not in path.read_text()
    invoke("dev", "--data", data, "--view", "name", "--errors", path, "--examples")
    assert "Babbage" in path.read_text()
    assert "--errors" in invoke("dev", "--data", data, "--examples", code=2).output


def test_when_protocols_are_asked_for_then_file_and_table_have_them(invoke, data, tmp_path):
    path = tmp_path / "dev.json"
    options = ("--view", "name", "--protocol", "uniner", "--protocol", "token", "--fit-threshold", "--output", path)
    shown = invoke("dev", "--data", data, *options).output
    assert "| average, uniner protocol |" in shown and "| 95 % interval |" in shown
    assert all(set(r["protocols"]) == {"uniner", "token"} for r in read_results(path)["runs"])
    assert read_results(path)["bootstrap"] == {"resamples": 1000, "level": 95, "seed": 0}


def test_when_several_runs_are_made_then_there_is_no_single_counts_file(invoke, data, tmp_path):
    args = ("dev", "--data", data, "--fit-threshold", "--counts", tmp_path / "c.json")
    assert "does not go with --counts" in invoke(*args, code=2).output


def test_when_zero_shot_is_tabled_then_published_figures_stand_apart(invoke, data, tmp_path):
    path = tmp_path / "zs.json"
    shown = invoke("zero-shot", "--data", data, "--view", "name", "--output", path).output
    assert "As published by others" in shown and "| **average** | **47.5** |" in shown
    assert "As published" not in invoke("dev", "--data", data, "--view", "name").output


def test_when_the_else_class_is_kept_then_it_is_asked_and_the_protocol_says_so(invoke, data, tmp_path):
    path = tmp_path / "zs.json"
    invoke("zero-shot", "--data", data, "--view", "name", "--keep-else", "--output", path)
    results = read_results(path)
    assert "else class kept" in results["protocol"] and results["left_out"] == {}
    assert results["runs"][0]["corpora"][0]["fn"] == 2
