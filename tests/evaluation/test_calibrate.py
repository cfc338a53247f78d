"""Calibration and the model card, on a copy of the embedded student and a made suite."""

from __future__ import annotations

import json
import shutil

import pytest
import yaml

from evaluation.calibrate import calibrate
from evaluation.card import fill_card
from evaluation.results import ResultsError, weights_sha256, write_results
from hybrid_ner.extractor import HybridNER
from hybrid_ner.students.folder import find_student, read_config
from tests.evaluation.made import PEOPLE, row, write_corpus

ROWS = [
    row(1, "Ada Lovelace met Charles Babbage in London.", ("Ada Lovelace", "PER"), ("London", "LOC")),
    row(2, "Marie Curie moved from Warsaw to Paris.", ("Marie Curie", "PER"), ("Paris", "LOC")),
]


@pytest.fixture
def suite(tmp_path):
    """A dev suite of one corpus with definitions, in which some names are not marked."""
    corpora = tmp_path / "suite"
    write_corpus(corpora, "people", types=PEOPLE, rows={"dev": ROWS}, role="zero_shot_dev")
    (corpora / "catalog.yaml").write_text(yaml.safe_dump([{"name": "people", "role": "zero_shot_dev"}]))
    return corpora


@pytest.fixture
def student(tmp_path):
    return shutil.copytree(find_student(None), tmp_path / "student")


def test_when_a_student_is_calibrated_then_its_folder_holds_what_was_chosen(student, suite):
    before = read_config(student)
    chosen = calibrate(str(student), suite, None)
    after = read_config(student)
    for name in ("gate", "mention_weight", "scale", "shift", "threshold"):
        assert getattr(after, name) == chosen[name]
    assert (after.precision, after.dim, after.max_width) == (before.precision, before.dim, before.max_width)
    assert str(chosen["gate"]) in chosen["f1_by_gate"]
    assert 0 <= chosen["ece"] <= 1


def test_when_a_student_is_fitted_to_another_suite_then_its_dev_splits_are_read_and_asked_as_said(
    student, tmp_path, invoke, monkeypatch
):
    corpora = tmp_path / "sets"
    write_corpus(corpora, "conll03", types=PEOPLE, rows={"dev": ROWS}, role="supervised_benchmark")
    write_corpus(corpora, "genia", types=PEOPLE, rows={"test": ROWS}, role="supervised_benchmark")  # nothing to fit on
    catalog = [{"name": name, "role": "supervised_benchmark"} for name in ("conll03", "genia")]
    (corpora / "catalog.yaml").write_text(yaml.safe_dump(catalog))
    asked = set()
    whole = HybridNER.extract_many

    def recording(self, documents, types, **options):
        asked.update(t.name for t in types)
        return whole(self, documents, types, **options)

    monkeypatch.setattr(HybridNER, "extract_many", recording)
    output = tmp_path / "chosen.json"
    arguments = ("calibrate", student, "--data", corpora, "--suite", "supervised", "--conditioned", "--output", output)
    invoke(*arguments)
    assert asked == {"conll03: person", "conll03: location"}
    chosen = json.loads(output.read_text())
    assert chosen["suites"] == ["supervised"] and chosen["threshold"] == read_config(student).threshold


def _results(path, sha256):
    result = {
        "kind": "suite", "suite": "dev", "size": 1, "protocol": "strict", "view": "name", "limit": None,
        "command": "python -m evaluation dev", "student": {"name": "x", "precision": "int8", "sha256": sha256},
        "runs": [{
            "split": "test", "threshold": {"value": 0.4, "origin": "given"}, "average": {"f1": 41.5},
            "corpora": [{"corpus": "people", "f1": 41.5}],
        }],
    }  # fmt: skip
    write_results(path, result)
    return path


def test_when_figures_are_of_these_weights_then_the_card_shows_them(student, tmp_path):
    card = fill_card(student, [_results(tmp_path / "r.json", weights_sha256(student))])
    assert "| people | 41.5 |" in card.read_text(encoding="utf-8")
    assert json.loads((student / "figures.json").read_text(encoding="utf-8"))[0]["how"] == "Suite `dev`."


def test_when_figures_are_of_other_weights_then_they_are_refused(student, tmp_path):
    with pytest.raises(ResultsError, match="other weights"):
        fill_card(student, [_results(tmp_path / "r.json", {"text.onnx": "0"})])
