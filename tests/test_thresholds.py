"""The threshold stage."""

from __future__ import annotations

from hybrid_ner.schema import Decision, EntityType, TypeSet
from hybrid_ner.thresholds import apply_thresholds, say_why_kept

TYPES = TypeSet.of(["city", EntityType("person", threshold=0.8)])


def test_when_a_score_is_below_the_bar_then_it_is_dropped_with_both_figures():
    (decision,) = apply_thresholds([Decision(0, 3, "city", 0.39)], TYPES, 0.4)
    assert not decision.kept
    assert decision.reason == "score 0.39 is below the threshold 0.40"
    assert [step.stage for step in decision.steps] == ["threshold"]


def test_when_a_score_equals_the_bar_then_it_stays():
    decision = Decision(0, 3, "city", 0.4)
    assert apply_thresholds([decision], TYPES, 0.4) == [decision]


def test_when_a_type_has_its_own_threshold_then_it_goes_before_the_default():
    kept, dropped = apply_thresholds([Decision(0, 3, "city", 0.5), Decision(0, 3, "person", 0.7)], TYPES, 0.4)
    assert kept.kept
    assert dropped.reason == "score 0.70 is below the threshold 0.80"


def test_when_a_decision_was_dropped_before_then_it_is_left_alone():
    decision = Decision(0, 3, "city", 0.1).drop("rules", "too short")
    assert apply_thresholds([decision], TYPES, 0.4) == [decision]
    assert say_why_kept([decision], TYPES, 0.4) == [decision]


def test_when_a_candidate_is_kept_then_its_reason_says_why():
    decisions = [
        Decision(0, 3, "city", 0.5, rival="person"),
        Decision(4, 7, "person", 0.9),
        Decision(9, 12, "city", 0.45, source="repeat"),
    ]
    reasons = [decision.reason for decision in say_why_kept(decisions, TYPES, 0.4)]
    assert reasons == [
        "score 0.50 reaches the threshold 0.40, ahead of 'person'",
        "score 0.90 reaches the threshold 0.80",
        "the same words were found elsewhere in the document, score 0.45",
    ]
