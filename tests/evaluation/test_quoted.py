from __future__ import annotations

import pytest

from evaluation.quoted import quoted
from evaluation.results import ResultsError


def test_when_figures_are_quoted_then_every_one_has_a_source_and_sets_give_the_average():
    systems = quoted("zero-shot")
    assert {q.name: q.average for q in systems} == {
        "ChatGPT": 47.5,
        "UniNER-7B": 53.4,
        "UniNER-13B": 55.6,
        "GoLLIE-7B": 58.4,
        "GLiNER-S": 52.7,
        "GLiNER-M": 55.4,
        "GLiNER-L": 60.9,
        "GNER-T5-base": 59.5,
        "NuNER_Zero-span": 62.0,
    }
    for q in systems:
        assert q.source and len(q.sets) in (0, 7)
        if q.sets:
            assert sum(q.sets.values()) / 7 == pytest.approx(q.average, abs=0.051)


def test_when_a_suite_has_no_quoted_figures_then_there_are_none():
    assert quoted("dev") == []


def test_when_an_entry_lacks_its_source_or_a_set_then_it_is_refused(tmp_path):
    path = tmp_path / "quoted.yaml"
    for entry in ("{name: X, average: 1}", "{name: X, average: 1, source: s, sets: [1]}"):
        path.write_text(f"zero-shot:\n  sets: [a, b]\n  systems:\n    - {entry}\n")
        with pytest.raises(ResultsError, match="'X'"):
            quoted("zero-shot", path)
