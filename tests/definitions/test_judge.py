"""Types that compete for one span are decided in one place, by margin, with the loser recorded."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_ner.calibration import logit
from hybrid_ner.definitions.judge import POLICIES, contenders, judge
from hybrid_ner.errors import UsageError
from hybrid_ner.schema import Decision, EntityType, Proposal, TypeSet

NAMES = ["city", "person", "politician", "writer"]
TYPES = TypeSet.of(NAMES)

decisions_lists = st.lists(
    st.builds(
        lambda start, length, name, score, kept: Decision(start, start + length, name, score, kept=kept),
        st.integers(0, 3),
        st.integers(1, 2),
        st.sampled_from(NAMES),
        st.integers(0, 10).map(lambda i: i / 10),
        st.booleans(),
    ),
    max_size=15,
)


def kept(decisions):
    return [d for d in decisions if d.kept]


def test_when_two_types_claim_a_span_then_the_better_wins_and_both_name_each_other():
    loser, winner = judge([Decision(0, 5, "person", 0.61), Decision(0, 5, "politician", 0.73)], TYPES)
    assert winner.kept and winner.rival == "person"
    assert not loser.kept and loser.rival == "politician"
    assert loser.reason == "lost to 'politician' by 0.12 (0.61 against 0.73)"
    assert loser.steps[-1].stage == "index"


def test_when_spans_only_overlap_then_both_are_left_alone():
    given_ = [Decision(0, 5, "person", 0.6), Decision(0, 9, "politician", 0.7)]
    assert judge(given_, TYPES) == given_


def test_when_scores_are_equal_then_the_name_decides_whatever_the_order():
    claims = [Decision(0, 5, "politician", 0.7), Decision(0, 5, "person", 0.7)]
    for order in (claims, claims[::-1]):
        assert [d.type for d in kept(judge(order, TYPES))] == ["person"]


def test_when_a_claim_was_already_dropped_then_it_does_not_compete():
    gone = Decision(0, 5, "politician", 0.9).drop("rules", "too short")
    claim = Decision(0, 5, "person", 0.4)
    assert judge([gone, claim], TYPES) == [gone, claim]


def test_when_the_same_type_is_found_twice_then_it_is_not_its_own_rival():
    twice = [Decision(0, 5, "person", 0.6), Decision(0, 5, "person", 0.7, source="rule:default/titles")]
    assert judge(twice, TYPES) == twice


def test_when_the_best_is_below_its_own_threshold_then_it_cannot_take_the_span():
    types = TypeSet.of([EntityType("person", threshold=0.3), EntityType("politician", threshold=0.6)])
    person, politician = judge(
        [Decision(0, 5, "person", 0.4), Decision(0, 5, "politician", 0.5)], types, policy="abstain"
    )
    assert person.kept and person.rival == "politician"
    assert not politician.kept and "does not reach" in politician.reason


def test_when_a_type_has_no_threshold_then_the_callers_counts():
    types = TypeSet.of([EntityType("person", threshold=0.3), EntityType("politician")])
    claims = [Decision(0, 5, "person", 0.4), Decision(0, 5, "politician", 0.5)]
    assert [d.type for d in kept(judge(claims, types))] == ["politician"]
    assert [d.type for d in kept(judge(claims, types, threshold=0.6))] == ["person"]


@pytest.mark.parametrize(
    ("policy", "expected"), [("best", {"person"}), ("both", {"person", "politician"}), ("abstain", set())]
)
def test_when_the_lead_is_below_the_margin_then_the_policy_decides(policy, expected):
    claims = [
        Decision(0, 5, "politician", 0.70),
        Decision(0, 5, "person", 0.72),
        Decision(0, 5, "writer", 0.40),
    ]
    result = judge(claims, TYPES, margin=0.05, policy=policy)
    assert {d.type for d in kept(result)} == expected
    assert {d.rival for d in result if d.type == "politician"} == {"person"}


@pytest.mark.parametrize("policy", POLICIES)
def test_when_the_lead_is_clear_then_every_policy_takes_the_winner(policy):
    claims = [Decision(0, 5, "politician", 0.2), Decision(0, 5, "person", 0.8)]
    assert [d.type for d in kept(judge(claims, TYPES, policy=policy))] == ["person"]


def test_when_the_policy_is_unknown_then_the_error_lists_the_accepted():
    with pytest.raises(UsageError, match=r"'fair'.*best, both, abstain"):
        judge([], TYPES, policy="fair")


def test_when_the_margin_is_no_fraction_then_refused():
    with pytest.raises(UsageError, match=r"from 0 to 1, got 5"):
        judge([], TYPES, margin=5)


@given(decisions_lists, st.sampled_from(POLICIES), st.randoms(use_true_random=False))
def test_the_verdict_does_not_depend_on_the_order_of_candidates_or_types(decisions, policy, random):
    shuffled = random.sample(decisions, len(decisions))
    types = TypeSet.of(random.sample(NAMES, len(NAMES)))
    assert Counter(judge(shuffled, types, policy=policy)) == Counter(judge(decisions, TYPES, policy=policy))


@given(decisions_lists, st.sampled_from(POLICIES))
def test_every_candidate_comes_back_in_place_and_nothing_dropped_is_revived(decisions, policy):
    result = judge(decisions, TYPES, policy=policy)
    assert [(d.start, d.end, d.type, d.score) for d in result] == [
        (d.start, d.end, d.type, d.score) for d in decisions
    ]
    assert all(after == before for after, before in zip(result, decisions, strict=True) if not before.kept)


@given(decisions_lists)
def test_with_policy_best_every_claimed_span_keeps_exactly_one_type(decisions):
    claimed = {(d.start, d.end) for d in kept(decisions)}
    decided = {(d.start, d.end, d.type) for d in kept(judge(decisions, TYPES))}
    assert sorted(span[:2] for span in decided) == sorted(claimed)


proposals_lists = st.lists(
    st.builds(
        lambda start, name, score: Proposal(start, start + 1, name, score, score, "name"),
        st.integers(0, 2),
        st.sampled_from(NAMES),
        st.integers(0, 10).map(lambda i: i / 10),
    ),
    max_size=12,
    unique_by=lambda p: (p.start, p.type),
)


class Prefers:
    """A second look that turns the claims near the best around."""

    def __init__(self, window):
        self.window = window

    def shares(self, text, contested):
        found = []
        for ranked in contested:
            near = [d for d in ranked if ranked and logit(d.score) >= logit(ranked[0].score) - self.window]
            found.append({d.type: (place + 1) / 10 for place, d in enumerate(near)} if len(near) > 1 else {})
        return found


@given(proposals_lists, st.sampled_from([0.0, 0.3, 0.55]), st.sampled_from([None, 0.0, 0.5, 1.5]))
def test_what_cannot_win_changes_nothing_when_it_is_left_out(proposals, threshold, window):
    types = TypeSet.of([EntityType("city", threshold=0.8), *NAMES[1:]])
    contrast = None if window is None else Prefers(window)
    bars = {t.name: threshold if t.threshold is None else t.threshold for t in types}

    def winners(chosen):
        decisions = judge(map(Decision.of, chosen), types, contrast=contrast, threshold=threshold)
        return [(d.start, d.type, d.score) for d in kept(decisions)]

    few = contenders(proposals, bars, window)
    assert winners(few) == winners(proposals)
    assert window is not None or len(few) == len({p.start for p in proposals})
