"""`hybrid-ner train` and `export`: from corpora to a student that extracts, and one clear line when that cannot be."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytest.importorskip("torch")

import yaml
from click.testing import CliRunner

from hybrid_ner.cli import cli
from hybrid_ner.schema import TypeSet
from hybrid_ner.students.onnx import OnnxStudent
from tests.training import made


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with corpora, an encoder, and train.yaml."""
    root = tmp_path_factory.mktemp("place")
    made.write_corpora(root / "corpora")
    config = {
        "encoder": str(made.write_bert(root / "encoder")),
        "steps": 3,
        "token_budget": 500,
        "heads": {"max_width": 4, "hidden": 16, "mention_hidden": 8, "context": 4},
    }
    (root / "train.yaml").write_text(yaml.safe_dump(config))
    return root


def call(*arguments):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def train(place, output, *options):
    return call("train", "--config", place / "train.yaml", "--data", place / "corpora", "--output", output, *options)


def refused(result, *parts):
    """Exit code 2 and one line on stderr that holds all `parts`."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    lines = [line for line in result.stderr.splitlines() if line.startswith("hybrid-ner: error: ")]
    assert len(lines) == 1 and "Traceback" not in result.stderr
    assert all(part in lines[0] for part in parts), lines[0]


def test_when_a_run_is_trained_and_exported_then_its_student_can_be_loaded(place, tmp_path):
    trained = train(place, tmp_path / "run", "--quiet")
    assert (trained.exit_code, trained.stdout.count("\n")) == (0, 1)
    assert f"hybrid-ner export {tmp_path / 'run'}" in trained.stdout
    for precision in ("fp32", "int8"):
        exported = call("export", tmp_path / "run", tmp_path / precision, "--precision", precision)
        assert exported.exit_code == 0, exported.output
        assert exported.stdout == f"exported {precision}: {tmp_path / precision}\n"
        student = OnnxStudent.load(tmp_path / precision, cache=False)
        assert student.config.precision == precision
        assert len(list(student.propose(["Ada Brown lives in Oslo .", ""], TypeSet.of(["person"])))) == 2


def test_when_quiet_then_nothing_is_written_to_stderr(place, tmp_path):
    assert train(place, tmp_path / "run", "--quiet").stderr == ""


def test_when_a_limit_is_given_then_the_record_shows_it(place, tmp_path):
    assert train(place, tmp_path / "run", "--quiet", "--limit", 2).exit_code == 0
    record = json.loads((tmp_path / "run" / "record.json").read_text())
    assert [corpus["sentences"] for corpus in record["corpora"]] == [2, 2, 2]


def test_when_the_output_holds_a_run_then_resume_is_asked_for_and_accepted(place, tmp_path):
    assert train(place, tmp_path / "run", "--quiet").exit_code == 0
    refused(train(place, tmp_path / "run", "--quiet"), "--resume", "run")
    assert train(place, tmp_path / "run", "--quiet", "--resume").exit_code == 0


def test_when_the_config_is_missing_or_wrong_then_it_is_said_and_nothing_is_made(place, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("stpes: 3\n")
    for config, part in ((wrong, "stpes"), (tmp_path / "none.yaml", "none.yaml")):
        refused(
            call("train", "--config", config, "--data", place / "corpora", "--output", tmp_path / "run"),
            str(config),
            part,
        )
    assert not (tmp_path / "run").exists()


def test_when_the_data_cannot_be_used_then_it_is_said(place, tmp_path):
    options = ("--config", place / "train.yaml", "--output", tmp_path / "run", "--quiet")
    refused(call("train", "--data", tmp_path / "none", *options), "catalog.yaml", "--data")
    own = made.write_corpora(tmp_path / "corpora")
    made.write_rows(own / "meds" / "train.jsonl.gz", ["{"])
    refused(call("train", "--data", own, *options), "train.jsonl.gz, line 1")


def test_when_the_encoder_cannot_be_loaded_then_it_is_said(place, tmp_path):
    (tmp_path / "hollow").mkdir()
    (tmp_path / "train.yaml").write_text(f"encoder: {tmp_path / 'hollow'}\n")
    arguments = ("--data", place / "corpora", "--output", tmp_path / "run", "--quiet")
    refused(call("train", "--config", tmp_path / "train.yaml", *arguments), "hollow", "all-MiniLM-L6-v2")


def test_when_the_run_to_export_is_none_then_it_is_said_and_nothing_is_made(tmp_path):
    refused(call("export", tmp_path / "none", tmp_path / "student"), "none", "not a finished training run")
    assert list(tmp_path.iterdir()) == []


def test_when_options_are_missing_or_bad_then_they_are_named(place, tmp_path):
    refused(call("train", "--output", tmp_path / "run"), "--data")
    refused(call("train", "--data", place), "--output")
    refused(train(place, tmp_path / "run", "--device", "tpu"), "tpu", "cuda")
    refused(train(place, tmp_path / "run", "--limit", "0"), "--limit")
    refused(call("export", tmp_path), "OUTPUT")
    refused(call("export", tmp_path, tmp_path / "s", "--precision", "fp16"), "fp16", "int8")


@pytest.mark.parametrize(
    ("command", "package"),
    [
        ("train", "torch"),
        ("train", "transformers"),
        ("export", "torch"),
        ("export", "transformers"),
        ("export", "onnx"),
    ],
)
def test_when_a_package_of_the_extra_is_not_installed_then_the_extra_is_named(place, tmp_path, package, command):
    program = f"import sys; sys.modules[{package!r}] = None; from hybrid_ner.cli import main; main()"
    options = {
        "train": ["--config", place / "train.yaml", "--data", place / "corpora", "--output", tmp_path / "run"],
        "export": [_run(tmp_path, place), tmp_path / "student"],
    }[command]
    result = subprocess.run(
        [sys.executable, "-c", program, command, *map(str, options)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1 and "Traceback" not in result.stderr
    assert repr(package) in result.stderr and "pip install 'hybrid-ner[train]'" in result.stderr


def _run(folder, place):
    """A folder that looks like a finished run until its weights are put into the network."""
    import torch
    from safetensors.torch import save_file

    run = folder / "finished"
    run.mkdir()
    encoder = yaml.safe_load((place / "train.yaml").read_text())["encoder"]
    (run / "record.json").write_text(json.dumps({"config": {"encoder": encoder}, "heads": {}}))
    save_file({"weight": torch.zeros(1)}, run / "student.safetensors")
    return run
