"""An average of runs is their weighted mean, can be exported, and refuses what cannot be averaged."""

from __future__ import annotations

import json
import shutil

import pytest

pytest.importorskip("torch")

import torch
from click.testing import CliRunner
from safetensors.torch import load_file, save_file

from hybrid_ner.cli.average import average_command
from hybrid_ner.errors import ModelError, UsageError
from hybrid_ner.training.average import average
from hybrid_ner.training.export import export_student, load_run


@pytest.fixture
def moved(run, tmp_path):
    """A copy of the run with every floating weight one higher."""
    folder = shutil.copytree(run, tmp_path / "moved")
    weights = load_file(folder / "student.safetensors")
    save_file({k: v + 1 if v.is_floating_point() else v for k, v in weights.items()}, folder / "student.safetensors")
    return folder


def test_when_runs_are_averaged_then_each_weight_is_the_mean_by_share(run, moved, tmp_path):
    folder = average([run, moved], [3, 1], tmp_path / "mean")
    before, mean = load_file(run / "student.safetensors"), load_file(folder / "student.safetensors")
    assert mean.keys() == before.keys()
    floats = [name for name, value in before.items() if value.is_floating_point()]
    assert floats and all(torch.allclose(mean[name], before[name] + 0.25, atol=1e-5) for name in floats)
    record = json.loads((folder / "record.json").read_text())
    assert [one["share"] for one in record["averaged"]] == [0.75, 0.25]
    assert "75% of a run with seed 3" in record["notes"]


def test_when_an_exported_student_is_averaged_with_its_run_then_nothing_changes_and_it_can_be_exported(run, tmp_path):
    student = export_student(run, tmp_path / "student", precision="fp32")
    folder = average([run, student], [1, 1], tmp_path / "mean")
    before, after = (load_run(one)[0].state_dict() for one in (run, folder))
    assert all(torch.allclose(before[name], after[name], atol=1e-6) for name in before if "pooler" not in name)
    again = export_student(folder, tmp_path / "again", precision="fp32")
    assert "an average: 50% of a run" in (again / "MODEL_CARD.md").read_text()


def test_when_the_command_is_given_no_shares_then_all_count_alike(run, moved, tmp_path):
    result = CliRunner().invoke(average_command, [str(run), str(moved), "-o", str(tmp_path / "mean")])
    assert result.exit_code == 0, result.output
    averaged = json.loads((tmp_path / "mean" / "record.json").read_text())["averaged"]
    assert [one["share"] for one in averaged] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("shares", "message"), [([1], "accepted: one above 0 for each"), ([1, 0], "accepted: one above 0 for each")]
)
def test_when_shares_do_not_fit_then_that_is_said(run, moved, tmp_path, shares, message):
    with pytest.raises(UsageError, match=message):
        average([run, moved], shares, tmp_path / "mean")


def test_when_there_is_nothing_to_average_then_that_is_said(run, moved, tmp_path):
    with pytest.raises(UsageError, match="two and more"):
        average([run], [1], tmp_path / "mean")
    with pytest.raises(UsageError, match="holds a run already"):
        average([run, moved], [1, 1], moved)
    with pytest.raises(ModelError, match="not a finished training run"):
        average([run, tmp_path], [1, 1], tmp_path / "mean")


def test_when_networks_differ_then_that_is_said(run, moved, tmp_path):
    weights = load_file(moved / "student.safetensors")
    save_file(dict(list(weights.items())[1:]), moved / "student.safetensors")
    with pytest.raises(ModelError, match="different networks"):
        average([run, moved], [1, 1], tmp_path / "mean")
