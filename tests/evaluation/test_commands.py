from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import yaml
from click.testing import CliRunner

from evaluation import __main__ as commands
from evaluation import student
from evaluation.results import read_results
from tests.evaluation.fake import FakeNER
from tests.evaluation.made import PEOPLE, TEXT, row, write_corpus

ROOT = Path(__file__).resolve().parents[2]


def test_when_dev_runs_then_the_results_file_says_how_it_was_measured(invoke, data, tmp_path):
    output = tmp_path / "results" / "dev.json"
    shown = invoke("dev", "--data", data, "--view", "name", "--fit-threshold", "--output", output).output
    results = read_results(output)
    assert results["suite"] == "dev" and results["view"] == "name" and len(results["runs"]) == 4
    assert results["labels"]["people"] == {"PER": "person", "LOC": "location"}
    assert {"protocol", "student", "versions", "command", "seed", "limit", "machine"} <= set(results)
    assert "2 of the suite's 8 corpora only" in shown
    assert invoke("table", output).output == shown


def test_when_the_data_folder_is_in_the_environment_then_no_option_is_needed(invoke, data, monkeypatch):
    monkeypatch.setenv("HYBRID_NER_DATA", str(data))
    assert "| people | 66.7 |" in invoke("dev", "--view", "name", "--corpus", "people").output


def test_when_a_threshold_was_fitted_on_dev_then_zero_shot_takes_it_over(invoke, data, tmp_path):
    dev, zero_shot = tmp_path / "dev.json", tmp_path / "zs.json"
    invoke("dev", "--data", data, "--view", "name", "--fit-threshold", "--output", dev)
    invoke("zero-shot", "--data", data, "--view", "name", "--threshold-from", dev, "--output", zero_shot)
    run = read_results(zero_shot)["runs"][0]
    assert run["threshold"]["value"] == read_results(dev)["runs"][1]["threshold"]["value"]
    assert run["threshold"]["origin"] == "fitted on dev, dev.json" and run["split"] == "test"
    assert read_results(zero_shot)["left_out"] == {"crossner_made": ["misc"]}


def test_when_zero_shot_is_asked_to_fit_a_threshold_then_it_refuses(invoke, data):
    assert "No such option" in invoke("zero-shot", "--data", data, "--fit-threshold", code=2).output


def test_when_options_contradict_then_the_command_says_so(invoke, data):
    assert (
        "--threshold" in invoke("dev", "--data", data, "--fit-threshold", "--threshold", "0.3", code=2).output
    )


def test_when_the_data_folder_is_wrong_then_the_program_ends_with_one_line_and_code_2(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "evaluation", "dev", "--data", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and "catalog.yaml: no such file" in done.stderr


def test_when_tables_of_several_kinds_are_mixed_then_it_is_an_error(invoke, tmp_path):
    for name in ("suite", "bench"):
        (tmp_path / name).write_text(json.dumps({"format": 1, "kind": name}))
    result = CliRunner().invoke(commands.cli, ["table", str(tmp_path / "suite"), str(tmp_path / "bench")])
    assert "of one kind" in str(result.exception)


def test_when_a_student_is_told_the_corpus_then_its_spans_count_for_the_corpus_s_types(invoke, tmp_path, monkeypatch):
    corpora = tmp_path / "sets"
    write_corpus(corpora, "conll03", types=PEOPLE, rows={"test": [row(0, TEXT, ("Ada Lovelace", "PER"))]})
    (corpora / "catalog.yaml").write_text(yaml.safe_dump([{"name": "conll03", "role": "supervised_benchmark"}]))
    monkeypatch.setattr(student.Setup, "load", lambda self: FakeNER({"Ada Lovelace": ("conll03: person", 0.9)}))
    output = tmp_path / "supervised.json"
    shown = invoke("supervised", "--data", corpora, "--conditioned", "--output", output).output
    results = read_results(output)
    assert results["conditioned"] is True and results["runs"][0]["average"]["f1"] == 100.0
    assert "fake int8, both, corpus named, test" in shown
    assert "corpus named" not in invoke("supervised", "--data", corpora).output
