"""The program as a process: Ctrl-C, kill, a closed pipe, and going on with --resume."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COUNT = 60


@pytest.fixture
def gate(tmp_path, monkeypatch):
    """The run stops in the middle of the corpus until this file is there."""
    monkeypatch.setenv("FAKE_GATE", str(tmp_path / "gate"))
    return tmp_path / "gate"


@pytest.fixture
def gated_corpus(tmp_path, gate):
    path = tmp_path / "gated.jsonl"
    texts = [f"Ada {n}" if n % 10 else f"FAIL {n}" for n in range(COUNT)]
    texts[COUNT // 2 + 1] = "GATE"
    path.write_text("".join(json.dumps({"id": n, "text": text}) + "\n" for n, text in enumerate(texts)))
    return path


def start(*arguments):
    command = [sys.executable, "-m", "tests.cli.program", "extract", *map(str, arguments), "--types", "name"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # A session of its own, so that it can be interrupted as a terminal does it: the whole group at once. A shell that
    # runs the tests in the background has them ignore Ctrl-C, and what they start as well.
    listening = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(command, cwd=ROOT, text=True, start_new_session=True, **pipes)
    finally:
        signal.signal(signal.SIGINT, listening)


def wait_for_lines(path, count):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if path.exists() and path.read_bytes().count(b"\n") >= count:
            return
        time.sleep(0.01)
    raise AssertionError(f"{path} never had {count} lines")


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_when_the_run_is_interrupted_and_resumed_then_every_document_is_there_once(
    gated_corpus, gate, tmp_path, how, workers
):
    output = tmp_path / "out.jsonl"
    options = (gated_corpus, "--output", output, "--batch-size", 4, "--workers", workers)
    process = start(*options)
    wait_for_lines(output, 8)
    os.killpg(process.pid, how) if how == signal.SIGINT else process.kill()
    process.wait(timeout=120)
    gate.touch()
    _, err = process.communicate(timeout=120)
    before = output.read_bytes().count(b"\n")
    assert 8 <= before < COUNT
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "--resume" in err
        assert "Traceback" not in err
    resumed = start(*options, "--resume")
    assert resumed.communicate(timeout=120)[0] == ""
    assert resumed.returncode == 3
    records = [json.loads(line) for line in output.read_text().splitlines()]
    assert [record["id"] for record in records] == list(range(COUNT))
    assert sum("error" in record for record in records) == COUNT // 10


def test_when_the_reader_closes_the_pipe_then_the_program_ends_quietly(gated_corpus, gate):
    process = start(gated_corpus, "--batch-size", 1, "--quiet")
    assert process.stdout.readline().startswith("{")
    process.stdout.close()
    gate.touch()
    assert process.wait(timeout=120) == 141
    assert process.stderr.read() == ""
    process.stderr.close()


def test_when_a_complete_run_is_resumed_then_nothing_changes_and_it_says_so(extract, corpus, tmp_path):
    assert extract(corpus, "--output", "out.csv").code == 0
    before = (tmp_path / "out.csv").read_bytes()
    result = extract(corpus, "--output", "out.csv", "--resume")
    assert result.code == 0
    assert "nothing left to do" in result.err
    assert (tmp_path / "out.csv").read_bytes() == before


def test_when_there_is_nothing_to_resume_then_the_run_starts_from_the_start(extract, corpus, tmp_path):
    assert extract(corpus, "--output", "out.jsonl", "--resume").code == 0
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 12


def test_when_the_types_differ_then_resume_is_refused_and_without_it_the_output_is_made_anew(
    extract, corpus, tmp_path
):
    extract(corpus, "--output", "out.jsonl")
    before = (tmp_path / "out.jsonl").read_bytes()
    refused = extract(corpus, "--output", "out.jsonl", "--resume", types="other")
    assert (refused.code, (tmp_path / "out.jsonl").read_bytes()) == (2, before)
    assert "changed: types" in refused.err
    assert extract(corpus, "--output", "out.jsonl", types="other").code == 0
    assert b'"other"' in (tmp_path / "out.jsonl").read_bytes()


def test_when_a_rule_pack_s_content_changed_then_resume_is_refused(extract, corpus, tmp_path):
    (tmp_path / "pack.yaml").write_text("a")
    options = (corpus, "--output", "out.jsonl", "--rules", "pack.yaml")
    extract(*options)
    (tmp_path / "pack.yaml").write_text("b")
    result = extract(*options, "--resume")
    assert result.code == 2
    assert "changed: rules" in result.err
