"""The student step, for real and small: raw text, a teacher over HTTP, training, export, threshold, F1."""

from __future__ import annotations

import json
import sys

import pytest

pytest.importorskip("torch")

from hybrid_ner.distill.dataset import NAME as DATASET
from hybrid_ner.distill.files import read_json
from hybrid_ner.distill.manifest import Step, run_step
from hybrid_ner.distill.pipeline import Pipeline, run_pipeline
from hybrid_ner.distill.student import StudentSettings, student_step
from hybrid_ner.errors import MissingExtraError, UsageError
from hybrid_ner.students.folder import read_config
from hybrid_ner.training import parity
from hybrid_ner.training.train import _Run
from tests.distill import made
from tests.distill.server import TeacherServer, listed
from tests.training.made import write_bert

TRAIN = {
    "seed": 3,
    "steps": 30,
    "token_budget": 400,
    "encoder_rate": 1e-3,
    "head_rate": 1e-2,
    "checkpoint_every": 10,
    "heads": {"max_width": 4, "hidden": 32, "mention_hidden": 16, "context": 8},
}


class Killed(BaseException):
    """Ends a run inside."""


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return write_bert(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="module")
def gold(tmp_path_factory):
    """A labelled file of sentences with the teacher's names in another arrangement."""
    rows = []
    for number, city in enumerate(made.CITIES):
        text = f"{made.PEOPLE[number]} took aspirin in {city} because the rain was over."
        spans = [(text.index(mention), mention, kind.lower()) for mention, kind in listed(text)]
        entities = [{"start": at, "end": at + len(m), "type": kind, "text": m} for at, m, kind in spans]
        rows.append(json.dumps({"id": str(number), "text": text, "entities": entities}) + "\n")
    path = tmp_path_factory.mktemp("gold") / "gold.jsonl"
    path.write_text("".join(rows))
    return path


def test_when_training_is_killed_and_run_again_then_a_student_comes_out_that_finds_what_the_teacher_taught(
    texts, encoder, gold, tmp_path, monkeypatch, caplog
):
    with TeacherServer() as server:
        config = made.write_config(
            tmp_path / "run.yaml",
            texts,
            server.spec,
            student={"train": {**TRAIN, "encoder": str(encoder)}, "precision": "int8"},
            evaluate={"gold": str(gold), "types": "person,city,drug"},
        )
        pipeline = Pipeline.load(config)
        steps, step = [], _Run._step

        def killed(self, *arguments):
            steps.append(self.step)
            if self.step == 15 and steps.count(15) == 1:
                raise Killed
            return step(self, *arguments)

        monkeypatch.setattr(_Run, "_step", killed)
        monkeypatch.setitem(parity.TOLERANCES, "int8", (0.0, 1.0, 2.0))  # which nothing meets
        with pytest.raises(Killed):
            run_pipeline(pipeline, tmp_path / "work")
        assert run_pipeline(pipeline, tmp_path / "work") == ["student", "evaluate"]
        assert steps == [*range(16), *range(10, 30)]  # from the checkpoint on
        assert run_pipeline(pipeline, tmp_path / "work") == []
        assert set(server.paid.values()) == {1}
    figures = read_json(tmp_path / "work" / "evaluation" / "evaluation.json")["gold.jsonl"]
    threshold = read_json(tmp_path / "work" / "student" / "threshold.json")
    assert threshold["dev_f1"] > 80 and figures["f1"] > 60
    assert figures["threshold"] == threshold["threshold"]
    assert threshold["precision"] == read_config(tmp_path / "work" / "student" / "student").precision == "fp32"
    assert "int8 is refused, so the student is exported in fp32" in caplog.text
    manifest = read_json(tmp_path / "work" / "student" / "manifest.json")
    assert manifest["settings"]["train"]["encoder"] == encoder.name and "encoder" in manifest["inputs"]
    assert {"student/text.onnx", "student/config.json", "threshold.json"} <= manifest["outputs"].keys()


def test_when_torch_is_missing_then_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "hybrid_ner.training.export", None)
    with pytest.raises(MissingExtraError, match=r"hybrid-ner\[train\]"):
        student_step(tmp_path, StudentSettings(), tmp_path / "out")


def test_when_settings_cannot_be_then_they_are_named(tmp_path):
    with pytest.raises(UsageError, match="precision is 'int4'"):
        StudentSettings(precision="int4")

    def dataset(folder):
        (folder / "train.yaml").write_text("max_tokens: 64\n")
        return ["train.yaml"]

    run_step(Step(DATASET, 1), tmp_path / "data", dataset)
    with pytest.raises(UsageError, match=r"student: train: unknown settings \['stpes'\]"):
        student_step(tmp_path / "data", StudentSettings(train={"stpes": 1}), tmp_path / "out")
