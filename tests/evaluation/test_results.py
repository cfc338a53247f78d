from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from evaluation.results import (
    ResultsError,
    provenance,
    read_results,
    shown_command,
    weights_sha256,
    write_results,
)


def test_when_a_command_is_shown_then_paths_of_this_machine_are_taken_out():
    here = str(Path.cwd() / "evaluation" / "results" / "dev.json")
    argv = [
        "dev",
        "--data",
        "/some/where",
        "--view",
        "name",
        "--student",
        "/other/place/mini",
        "--output",
        here,
    ]
    assert shown_command(argv) == (
        'python -m evaluation dev --data "$HYBRID_NER_DATA" --view name --student mini '
        "--output evaluation/results/dev.json"
    )
    assert shown_command(["dev", "--data=/some/where", "--output=/a/b.json", "--no-rules"]) == (
        'python -m evaluation dev --data="$HYBRID_NER_DATA" --output=b.json --no-rules'
    )


def test_when_results_are_written_then_they_are_read_back_the_same(tmp_path):
    path = tmp_path / "new" / "r.json"
    write_results(path, {"kind": "suite", "x": "é"})
    assert read_results(path) == {"format": 1, "kind": "suite", "x": "é"}
    assert [p.name for p in path.parent.iterdir()] == ["r.json"]


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 2, "kind": "suite"}', '{"format": 1}'])
def test_when_a_results_file_is_damaged_then_the_error_names_it(tmp_path, content):
    (tmp_path / "r.json").write_text(content)
    with pytest.raises(ResultsError, match=r"r\.json: not"):
        read_results(tmp_path / "r.json")


def test_when_there_is_no_results_file_then_the_error_names_it(tmp_path):
    with pytest.raises(ResultsError, match=r"r\.json: no such results file"):
        read_results(tmp_path / "r.json")


def test_when_weights_are_hashed_then_only_weights_count(tmp_path):
    (tmp_path / "text.int8.onnx").write_bytes(b"weights")
    (tmp_path / "config.json").write_text("{}")
    assert weights_sha256(tmp_path) == {"text.int8.onnx": hashlib.sha256(b"weights").hexdigest()}
    with pytest.raises(ResultsError, match="no weights found"):
        weights_sha256(tmp_path / "elsewhere")


def test_when_provenance_is_recorded_then_it_is_plain_json_with_versions():
    recorded = json.loads(json.dumps(provenance(["dev"])))
    assert recorded["command"] == "python -m evaluation dev"
    assert {"python", "numpy"} <= set(recorded["versions"])
