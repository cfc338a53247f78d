"""What is wrong with rules by themselves is said of exactly the rules it is wrong with."""

from __future__ import annotations

import textwrap

import pytest

from hybrid_ner.analysis.lint import lint_packs
from hybrid_ner.rules import load_packs


@pytest.fixture
def findings(tmp_path):
    def lint(rules: str, head: str = ""):
        path = tmp_path / "pack.yaml"
        indented = textwrap.indent(textwrap.dedent(rules).strip("\n"), "  ")
        path.write_text(f"{head}\nrules:\n{indented}\n", encoding="utf-8")
        return [(f.kind, f.rules, f.message) for f in lint_packs(load_packs([path]).packs)]

    return lint


@pytest.mark.parametrize(
    ("rules", "kind", "message"),
    [
        (
            "- {id: a, kind: relabel, from: city, to: person, regex: x}\n"
            "- {id: b, kind: relabel, from: [person, band], to: city, regex: y}",
            "contradiction",
            "one changes 'city' to 'person', the other changes it back",
        ),
        (
            "- {id: a, kind: require, types: city, shape: d}\n- {id: b, kind: reject, shape: [d, x]}",
            "contradiction",
            "every shape that the first requires is rejected by the second: 'd'",
        ),
        (
            "- {id: a, kind: require, words: [Rome]}\n- {id: b, kind: require, words: [Paris]}",
            "contradiction",
            "no mention has a words that both require",
        ),
        (
            "- {id: a, kind: require, regex: x}\n- {id: b, kind: reject, regex: x}",
            "contradiction",
            "one requires the regex that the other rejects",
        ),
        (
            "- {id: a, kind: gazetteer, types: city, entries: [Paris, Rome]}\n"
            "- {id: b, kind: gazetteer, types: person, entries: [paris]}",
            "two types",
            "1 names are listed under different types: 'paris'",
        ),
        (
            "- {id: a, kind: gazetteer, types: city, entries: [May]}\n- {id: b, kind: reject, words: [may]}",
            "contradiction",
            "proposed by one, rejected by the other: 'may'",
        ),
        (
            "- {id: a, kind: reject, words: [x]}\n- {id: b, kind: reject, words: [x]}",
            "duplicate",
            "the second says the same",
        ),
    ],
)
def test_a_contradiction_names_both_rules(findings, rules, kind, message):
    ((found, labels, text),) = findings(rules)
    assert (found, labels) == (kind, ("pack/a", "pack/b"))
    assert message in text


@pytest.mark.parametrize(
    ("rules", "head", "message"),
    [
        ("- {id: a, kind: reject, types: city, except: [city, x], words: [y]}", "", "all its types are in `except`"),
        ("- {id: a, kind: relabel, from: city, to: City, regex: x}", "", "changes 'city' to itself"),
        (
            "- {id: a, kind: pattern, types: city, regex: x, score: 0.2}",
            "thresholds: {city: 0.5}",
            "proposes with 0.2, below the threshold of 'city'",
        ),
    ],
)
def test_a_rule_that_cannot_act_is_unreachable(findings, rules, head, message):
    ((kind, labels, text),) = findings(rules, head)
    assert (kind, labels) == ("unreachable", ("pack/a",))
    assert message in text


@pytest.mark.parametrize(
    "rules",
    [
        # Other types, so they never meet.
        "- {id: a, kind: require, types: city, shape: d}\n- {id: b, kind: reject, types: person, shape: d}",
        "- {id: a, kind: require, types: city, shape: d}\n- {id: b, kind: reject, except: city, shape: d}",
        # Lists that compete are weighed.
        "- {id: a, kind: gazetteer, types: city, entries: [Paris], competes: true}\n"
        "- {id: b, kind: gazetteer, types: person, entries: [Paris], competes: true}",
        "- {id: a, kind: gazetteer, types: [city, x], entries: [Paris]}\n"
        "- {id: b, kind: gazetteer, types: [person, x], entries: [Paris]}",
    ],
)
def test_rules_that_only_look_contradictory_are_left_alone(findings, rules):
    assert findings(rules) == []


def test_the_default_pack_has_no_findings():
    assert lint_packs(load_packs(["default"]).packs) == []
