from __future__ import annotations

from types import SimpleNamespace

import pytest

from evaluation import protocol
from evaluation.student import Setup
from evaluation.suite import VIEWS, predict, read_splits, run
from evaluation.suites import SUITES, read_suite
from hybrid_ner.extractor import HybridNER
from hybrid_ner.rules import load_packs
from hybrid_ner.schema import Proposal


class StubStudent:
    """Proposes the location London wherever it stands, and the organization around it."""

    threshold = 0.5

    def propose(self, texts, types):
        for text in texts:
            start = text.find("London")
            found = [Proposal(start, start + 6, "location", 0.9), Proposal(0, start + 6, "organization", 0.7)]
            yield [p for p in found if start >= 0 and p.type in types.names]


def test_when_the_real_pipeline_is_measured_then_flat_and_nested_corpora_are_scored(data):
    ner = HybridNER(StubStudent(), load_packs(()))
    corpora = read_suite(SUITES["dev"], data)
    result = run(ner, read_splits(corpora, "dev"), "name", protocol.DEFAULT, candidates=True)
    people, schools = result["corpora"]
    assert result["threshold"] == {"value": 0.5, "origin": "student's default"}
    assert (people["tp"], people["fp"], people["fn"]) == (1, 0, 3)
    assert (schools["tp"], schools["fp"], schools["fn"]) == (2, 0, 0)
    assert schools["proposal_recall"] == {"typed": 100.0, "boundary": 100.0}


def test_when_the_threshold_is_above_every_score_then_nothing_is_found(data):
    ner = HybridNER(StubStudent(), load_packs(()))
    (split,) = read_splits(read_suite(SUITES["dev"], data, only=("schools",)), "dev")
    assert predict(ner, split, "name", 0.95).scored == ({},)


@pytest.mark.parametrize("view", VIEWS)
def test_when_an_extractor_is_loaded_then_the_student_gets_the_views_that_were_asked(monkeypatch, view):
    seen = {}
    monkeypatch.setattr(HybridNER, "load", lambda student, **options: seen.update(student=student, **options))
    Setup("mini", view, rules=(), use_index=False).load()
    stages = {"rules": (), "use_index": False, "borrow": "no"}
    assert seen == {"student": "mini", "views": VIEWS[view], **stages}


def test_when_definitions_are_lent_then_types_asked_by_name_are_asked_by_these_too(monkeypatch):
    seen = {}
    monkeypatch.setattr(HybridNER, "load", lambda student, **options: seen.update(options))
    Setup(view="name", borrow="nearest").load()
    assert (seen["views"], seen["borrow"]) == (VIEWS["both"], "nearest")


def test_when_facts_are_recorded_then_they_name_the_weights_and_the_stages(tmp_path):
    (tmp_path / "text.onnx").write_bytes(b"w")
    student = SimpleNamespace(name="mini", folder=tmp_path, config=SimpleNamespace(precision="fp32"))
    facts = Setup(rules=()).facts(SimpleNamespace(student=student))
    assert facts["student"]["precision"] == "fp32" and list(facts["student"]["sha256"]) == ["text.onnx"]
    assert facts["stages"] == {"rules": [], "index": True, "borrow": "no", "combine": "mean"}
    assert Setup().facts(SimpleNamespace(student=student))["stages"]["rules"] == "default"
