from __future__ import annotations

import pytest

from evaluation.quoted import quoted
from evaluation.results import ResultsError
from evaluation.suites import SUITES


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


@pytest.mark.parametrize("table", ["supervised", "negative-sampling"])
def test_when_a_table_is_quoted_whole_then_its_averages_are_those_of_its_sets(table):
    for q in quoted(table):
        assert sum(q.sets.values()) / len(q.sets) == pytest.approx(q.average, abs=0.06)


def test_when_supervised_figures_are_quoted_then_they_are_of_the_suite_s_sets():
    assert [q.name for q in quoted("supervised")] == ["BERT-base", "InstructUIE-11B", "UniNER-7B"]
    assert all(tuple(q.sets) == SUITES["supervised"].sets for q in quoted("supervised"))


def test_when_the_paper_s_variants_are_quoted_then_they_cost_what_its_text_says():
    by_type, by_definition, all_in_one = (q.average for q in quoted("type-variants"))
    assert round(by_definition - by_type, 1) == -11.8 and round(all_in_one - by_type, 1) == -3.3


def test_when_a_suite_has_no_quoted_figures_then_there_are_none():
    assert quoted("dev") == []


def test_when_an_entry_lacks_its_source_or_a_set_then_it_is_refused(tmp_path):
    path = tmp_path / "quoted.yaml"
    for entry in ("{name: X, average: 1}", "{name: X, average: 1, source: s, sets: [1]}"):
        path.write_text(f"zero-shot:\n  sets: [a, b]\n  systems:\n    - {entry}\n")
        with pytest.raises(ResultsError, match="'X'"):
            quoted("zero-shot", path)
