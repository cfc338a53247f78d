"""What single inducers read off labelled sentences."""

from __future__ import annotations

import numpy as np
import pytest

from hybrid_ner.calibration import logit
from hybrid_ner.fitting.bench import Example
from hybrid_ner.fitting.edges import Seen, second_specs
from hybrid_ner.fitting.names import name_rules, pattern_rules
from hybrid_ner.fitting.specs import rules_of, slugs_of
from hybrid_ner.fitting.weights import Claims, learn
from hybrid_ner.schema import Decision

SLUGS = {"dose": "dose", "drug": "drug"}


def example(text, *mentions):
    gold = frozenset((text.index(m), text.index(m) + len(m), name) for m, name in mentions)
    return Example(text, gold, frozenset(SLUGS), (), 0)


def seen(text, gold, found):
    decisions = [Decision(text.index(m), text.index(m) + len(m), name, 0.6) for m, name in found]
    return Seen(example(text, *gold), tuple(decisions))


def by_id(specs):
    return {spec["id"]: spec for spec in specs}


def test_names_are_listed_unless_they_mostly_mean_something_else():
    examples = [example("take aspirin at rest", ("aspirin", "drug"), ("rest", "drug"))]
    examples += [example("rest, then rest, then rest again") for _ in range(2)]
    assert by_id(name_rules(examples, SLUGS))["drug-names"]["entries"] == ["aspirin"]


def test_patterns_generalise_digits_and_keep_signs():
    examples = [example(f"take {n} mg now", (f"{n} mg", "dose")) for n in (5, 10, 250)]
    rule = by_id(pattern_rules(examples, SLUGS))["dose-pattern-1"]
    (made,) = rules_of("p", [rule]).values()
    assert rule["regex"] == r"(?<!\w)\d+\s\p{Ll}+(?!\w)"
    assert made.stage == "claim"


def test_boundaries_are_cut_or_widened_where_predictions_are_wrong_alike():
    cut = [
        seen(f"the {n} {w}", [(w, "drug")], [(f"the {n} {w}", "drug")])
        for n, w in (("old", "aspirin"), ("old", "iron"))
    ]
    wide = [seen(f"{n} mg", [(f"{n} mg", "dose")], [(f"{n}", "dose")]) for n in (5, 7)]
    specs = by_id(second_specs([*cut, *wide], SLUGS))
    assert specs["drug-first-words"] == {
        "id": "drug-first-words", "kind": "trim", "types": "drug", "first_words": ["old", "the"],
    }  # fmt: skip
    assert specs["dose-words-after"]["words_after"] == ["mg"]


def test_stop_phrases_limits_and_relabelings_are_read_off_repeated_mistakes():
    texts = [f"pill {n} of one two three {w}" for n, w in ((5, "iron"), (7, "zinc"))]
    pairs = []
    for text in texts:
        _, number, *_, name = text.split()
        found = [("pill", "drug"), ("one two three", "drug"), (number, "drug")]
        pairs.append(seen(text, [(name, "drug"), (number, "dose")], found))
    specs = by_id(second_specs(pairs, SLUGS))
    assert specs["drug-stop-phrases"]["words"] == ["one two three", "pill"]
    assert specs["drug-length"]["max_words"] == 1
    assert specs["drug-to-dose-by-shape"] == {
        "id": "drug-to-dose-by-shape", "kind": "relabel", "from": "drug", "to": "dose", "shape": ["d"],
    }  # fmt: skip


def test_weights_grow_with_the_evidence_and_are_zero_without_any():
    def claims(count):
        pairs = []
        for number in range(count):
            text = f"{'iron' if number % 2 else 'five'} please"
            one = example(text, *([("iron", "drug")] if number % 2 else []))
            pairs.append((one, [Decision(0, 4, "drug", 0.5)]))
        return Claims.of(pairs, ("dose", "drug"))

    few, many = (learn(claims(count)).weights["drug"]["mention", "iron"] for count in (4, 40))
    assert 0 < few < many
    assert learn(claims(40)).weights["drug"]["mention", "five"] < 0
    assert learn(Claims.of([], ("dose", "drug"))).weights == {}
    row = claims(2)
    assert row.logits[0].tolist() == pytest.approx([-2, 0])
    assert isinstance(row.right, np.ndarray) and logit(0.5) == 0


def test_types_that_are_spelt_alike_have_different_rules():
    assert slugs_of(["C", "c++", "C#", "a b"]) == {"C": "c", "c++": "c-2", "C#": "c-3", "a b": "a-b"}
