"""A network restored from its folder is the one that was exported, but for what int8 rounded away."""

from __future__ import annotations

import json
import shutil

import pytest

pytest.importorskip("torch")

import torch
from safetensors.torch import load_file

from hybrid_ner.errors import ModelError, UsageError
from hybrid_ner.resources import data_folder
from hybrid_ner.students.torch import load_encoder
from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.export import export_student
from hybrid_ner.training.parity import check_parity
from hybrid_ner.training.restore import restore_student
from hybrid_ner.training.train import train


def test_when_an_fp32_student_is_restored_then_it_has_the_weights_of_its_run(run, tmp_path):
    folder = export_student(run, tmp_path / "student", precision="fp32")
    trained = load_file(run / "student.safetensors")
    restored = restore_student(folder).state_dict()
    assert restored.keys() == trained.keys()
    for name in trained:
        if "pooler" not in name:
            assert torch.allclose(restored[name], trained[name], atol=1e-6), name


def test_when_the_shipped_student_is_restored_then_it_is_the_network_behind_it():
    folder = data_folder("models") / "mini"
    encoder = json.loads((folder / "record.json").read_text(encoding="utf-8"))["config"]["encoder"]
    report = check_parity(restore_student(folder), load_encoder(encoder).eval(), folder, "int8")
    assert report["spans"] > 100


def test_when_training_starts_from_a_student_folder_then_it_goes_on_from_its_weights(run, data, settings, tmp_path):
    folder = export_student(run, tmp_path / "student", precision="fp32")
    rates = {"encoder_rate": 0.0, "head_rate": 0.0}
    config = TrainConfig(**{**settings, **rates, "steps": 1, "start": str(folder)})
    weights = load_file(train(config, data, tmp_path / "again", progress=False) / "student.safetensors")
    before = load_file(run / "student.safetensors")
    assert all(torch.allclose(weights[name], before[name], atol=1e-6) for name in weights if "pooler" not in name)


def test_when_a_folder_lacks_what_training_needs_then_it_says_so(run, data, settings, tmp_path):
    folder = export_student(run, tmp_path / "student", precision="fp32")
    shutil.copyfile(folder / "types.onnx", folder / "text.onnx")
    with pytest.raises(ModelError, match=r"hold no boundary"):
        restore_student(folder)
    (folder / "record.json").unlink()
    with pytest.raises(ModelError, match="is no student folder that can be trained on"):
        restore_student(folder)
    with pytest.raises(UsageError, match="cannot start from"):
        train(TrainConfig(**{**settings, "start": str(folder)}), data, tmp_path / "again", progress=False)
