"""The benchmark of generative architectures, in its smallest size."""

from __future__ import annotations

import json

from click.testing import CliRunner

from evaluation.__main__ import cli


def test_every_number_of_types_is_measured_with_and_without_reuse(tmp_path):
    path = tmp_path / "bench.json"
    sizes = ["--size", "tiny", "--device", "cpu", "--dtype", "float32", "--passages", "2", "--words", "20"]
    result = CliRunner().invoke(cli, ["bench-generative", *sizes, "--types", "1,3", "--output", str(path)])
    assert result.exit_code == 0, result.output
    assert "tiny, " in result.stdout and "passage once" in result.stdout
    measured = json.loads(path.read_text())
    assert [(row["types"], row["reuse"]) for row in measured["rows"]] == [(1, True), (1, False), (3, True), (3, False)]
    assert all(row["words_a_second"] > 0 and row["peak_memory_gib"] > 0 for row in measured["rows"])
    assert measured["load"] == {"passages": 2, "words": 20, "rows": 32, "answer": 8}


def test_types_that_are_no_numbers_are_refused():
    result = CliRunner().invoke(cli, ["bench-generative", "--types", "one"])
    assert result.exit_code == 2 and "1,7,25" in result.output
