"""`hybrid-ner fit` and `hybrid-ner rules ...` as a user calls them, with a student that reads recipes."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from hybrid_ner.cli import cli
from hybrid_ner.extractor import HybridNER
from hybrid_ner.rules import load_packs
from tests.fitting.kitchen import KitchenStudent, recipes

TYPES = "food,unit,tool"


@pytest.fixture
def call(monkeypatch, tmp_path):
    """Calls a command in a folder with gold.jsonl and gold.conll."""

    def load(job):
        return HybridNER(KitchenStudent(), load_packs(("default",) if job.rules is None else job.rules), job.use_index)

    for module in ("fit", "rules"):
        monkeypatch.setattr(f"hybrid_ner.cli.{module}.load_extractor", load)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gold.jsonl").write_text("".join(f"{_record(d)}\n" for d in recipes(20)), encoding="utf-8")

    def run(*arguments):
        result = CliRunner().invoke(cli, list(arguments))
        assert not isinstance(result.exception, AssertionError)
        return result

    return run


def _record(document):
    entities = [{"start": e.start, "end": e.end, "type": e.type} for e in document.entities]
    return json.dumps({"id": document.id, "text": document.text, "entities": entities})


def test_fit_writes_a_pack_that_lint_report_and_diff_take(call, tmp_path):
    made = call("fit", "gold.jsonl", "--types", TYPES, "-o", "my pack.yaml", "--note", "Ours.")
    assert made.exit_code == 0, made.output
    assert "rules held, from 20 sentences; F1 on held-out sentences" in made.stderr
    assert "too few mentions to fit a threshold of their own: tool (0)" in made.stderr
    assert "use it with: --rules default --rules my pack.yaml" in made.stderr
    text = (tmp_path / "my pack.yaml").read_text()
    assert "# Ours.\n" in text and "\nname: my-pack\n" in text

    linted = call("rules", "lint", "default", "my pack.yaml", "--strict")
    assert (linted.exit_code, linted.stdout) == (0, "0 findings in default, my pack.yaml\n")

    packs = ("--rules", "default", "--rules", "my pack.yaml")
    reported = json.loads(call("rules", "report", "gold.jsonl", "--types", TYPES, *packs, "--format", "json").stdout)
    assert reported["f1"] > 90
    table = call("rules", "report", "gold.jsonl", "--types", TYPES, *packs).stdout
    assert "my-pack/food-words" in table and "rules did nothing: default/" in table

    (tmp_path / "empty.yaml").write_text("name: my-pack\nrules: []\n")
    (tmp_path / "new.txt").write_text("add one cup of brown sugar well")
    changed = call("rules", "diff", "empty.yaml", "my pack.yaml", "new.txt", "--types", TYPES)
    assert changed.exit_code == 0
    assert changed.stdout.splitlines()[-1].startswith("1 of 1 documents change: ")
    assert "new.txt: removed: 'add' [0, 3) 'food': " in changed.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "nowhere/pack.yaml"), "there is no folder nowhere"),
        (("-o", "p.yaml", "--rules", "default", "--no-rules"), "contradict each other"),
        (("-o", "p.yaml", "--map", "food"), "expected RAW=NAME"),
        (("-o", "p.yaml", "--gold-format", "conll"), "gold.jsonl"),
    ],
)
def test_when_arguments_are_wrong_then_fit_says_so_and_writes_nothing(call, tmp_path, arguments, message):
    result = call("fit", "gold.jsonl", "--types", TYPES, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not list(tmp_path.glob("*.yaml"))


def test_when_there_is_too_little_gold_then_fit_says_how_much_is_needed(call, tmp_path):
    lines = (tmp_path / "gold.jsonl").read_text().splitlines()[:5]
    (tmp_path / "few.jsonl").write_text("\n".join(lines))
    result = call("fit", "few.jsonl", "--types", TYPES, "-o", "p.yaml")
    assert result.exit_code == 2
    assert "5 labelled documents, 5 of them with entities, are too few to learn from" in result.stderr


def test_when_a_document_cannot_be_read_then_diff_goes_on_and_says_so_with_its_exit_code(call, tmp_path):
    (tmp_path / "p.yaml").write_text("rules: []")
    (tmp_path / "q.yaml").write_text("rules:\n  - {id: a, kind: reject, words: [add]}")
    (tmp_path / "docs.jsonl").write_text('{"text": "add"}\n{"no": 1}\n')
    result = call("rules", "diff", "p.yaml", "q.yaml", "docs.jsonl", "--types", TYPES)
    assert result.exit_code == 3
    assert "1 of 2 documents change: 0 added, 1 removed, 0 type, 0 boundary; 1 could not be read" in result.stdout


def test_when_packs_contradict_each_other_then_lint_can_fail_a_build(call, tmp_path):
    (tmp_path / "p.yaml").write_text(
        "rules:\n"
        "  - {id: a, kind: relabel, from: x, to: y, regex: q}\n"
        "  - {id: b, kind: relabel, from: y, to: x, regex: q}\n"
    )
    assert call("rules", "lint", "p.yaml").exit_code == 0
    strict = call("rules", "lint", "p.yaml", "--strict")
    assert strict.exit_code == 1
    assert strict.stdout.startswith("contradiction: p/a, p/b: ")
