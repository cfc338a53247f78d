"""`ablate` from the command line: results files, resuming, and options that do not go together."""

from __future__ import annotations

import json

import pytest

from evaluation.ablations import conditioning, training
from evaluation.results import read_results


def test_when_an_ablation_runs_then_the_results_file_has_a_row_a_variant(invoke, data, tmp_path):
    output = tmp_path / "a.json"
    shown = invoke("ablate", "types", "--data", data, "--corpus", "people", "--output", output).output
    assert "| types (dev, test) | P | R | F1 |" in shown and "UniNER-7B-definition 29.9" in shown
    results = read_results(output)
    assert [v["name"] for v in results["variants"]] == ["name", "definition", "name and definition"]
    assert results["corpora"] == ["people"] and results["split"] == "test" and results["bootstrap"]["seed"] == 0


def test_when_an_interrupted_ablation_is_resumed_then_what_was_done_is_not_done_again(
    invoke, data, tmp_path, monkeypatch
):
    output = tmp_path / "a.json"
    arguments = ("ablate", "conditioning", "--data", data, "--view", "name", "--output", output)
    whole = conditioning.conditioned
    monkeypatch.setattr(conditioning, "conditioned", lambda *_: 1 / 0)
    invoke(*arguments, code=1)
    left = json.loads(output.with_name("a.json.partial").read_text())
    assert list(left["parts"]) == ["type name alone"] and not output.exists()
    monkeypatch.setattr(conditioning, "conditioned", whole)
    said = invoke(*arguments, "--resume").output
    assert "corpus name before it: F1" in said and "type name alone: F1" not in said
    assert len(read_results(output)["variants"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("negatives",), "--folder FOLDER says where they are kept"),
        (("conditioning", "--steps", "3"), "--steps goes with --folder"),
        (("negatives", "--folder", "runs", "--student", "mini"), "--student does not go with --folder"),
        (("types", "--suite", "zero-shot", "--split", "dev"), "'zero-shot' is scored on test, not on 'dev'"),
        (("types", "--plots", "pictures"), "--plots goes with --output"),
    ],
)
def test_when_options_do_not_go_together_then_the_command_says_which(invoke, data, arguments, message):
    question, *options = arguments
    said = invoke("ablate", question, "--data", data, *options, code=2).output
    assert message in " ".join(said.split())


def test_when_a_student_is_fine_tuned_then_it_reads_the_conditioned_folder_with_the_settings_given(
    invoke, data, tmp_path, monkeypatch
):
    config = tmp_path / "config.yaml"
    config.write_text("steps: 9\nseed: 5\n")
    made = []
    monkeypatch.setattr(training.Recipe, "student", lambda self, *how: made.append((self, how)) or tmp_path / "student")
    arguments = ("fine-tune", "--data", data, "--config", config, "--folder", tmp_path / "runs", "--steps", "3")
    assert invoke(*arguments, "--calibration-limit", "7").output.strip() == str(tmp_path / "student")
    ((recipe, (name, settings, folder, _)),) = made
    assert (name, settings.steps, settings.seed) == ("conditioned", 3, 5)
    assert folder == tmp_path / "runs" / "conditioned-data" and recipe.data == data
    assert (recipe.calibration, recipe.limit, recipe.choice.name) == (7, None, "supervised")
