"""`weigh`: evidence in logits, before types compete; thresholds of a pack; proposals that compete."""

from __future__ import annotations

import random

import pytest

from hybrid_ner.calibration import logit
from hybrid_ner.errors import RulePackError
from hybrid_ner.extractor import HybridNER
from hybrid_ner.rules import load_packs
from hybrid_ner.rules.traits import traits_of
from hybrid_ner.schema import Decision, EntityType, Proposal, TypeSet

UNITS = """
- id: units
  kind: weigh
  types: unit
  by: -0.5
  last: {cup: 2.0, CUPS: 1.5}
  before: {one: 0.5, ^: -1}
"""


class OneSpan:
    """A student that offers each text's last word for the types given."""

    threshold = 0.5

    def __init__(self, scores):
        self.scores = scores

    def propose(self, texts, types):
        for text in texts:
            start = text.rindex(" ") + 1 if " " in text else 0
            yield [Proposal(start, len(text), name, score) for name, score in self.scores.items()]


@pytest.fixture
def claim():
    def run(engine, text, claims, types):
        start = text.rindex(" ") + 1 if " " in text else 0
        decisions = [Decision(start, len(text), name, score, "student", score) for name, score in claims.items()]
        return {d.type: d for d in engine.claim(text, decisions, TypeSet.of(list(types)))}

    return run


def test_when_traits_match_then_their_weights_are_added_to_the_logit_and_the_step_says_which(engine_of, claim):
    unit = claim(engine_of(UNITS), "one cup", {"unit": 0.5}, ["unit", "food"])["unit"]
    assert logit(unit.score) == pytest.approx(-0.5 + 2.0 + 0.5, abs=1e-3)
    assert unit.proposed_score == 0.5
    (step,) = unit.steps
    assert (step.stage, step.action) == ("rules", "weigh")
    assert step.detail == "pack/units: every -0.50, last cup +2.00, before one +0.50: 0.500 -> 0.881"


def test_when_nothing_matches_then_only_by_applies_and_other_types_stay(engine_of, claim):
    claims = claim(engine_of(UNITS), "two eggs", {"unit": 0.5, "food": 0.7}, ["unit", "food"])
    assert logit(claims["unit"].score) == pytest.approx(-0.5, abs=1e-3)
    assert (claims["food"].score, claims["food"].steps) == (0.7, ())


def test_when_a_mention_is_at_the_edge_then_the_edge_is_what_stands_beside_it(engine_of, claim):
    unit = claim(engine_of(UNITS), "CUPS", {"unit": 0.5}, ["unit"])["unit"]
    assert logit(unit.score) == pytest.approx(-0.5 + 1.5 - 1, abs=1e-3)


def test_when_only_another_type_claims_the_span_then_unclaimed_offers_it_where_evidence_is_strong(engine_of, claim):
    engine = engine_of("- {id: units, kind: weigh, types: unit, unclaimed: -2, last: {cup: 3}}")
    types = ["unit", "food"]
    offered = claim(engine, "one cup", {"food": 0.5}, types)["unit"]
    assert logit(offered.score) == pytest.approx(0 - 2 + 3, abs=1e-3)
    assert (offered.source, offered.kept) == ("rule:pack/units", True)
    assert [step.action for step in offered.steps] == ["claim", "weigh"]
    assert "unit" not in claim(engine, "one egg", {"food": 0.1}, types)


def test_when_weights_speak_for_a_type_then_it_wins_the_span_before_the_index_decides(engine_of):
    student = OneSpan({"food": 0.8, "unit": 0.6})
    engine = engine_of("- {id: units, kind: weigh, types: unit, last: {cup: 3}}")
    (entity,) = HybridNER(student, engine).extract("one cup", ["food", "unit"]).entities
    assert (entity.text, entity.type) == ("cup", "unit")


