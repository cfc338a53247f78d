"""Thresholds: a type's own bar goes before the common one, and what falls below says by how much."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hybrid_ner.schema import Decision, EntityType, TypeSet
from hybrid_ner.thresholds import STAGE, apply_thresholds, say_why_kept

TYPES = TypeSet.of(["person", EntityType("city", threshold=0.8), EntityType("river", threshold=0.0)])


def one(type_name, score, default=0.5):
    return apply_thresholds([Decision(0, 3, type_name, score)], TYPES, default)[0]


def test_when_a_score_reaches_the_bar_then_the_decision_is_untouched():
    decision = Decision(0, 3, "person", 0.5)
    assert apply_thresholds([decision], TYPES, 0.5) == [decision]


def test_when_a_score_is_below_the_bar_then_it_is_dropped_with_both_numbers():
    dropped = one("person", 0.42)
    assert (dropped.kept, dropped.reason) == (False, "score 0.42 is below the threshold 0.50")
    assert [step.stage for step in dropped.steps] == [STAGE]


def test_when_a_type_has_a_threshold_then_it_goes_before_the_common_one_even_if_it_is_zero():
    assert not one("city", 0.7).kept
    assert one("city", 0.8, default=0.9).kept
    assert one("river", 0.0).kept


def test_when_a_decision_was_dropped_before_then_it_is_left_alone():
    dropped = Decision(0, 3, "person", 0.1).drop("rules", "rejected")
    assert apply_thresholds([dropped], TYPES, 0.5) == [dropped]


@given(st.lists(st.tuples(st.sampled_from(TYPES.names), st.floats(0, 1))), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_threshold_never_keeps_more(candidates, a, b):
    decisions = [Decision(0, 1, name, score) for name, score in candidates]
    low, high = ({i for i, d in enumerate(apply_thresholds(decisions, TYPES, bar)) if d.kept} for bar in sorted((a, b)))
    assert high <= low


REASON_TYPES = TypeSet.of(["city", EntityType("person", threshold=0.8)])


def test_when_a_candidate_is_kept_then_its_reason_says_why():
    decisions = [
        Decision(0, 3, "city", 0.5, rival="person"),
        Decision(4, 7, "person", 0.9),
        Decision(9, 12, "city", 0.45, source="repeat"),
    ]
    reasons = [decision.reason for decision in say_why_kept(decisions, REASON_TYPES, 0.4)]
    assert reasons == [
        "score 0.50 reaches the threshold 0.40, ahead of 'person'",
        "score 0.90 reaches the threshold 0.80",
        "the same words were found elsewhere in the document, score 0.45",
    ]
