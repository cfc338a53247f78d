"""Gold spans among the likeliest mentions."""

from __future__ import annotations

import pytest

from evaluation.proposals import measure_proposals
from evaluation.suite import read_splits
from evaluation.suites import SUITES, read_suite
from evaluation.tables import render
from hybrid_ner import HybridNER
from hybrid_ner.errors import UsageError
from tests.evaluation.made import PEOPLE, TEXT, row, write_corpus
from tests.fakes import CapitalsStudent


@pytest.fixture
def splits(tmp_path):
    marked = row(1, TEXT, ("Ada Lovelace", "PER"), ("Charles Babbage", "PER"), ("London", "LOC"))
    write_corpus(tmp_path, "letters", types=PEOPLE, rows={"dev": [marked]}, role="zero_shot_dev")
    (tmp_path / "catalog.yaml").write_text("[{name: letters, role: zero_shot_dev}]")
    return read_splits(read_suite(SUITES["dev"], tmp_path), "dev", None)


def test_recall_grows_with_the_candidates_and_names_are_the_first_of_them(splits):
    (found,) = measure_proposals(HybridNER.load().student, splits)
    recalls = list(found["recall"].values())
    assert found["gold"] == 3
    assert recalls == sorted(recalls) and found["recall"]["10"] == 100.0
    assert found["recall"]["2"] >= 66.67
    assert found["gate"]["recall"] <= recalls[-1] and found["gate"]["candidates"] > 0


def test_the_likelier_a_mention_the_earlier_it_counts():
    student = HybridNER.load().student
    (spans,) = student.mentions([TEXT], gate=-9.0)
    logits = {TEXT[start:end]: logit for start, end, logit in spans}
    assert logits["Ada Lovelace"] > logits["Lovelace met"]
    (through,) = student.mentions([TEXT], gate=0.0)
    assert {span for span in spans if span[2] >= 0} == set(through)


def test_a_student_without_a_mention_head_is_refused(splits):
    with pytest.raises(UsageError, match="embedded student"):
        measure_proposals(CapitalsStudent(), splits)


def test_the_table_has_every_budget_and_the_gate():
    figures = {"recall": {"1": 50.0, "10": 99.0}, "gate": {"candidates": 2.5, "recall": 80.0}}
    rows = [{"corpus": "letters", "gold": 3, **figures}]
    facts = {"kind": "proposals", "suite": "dev", "split": "test", "limit": None, "command": "c"}
    table = render([{**facts, "corpora": rows}])
    assert "| letters | 3 | 50.0 | 99.0 | 80.0 (2.5 a gold span) |" in table
    assert "| **average** |  | **50.0** | **99.0** | **80.0** |" in table
