"""What an interrupted run leaves, and who may go on with it."""

from __future__ import annotations

import pytest

from evaluation.partial import Partial
from evaluation.results import ResultsError

KEY = {"suite": "dev", "limit": None}


def test_when_a_run_is_resumed_then_it_finds_the_parts_that_were_done(tmp_path):
    output = tmp_path / "out" / "a.json"
    Partial(output, KEY, resume=False).add("one", {"f1": 1.5})
    again = Partial(output, KEY, resume=True)
    assert again.get("one") == {"f1": 1.5} and again.get("two") is None
    again.done()
    assert list(output.parent.iterdir()) == []


def test_when_a_run_is_not_resumed_then_it_begins_anew(tmp_path):
    Partial(tmp_path / "a.json", KEY, resume=False).add("one", 1)
    assert Partial(tmp_path / "a.json", KEY, resume=False).get("one") is None


def test_when_there_is_no_results_file_then_nothing_is_kept(tmp_path):
    partial = Partial(None, KEY, resume=True)
    partial.add("one", 1)
    partial.done()
    assert partial.get("one") == 1 and list(tmp_path.iterdir()) == []


def test_when_the_run_was_another_one_then_it_is_not_gone_on_with(tmp_path):
    Partial(tmp_path / "a.json", KEY, resume=False).add("one", 1)
    with pytest.raises(ResultsError, match=r"a\.json\.partial: of a run with other limit"):
        Partial(tmp_path / "a.json", {**KEY, "limit": 5}, resume=True)


@pytest.mark.parametrize("content", ["{", "[]", '{"key": {}}'])
def test_when_what_was_left_is_damaged_then_the_error_says_what_to_do(tmp_path, content):
    (tmp_path / "a.json.partial").write_text(content)
    with pytest.raises(ResultsError, match=r"a\.json\.partial: damaged .*run without --resume"):
        Partial(tmp_path / "a.json", KEY, resume=True)
