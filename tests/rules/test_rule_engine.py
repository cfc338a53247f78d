"""The engine: stages in order, one trail a candidate, and an outcome that no order of input changes."""

from __future__ import annotations

import logging
import pickle
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybrid_ner.rules import load_packs
from hybrid_ner.schema import Decision, EntityType, Step, TypeSet

EVERY_KIND = """
- {id: names, kind: gazetteer, types: [person, city], entries: [Paris, Paris Hilton, a], score: 0.7}
- {id: near-names, kind: gazetteer, types: city, entries: [London, New York City], fuzzy: 80, score: 0.6}
- {id: capitals, kind: pattern, types: [code], regex: '[A-Z]+', score: 0.4}
- {id: edges, kind: trim, quotes: true, brackets: true, possessive: true, articles: [the, a], trailing: ",.;"}
- {id: wide, kind: extend, words_before: [dr, the, '('], words_after: [city, ')', '12']}
- {id: words, kind: trim, first_words: [new], last_words: [hilton, a]}
- {id: short, kind: reject, types: person, max_words: 2, shape: [d]}
- {id: letters, kind: require, regex: '\\w'}
- {id: to-code, kind: relabel, from: [person, city], to: code, regex: '^[A-Z]+$'}
- {id: to-city, kind: relabel, from: code, to: city, near: [in]}
- {id: titles, kind: rescore, before: [dr, mr], within: 2, multiply: 1.5, add: 0.1}
"""


def test_when_rules_of_all_stages_apply_then_they_run_in_the_fixed_order(engine_of, run):
    engine = engine_of("""
        - {id: score, kind: rescore, regex: '^Rome$', add: 0.2}
        - {id: label, kind: relabel, from: person, to: city, regex: '^Rome$'}
        - {id: tidy, kind: trim, quotes: true}
        - {id: find, kind: pattern, types: person, regex: '"Rome"', score: 0.5}
    """)
    (decision,) = run(engine, 'He saw "Rome".', types=("person", "city"))
    assert [step.action for step in decision.steps] == ["propose", "trim", "relabel", "rescore"]
    assert (decision.start, decision.end, decision.type, decision.score) == (8, 12, "city", 0.7)
    assert decision.source == "rule:pack/find"
    assert decision.proposed_score == 0.5
    assert all(step.stage == "rules" and step.detail.startswith("pack/") for step in decision.steps)


def test_when_a_rule_proposes_a_known_candidate_then_its_score_is_raised_and_nothing_is_doubled(
    engine_of, run
):
    engine = engine_of("- {id: list, kind: gazetteer, types: person, entries: [Ada], score: 0.9}")
    (raised,) = run(engine, "Ada", ["Ada"], score=0.4)
    assert (raised.score, raised.source, raised.proposed_score) == (0.9, "student", 0.4)
    assert raised.steps == (Step("rules", "raise", "pack/list: listed name"),)
    (confirmed,) = run(engine, "Ada", ["Ada"], score=0.95)
    assert (confirmed.score, confirmed.steps[0].action) == (0.95, "confirm")


def test_when_a_rule_proposes_over_a_candidate_of_another_type_then_both_stay(engine_of, run):
    engine = engine_of("- {id: list, kind: gazetteer, types: city, entries: [Paris], score: 0.9}")
    decisions = run(engine, "Paris", [("Paris", "person")], types=("person", "city"))
    assert [(d.type, d.score, d.kept) for d in decisions] == [("city", 0.9, True), ("person", 0.5, True)]


def test_when_a_candidate_is_already_dropped_then_it_comes_back_as_it_was(engine_of):
    engine = engine_of("""
        - {id: list, kind: gazetteer, types: person, entries: [Ada], score: 0.9}
        - {id: none, kind: reject, regex: zzz}
    """)
    dropped = Decision(0, 3, "person", 0.2, "student", 0.2).drop("index", "another type is closer")
    result = engine.apply("Ada", [dropped], TypeSet.of("person"))
    assert dropped in result
    assert [d.source for d in result if d.kept] == ["rule:pack/list"]


def test_when_trimming_makes_two_candidates_alike_then_the_better_one_stays(engine_of):
    engine = engine_of("- {id: edges, kind: trim, quotes: true}")
    weak, strong = Decision(0, 5, "person", 0.4), Decision(1, 4, "person", 0.8)
    kept, dropped = sorted(
        engine.apply('"Ada"', [weak, strong], TypeSet.of("person")), key=lambda d: not d.kept
    )
    assert (kept.score, kept.kept) == (0.8, True)
    assert (dropped.score, dropped.kept) == (0.4, False)
    assert "same span and type as another candidate, scored 0.800" in dropped.reason


def test_when_relabelling_makes_two_candidates_alike_then_the_better_one_stays(engine_of, run):
    engine = engine_of("- {id: l, kind: relabel, from: person, to: city, regex: Paris}")
    text, types = "Paris", ("person", "city")
    decisions = run(engine, text, [("Paris", "person"), ("Paris", "city")], types=types)
    assert [(d.type, d.kept) for d in decisions] == [("city", True), ("city", False)]


