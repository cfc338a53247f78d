from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from evaluation import __main__ as commands
from evaluation import student
from tests.evaluation.fake import FOUND, FakeNER
from tests.evaluation.made import PEOPLE, TEXT, row, write_corpus


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A corpora folder: two dev corpora (one nested) and one benchmark with an "else" class."""
    folder = tmp_path / "corpora"
    people = [
        row(0, TEXT, ("Ada Lovelace", "PER"), ("Charles Babbage", "PER"), ("London", "LOC")),
        row(1, "Paris is far .", ("Paris", "LOC")),
        row(2, "Nothing here ."),
    ]
    nested = [row(0, "University of London", ("University of London", "ORG"), ("London", "LOC"))]
    other = {"organisation": {"name": "organization"}, "misc": {"name": "miscellaneous"}}
    write_corpus(
        folder,
        "people",
        role="zero_shot_dev",
        nested=False,
        types=PEOPLE,
        rows={"dev": people, "test": people[:2]},
    )
    write_corpus(
        folder,
        "schools",
        role="zero_shot_dev",
        nested=True,
        types={"ORG": {"name": "organization"}, "LOC": {"name": "location"}},
        rows={"dev": nested, "test": nested},
    )
    write_corpus(
        folder,
        "crossner_made",
        role="zero_shot_benchmark",
        nested=False,
        types=other,
        rows={"test": [row(0, "IBM speaks English .", ("IBM", "organisation"), ("English", "misc"))]},
    )
    catalog = [
        {"name": "people", "role": "zero_shot_dev"},
        {"name": "crossner_made", "role": "zero_shot_benchmark"},
        {"name": "schools", "role": "zero_shot_dev"},
    ]
    (folder / "catalog.yaml").write_text(yaml.safe_dump(catalog))
    return folder


@pytest.fixture
def invoke(monkeypatch):
    """Runs `python -m evaluation` with the fake extractor; checks the exit code."""
    monkeypatch.setattr(student.Setup, "load", lambda self: FakeNER(FOUND))
    facts = {"student": {"name": "fake", "precision": "int8", "sha256": {}}, "stages": {}}
    monkeypatch.setattr(student.Setup, "facts", lambda self, ner: facts)

    def call(*args: object, code: int = 0):
        result = CliRunner().invoke(commands.cli, [str(a) for a in args])
        assert result.exit_code == code, (result.output, result.exception)
        return result

    return call