def test_when_a_proposal_competes_then_weights_and_other_types_meet_it(engine_of, claim):
    rules = "- {id: names, kind: gazetteer, types: unit, entries: [cup], score: 0.2, competes: true}"
    claims = claim(engine_of(rules + UNITS), "one cup", {"food": 0.6}, ["unit", "food"])
    assert logit(claims["unit"].score) == pytest.approx(logit(0.2) + 2.0, abs=1e-3)
    assert [step.action for step in claims["unit"].steps] == ["propose", "weigh"]


def test_when_order_of_claims_and_types_changes_then_nothing_else_does(engine_of):
    engine = engine_of(
        UNITS + "- {id: foods, kind: weigh, types: food, unclaimed: -1, shape: {x: 2}, holds: {cup: -1}}"
    )
    text, names = "one cup two cups", ["unit", "food", "place"]
    decisions = [Decision(4, 7, n, s) for n, s in zip(names, (0.4, 0.6, 0.3), strict=True)] + [
        Decision(12, 16, "unit", 0.2)
    ]
    expected = engine.claim(text, decisions, TypeSet.of(names))
    for seed in range(5):
        random.Random(seed).shuffle(decisions)
        random.Random(seed).shuffle(names)
        assert engine.claim(text, decisions, TypeSet.of(names)) == expected


def test_traits_are_read_off_the_original_text_without_case():
    text = "The Dutch East India Company's ships"
    traits = traits_of(text, 4, 28)
    assert ("mention", "dutch east india company") in traits
    assert {("first", "dutch"), ("last", "company"), ("holds", "india"), ("before", "the"), ("after", "'")} <= set(
        traits
    )
    assert ("ending", "any") in traits and ("shape", "Xx Xx Xx Xx") in traits


def test_when_a_pack_has_thresholds_then_types_without_their_own_take_them(write_pack):
    pack = write_pack("thresholds: {Person: 0.3, place: 0.9}\nrules: []")
    engine = load_packs([pack])
    types = TypeSet.of(
        [EntityType("person"), EntityType("city", aliases=("place",)), EntityType("Place", threshold=0.1)]
    )
    assert [t.threshold for t in engine.with_thresholds(types)] == [0.3, 0.9, 0.1]
    student = OneSpan({"person": 0.4})
    assert HybridNER(student, engine).extract("met Ada", ["person"]).entities
    assert not HybridNER(student, load_packs(())).extract("met Ada", ["person"]).entities


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{id: w, kind: weigh, types: a}", "weigh needs at least one of: by"),
        ("{id: w, kind: weigh, by: 1}", "needs `types`"),
        ("{id: w, kind: weigh, types: a, last: [cup]}", "last must be a mapping from words to numbers"),
        ("{id: w, kind: weigh, types: a, last: {cup: 9}}", "last of 'cup' must be a number from -8 to 8, got '9'"),
        ("{id: w, kind: weigh, types: a, last: {cup: x}}", "must be a number from -8 to 8, got 'x'"),
        ("{id: w, kind: weigh, types: a, last: {cup: 1, cup: 2}}", "gives 'cup' twice"),
        ("{id: w, kind: reject, words: [a], competes: true}", "unknown field 'competes'"),
        ("{id: w, kind: reject, words: [a], precision: 200}", "precision must be a number from 0 to 100"),
    ],
)
def test_when_a_field_is_wrong_then_the_message_names_file_line_rule_and_what_is_accepted(engine_of, rule, message):
    with pytest.raises(RulePackError, match=r"pack\.yaml, line \d+, rule 'w'") as error:
        engine_of(f"- {rule}")
    assert message in str(error.value)


def test_when_no_rule_of_a_pack_is_for_an_asked_type_then_a_warning_says_that_it_is_skipped_once(engine_of, caplog):
    engine = engine_of(UNITS)
    for _ in range(2):
        engine.claim("one cup", [], TypeSet.of("person"))
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "rule pack 'pack' is skipped: none of its rules is for a type that is asked"
    ]