def test_when_a_type_is_not_asked_then_its_rules_are_skipped(engine_of, run):
    engine = engine_of("- {id: list, kind: gazetteer, types: [city], entries: [Paris]}")
    assert run(engine, "Paris", types=("person",)) == []
    assert len(run(engine, "Paris", types=("CITY",))) == 1


def test_when_an_alias_of_an_asked_type_is_meant_then_the_rule_applies_under_the_asked_name(engine_of):
    engine = engine_of("""
        - {id: list, kind: gazetteer, types: [city], entries: [Paris]}
        - {id: l, kind: relabel, from: human, to: city, regex: Rome}
    """)
    types = TypeSet.of([EntityType("Town", aliases=("City",)), EntityType("person", aliases=("Human",))])
    found = engine.apply("Paris Rome", [Decision(6, 10, "person", 0.5)], types)
    assert [(d.start, d.type) for d in found] == [(0, "Town"), (6, "Town")]


def test_when_a_type_is_excepted_then_the_rule_leaves_it_alone(engine_of, run):
    engine = engine_of("- {id: r, kind: reject, regex: '^!$', except: [punctuation]}")
    types = ("person", "punctuation")
    decisions = run(engine, "!", [("!", "person"), ("!", "punctuation")], types=types)
    assert [(d.type, d.kept) for d in decisions] == [("person", False), ("punctuation", True)]


def test_when_nothing_of_a_pack_applies_then_the_log_says_that_it_is_skipped_once(engine_of, run, caplog):
    engine = engine_of("- {id: list, kind: gazetteer, types: [city], entries: [Paris]}")
    with caplog.at_level(logging.INFO, "hybrid_ner.rules"):
        run(engine, "Paris in private")
        run(engine, "Paris again")
    assert [r.getMessage() for r in caplog.records] == [
        "rule pack 'pack' is skipped: none of its rules is for a type that is asked"
    ]


@pytest.mark.parametrize(
    "rule", ["kind: reject, regex: '(a+)+$'", "kind: pattern, types: person, regex: '(a+)+$'"]
)
def test_when_an_expression_runs_away_then_its_rule_is_stopped_named_and_the_rest_goes_on(
    engine_of, run, caplog, rule
):
    engine = engine_of(
        f"- {{id: runaway, {rule}}}\n- {{id: last, kind: rescore, regex: '!', add: 0.25}}", time_limit=0.05
    )
    mention = "a" * 5000 + "!"
    (decision,) = run(engine, f"{mention} secret", [mention])
    assert (decision.kept, decision.score) == (True, 0.75)
    (record,) = caplog.records
    assert "pack/runaway" in record.getMessage()
    assert "aaa" not in record.getMessage() and "secret" not in record.getMessage()


def test_when_there_are_no_packs_then_candidates_come_back_unchanged():
    decisions = [Decision(0, 1, "person", 0.5), Decision(0, 1, "person", 0.5)]
    assert load_packs(()).apply("a", decisions, TypeSet.of("person")) == decisions


def test_when_an_engine_is_pickled_then_it_works_as_before(engine_of, run):
    engine = engine_of(EVERY_KIND)
    text, types = "Dr Paris met (London) in ABC", ("person", "city", "code")
    assert run(pickle.loads(pickle.dumps(engine)), text, types=types) == run(engine, text, types=types)


TYPES = ["person", "city", "code"]
TEXTS = st.text(max_size=60) | st.lists(
    st.sampled_from(
        [
            "Paris",
            "Hilton",
            "the",
            '"',
            "(",
            ")",
            "Dr",
            "in",
            "ABC",
            "Lodnon",
            "New",
            "York",
            "City",
            ",",
            "İstanbul",
            "东京",
            "e\u0301",
            "\u00a0",
            "'s",
            "12",
            "a",
        ]
    ),
    max_size=14,
).map(" ".join)


@st.composite
def documents(draw):
    text = draw(TEXTS)
    edge = st.integers(0, len(text))
    spans = draw(st.lists(st.tuples(edge, edge).map(sorted), max_size=8))
    decisions = [
        Decision(start, end, draw(st.sampled_from(TYPES)), draw(st.sampled_from([0.2, 0.5, 0.5, 0.9])))
        for start, end in spans
        if start < end
    ]
    return text, [d.drop("index", "closer type") if draw(st.integers(0, 4)) == 0 else d for d in decisions]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=documents(), seed=st.integers(0, 1000))
def test_whatever_the_document_then_offsets_hold_and_no_order_matters(engine_of, document, seed):
    text, decisions = document
    engine = engine_of(EVERY_KIND)
    result = engine.apply(text, decisions, TypeSet.of(TYPES))
    shuffled, types = list(decisions), list(TYPES)
    random.Random(seed).shuffle(shuffled)
    random.Random(seed).shuffle(types)
    assert engine.apply(text, shuffled, TypeSet.of(types)) == result
    for decision in result:
        assert 0 <= decision.start < decision.end <= len(text)
        assert decision.type in TYPES
        assert 0 <= decision.score <= 1
    kept = [(d.start, d.end, d.type) for d in result if d.kept]
    assert len(kept) == len(set(kept))
    assert [d for d in decisions if not d.kept and d not in result] == []
    assert len(result) >= len(decisions)
