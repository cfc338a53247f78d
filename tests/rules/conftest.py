"""What the tests of the rule engine share: packs written in the test, and candidates named by their text."""

from __future__ import annotations

import textwrap

import pytest

from hybrid_ner.rules import load_packs
from hybrid_ner.schema import Decision, TypeSet


@pytest.fixture
def write_pack(tmp_path):
    """Writes YAML as a pack and returns its path."""

    def write(yaml_text: str, name: str = "pack.yaml"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(yaml_text), encoding="utf-8")
        return path

    return write


@pytest.fixture
def engine_of(write_pack):
    """An engine with one pack, given its rules' YAML (a list)."""

    def build(rules: str, **options):
        indented = textwrap.indent(textwrap.dedent(rules).strip("\n"), "  ")
        return load_packs([write_pack("rules:\n" + indented)], **options)

    return build


@pytest.fixture
def run():
    """Runs an engine on mentions given by their text; returns the decisions."""

    def apply(engine, text, mentions=(), types=("person",), score=0.5):
        decisions = []
        for mention in mentions:
            mention, type_name = mention if isinstance(mention, tuple) else (mention, types[0])
            start = text.index(mention)
            decisions.append(Decision(start, start + len(mention), type_name, score, "student", score))
        return engine.apply(text, decisions, TypeSet.of(list(types)))

    return apply


@pytest.fixture
def default_engine():
    return load_packs(["default"])
