"""How the tests call the command line: in this process, with the fake extractor."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from hybrid_ner.cli import cli
from tests.fakes import load_fake


@pytest.fixture
def extract(monkeypatch, tmp_path):
    """Calls `extract` in an empty folder; returns exit code, stdout, stderr, JSON records of stdout."""
    monkeypatch.setattr("hybrid_ner.cli.extract.load_extractor", load_fake)
    monkeypatch.chdir(tmp_path)

    def call(*arguments, types="name", stdin=None):
        typed = () if types is None else ("--types", types)
        result = CliRunner().invoke(cli, ["extract", *map(str, arguments), *typed], input=stdin)
        lines = [line for line in result.stdout.splitlines() if line.startswith("{")]
        records = [json.loads(line) for line in lines]
        return SimpleNamespace(code=result.exit_code, out=result.stdout, err=result.stderr, records=records)

    return call


@pytest.fixture
def corpus(tmp_path):
    """Twelve documents in corpus.jsonl."""
    path = tmp_path / "corpus.jsonl"
    lines = [json.dumps({"id": n, "text": f"Ada met Bob, {n} times", "n": n}) for n in range(12)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
