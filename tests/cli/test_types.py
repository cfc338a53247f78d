"""`hybrid-ner types` prints what the linter finds and says with its exit code what a script needs."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from hybrid_ner.cli import types as command
from hybrid_ner.errors import ModelError
from hybrid_ner.schema import TypeSet


@pytest.fixture
def run(monkeypatch):
    """Runs the command with types at right angles, but for those whose names begin alike."""

    def vectors(types, student):
        if student == "missing":
            raise ModelError("no student 'missing'")
        rows = np.eye(26, dtype=np.float32)[[ord(t.name[0].lower()) - ord("a") for t in types]]
        return rows

    monkeypatch.setattr(command, "type_vectors", vectors)
    return lambda *arguments: CliRunner().invoke(command.types_command, list(arguments))


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


def test_the_student_reads_names_and_definitions(monkeypatch):
    class Encoder:
        fingerprint = "weights-1"

        def encode(self, texts):
            assert texts == ["city: a large settlement", "person"]
            return np.eye(2, dtype=np.float32)

    def type_encoder(student):
        assert student == "small"
        return Encoder()

    monkeypatch.setattr("hybrid_ner.students.registry.type_encoder", type_encoder)
    types = TypeSet.of({"city": "a large settlement", "person": None})
    assert np.array_equal(command.type_vectors(types, "small"), np.eye(2))
