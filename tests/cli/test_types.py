"""`hybrid-ner types` prints what the linter finds and says with its exit code what a script needs."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from hybrid_ner.cli import types as command
from hybrid_ner.errors import ModelError


@pytest.fixture
def run(monkeypatch):
    """Runs the command with types at right angles, but for those whose names begin alike."""

    class FirstLetters:
        fingerprint = "first letters"

        def encode(self, texts):
            return np.eye(26, dtype=np.float32)[[ord(text[0].lower()) - ord("a") for text in texts]]

    def encoder(student):
        if student == "missing":
            raise ModelError("no student 'missing'")
        return FirstLetters()

    monkeypatch.setattr("hybrid_ner.students.registry.type_encoder", encoder)
    return lambda *arguments: CliRunner().invoke(command.types_command, ["--no-library", *arguments])


def test_when_the_list_is_good_then_it_says_so(run):
    result = run("person,city")
    assert (result.exit_code, result.output) == (0, "2 types, 0 findings\n")


def test_when_there_are_findings_then_each_has_a_suggestion_and_the_exit_code_is_zero(run):
    result = run("misc,city,castle")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "near-duplicate: city / castle: they are hardly told apart (similarity 1.00)",
        "    merge them, or write definitions that say what the one is and the other is not",
        "name: misc: the name says little about what counts",
        "    name what is meant, or leave the type out",
        "3 types, 2 findings",
    ]


def test_when_strict_then_findings_give_one_and_a_good_list_zero(run):
    assert run("misc", "--strict").exit_code == 1
    assert run("person", "--strict").exit_code == 0


def test_when_asked_for_json_then_the_report_is_json(run):
    report = json.loads(run("misc,city,castle", "--format", "json").output)
    assert report["types"] == 3
    assert [(f["kind"], f["types"], f["similarity"]) for f in report["findings"]] == [
        ("near-duplicate", ["city", "castle"], 1.0),
        ("name", ["misc"], None),
    ]


def test_when_the_types_come_from_a_file_then_definitions_are_looked_at(run, tmp_path):
    file = tmp_path / "types.yaml"
    file.write_text("city: a city\nperson: a human being with a name\n", encoding="utf-8")
    assert "definition: city: the definition repeats the name" in run(str(file)).output


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["person,Person"], "named twice"),
        ([","], "empty"),
        (["nowhere.yaml"], "nowhere.yaml"),
        (["person", "--student", "missing"], "no student 'missing'"),
        (["person", "--close", "2"], "at most 1"),
        (["person", "--close", "near"], "near"),
        (["person", "--format", "xml"], "xml"),
    ],
)
def test_when_an_argument_is_bad_then_exit_two_and_the_message_names_it(run, arguments, part):
    result = run(*arguments)
    assert result.exit_code == 2
    assert part in result.output


def test_when_definitions_are_borrowed_then_each_is_shown_and_looked_at_with_them(run):
    result = run("person,castle,my own kind of thing", "--borrow", "no")
    assert "borrowed" not in result.output
    lent = CliRunner().invoke(command.types_command, ["person,castle,my own kind of thing"])
    lines = lent.output.splitlines()
    assert lines[0].startswith("borrowed: 'person' borrows the definition of 'general/person': Name of an individual")
    assert lines[1].startswith("borrowed: 'castle' borrows the definition of 'history/castle': ")
    assert lines[-1].startswith("3 types, 2 defined by the library, ")
    report = json.loads(CliRunner().invoke(command.types_command, ["castle", "--format", "json"]).output)
    assert [(loan["type"], loan["lender"]) for loan in report["borrowed"]] == [("castle", "history/castle")]


def test_when_borrowing_and_not_borrowing_are_both_asked_for_then_exit_two(run):
    result = run("person", "--borrow", "nearest")
    assert result.exit_code == 2
    assert "contradict each other" in result.output


def test_the_student_reads_names_and_definitions(monkeypatch):
    read = []

    class Encoder:
        fingerprint = "weights-1"

        def encode(self, texts):
            read.extend(texts)
            return np.eye(len(texts), dtype=np.float32)

    def type_encoder(student):
        assert student == "small"
        return Encoder()

    monkeypatch.setattr("hybrid_ner.students.registry.type_encoder", type_encoder)
    result = CliRunner().invoke(command.types_command, ["library:history/castle,zzz kind", "--student", "small"])
    assert result.exit_code == 0, result.output
    assert read == ["castle: Name of a castle, palace or fort.", "zzz kind"]
