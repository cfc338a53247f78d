"""Overlap policies hold for every input; repeats are found at word borders and never disturb what is kept."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hybrid_ner.consolidate import OVERLAP_POLICIES, consolidate, repeat_mentions
from hybrid_ner.errors import UsageError
from hybrid_ner.schema import Decision, EntityType, TypeSet

NAMES = ["city", "person", "river"]
TYPES = TypeSet.of(NAMES)

decisions_lists = st.lists(
    st.builds(
        lambda start, length, name, score, source, kept: Decision(
            start, start + length, name, score, source=source, kept=kept
        ),
        st.integers(0, 12),
        st.integers(1, 8),
        st.sampled_from(NAMES),
        st.integers(0, 6).map(lambda i: i / 6),
        st.sampled_from(["student", "rule:default/places"]),
        st.integers(0, 9).map(bool),
    ),
    max_size=25,
)
policies = st.sampled_from(sorted(OVERLAP_POLICIES))


def kept(decisions):
    return [d for d in decisions if d.kept]


def overlap(a, b):
    return a.start < b.end and b.start < a.end


def cross(a, b):
    first, second = sorted([a, b], key=lambda d: (d.start, -d.end))
    return first.start < second.start < first.end < second.end


def pairs(items):
    return [(a, b) for i, a in enumerate(items) for b in items[i + 1 :]]


def strength(d):
    return (-d.score, d.start - d.end, d.start, d.type, d.source)


def greedy(decisions, conflict):
    """The policy as one would write it without minding time: strongest first, against all that is kept."""
    chosen = []
    for d in sorted(kept(decisions), key=strength):
        if not any(conflict(d, other) for other in chosen):
            chosen.append(d)
    return Counter(chosen)


@given(decisions_lists)
def test_flat_keeps_what_a_plain_greedy_search_keeps(decisions):
    assert Counter(kept(consolidate(decisions, "flat"))) == greedy(decisions, overlap)


@given(decisions_lists)
@example([Decision(0, 4, "city", 0.9), Decision(2, 8, "city", 0.8), Decision(1, 3, "city", 0.7)])
def test_nested_keeps_what_a_plain_greedy_search_keeps(decisions):
    def conflict(a, b):
        return (a.start, a.end) == (b.start, b.end) or cross(a, b)

    assert Counter(kept(consolidate(decisions, "nested"))) == greedy(decisions, conflict)


@given(decisions_lists)
def test_in_flat_no_two_kept_spans_overlap(decisions):
    assert not any(overlap(a, b) for a, b in pairs(kept(consolidate(decisions, "flat"))))


@given(decisions_lists)
def test_in_nested_no_two_kept_spans_cross_and_a_span_has_one_type(decisions):
    chosen = kept(consolidate(decisions, "nested"))
    assert not any(cross(a, b) for a, b in pairs(chosen))
    assert len({(d.start, d.end) for d in chosen}) == len(chosen)


@given(decisions_lists)
def test_in_all_every_span_and_type_stays_once(decisions):
    chosen = [(d.start, d.end, d.type) for d in kept(consolidate(decisions, "all"))]
    assert sorted(chosen) == sorted({(d.start, d.end, d.type) for d in kept(decisions)})


@given(decisions_lists, policies, st.randoms(use_true_random=False))
def test_no_policy_depends_on_the_order_of_candidates(decisions, policy, random):
    shuffled = random.sample(decisions, len(decisions))
    assert Counter(consolidate(shuffled, policy)) == Counter(consolidate(decisions, policy))


@given(decisions_lists, policies)
def test_every_candidate_comes_back_in_place_and_nothing_dropped_is_revived(decisions, policy):
    result = consolidate(decisions, policy)
    assert [(d.start, d.end, d.type, d.score) for d in result] == [
        (d.start, d.end, d.type, d.score) for d in decisions
    ]
    assert all(after == before for after, before in zip(result, decisions, strict=True) if not before.kept)


def test_when_a_span_gives_way_then_the_reason_names_the_winner_and_its_place():
    _, loser = consolidate([Decision(0, 8, "city", 0.9), Decision(4, 12, "river", 0.5)], "flat")
    assert loser.reason == "overlaps 'city' [0, 8), which is preferred (0.50 against 0.90)"
    assert loser.rival == "city" and loser.steps[-1].stage == "consolidate"


def test_when_scores_are_equal_then_the_longer_span_is_kept():
    result = consolidate([Decision(0, 3, "city", 0.5), Decision(0, 8, "river", 0.5)], "flat")
    assert [d.type for d in kept(result)] == ["river"]


def test_when_a_candidate_comes_twice_then_the_second_is_called_a_duplicate():
    twice = [Decision(0, 3, "city", 0.5), Decision(0, 3, "city", 0.4, source="rule:default/places")]
    for policy in OVERLAP_POLICIES:
        _, second = consolidate(twice, policy)
        assert second.reason == "duplicate of 'city' [0, 3) from student"


def test_when_the_policy_is_unknown_then_the_error_lists_the_accepted():
    with pytest.raises(UsageError, match=r"'flta'.*flat, nested, all"):
        consolidate([], "flta")


# --- repeats ---


def find(text, mention, name="city", score=0.9, **fields):
    start = text.index(mention)
    return Decision(start, start + len(mention), name, score, **fields)


def repeats(text, decisions, types=TYPES, **options):
    found = repeat_mentions(text, decisions, types, **options)[len(decisions) :]
    return [(d.start, text[d.start : d.end], d.type) for d in found]


def test_when_a_mention_was_found_once_then_it_is_found_everywhere():
    text = "Paris is large. Paris, again; (Paris) and Paris."
    new = repeat_mentions(text, [find(text, "Paris")], TYPES)[1:]
    assert [d.start for d in new] == [16, 31, 42]
    assert {(d.source, d.score, d.proposed_score, d.kept) for d in new} == {
        ("repeat", 0.9 * 0.9, 0.9 * 0.9, True)
    }
    assert new[0].reason == "the same text is 'city' at [0, 5) with 0.90"


@pytest.mark.parametrize("other", ["Parisian", "SparParis", "paris", "PARIS", "Paris_2", "Pari"])
def test_when_the_text_differs_or_goes_on_within_a_word_then_it_is_no_repeat(other):
    text = f"Paris and {other}"
    assert repeats(text, [find(text, "Paris")]) == []


def test_when_a_script_without_spaces_follows_then_the_word_ends_there():
    text = "iPhone和iPhone手机"
    assert repeats(text, [find(text, "iPhone")]) == [(7, "iPhone", "city")]


def test_when_a_vowel_sign_follows_then_the_word_is_not_cut():
    text = "A1क and A1कि"
    assert repeats(text, [find(text, "A1क")]) == []


@pytest.mark.parametrize("mention", ["it", "city", "US", "2024", "3.5", "river bank"])
def test_when_a_mention_says_too_little_then_it_does_not_repeat(mention):
    text = f"{mention} and {mention}"
    assert repeats(text, [find(text, mention)]) == []


@pytest.mark.parametrize("mention", ["p53", "U.S.", "COVID-19", "New York", "C++", "École", "(A) GmbH"])
def test_when_a_mention_looks_like_a_name_then_it_repeats(mention):
    text = f"{mention} and {mention} or"
    assert repeats(text, [find(text, mention)]) == [(len(mention) + 5, mention, "city")]


def test_when_several_mentions_start_alike_then_the_longest_is_taken():
    text = "New York City, New York, New York City, New York."
    decisions = [find(text, "New York City"), Decision(15, 23, "city", 0.8)]
    assert repeats(text, decisions) == [(25, "New York City", "city"), (40, "New York", "city")]


def test_when_a_surface_has_several_types_then_the_largest_total_wins():
    text = "Jordan Jordan Jordan Jordan"
    decisions = [
        Decision(0, 6, "person", 0.6),
        Decision(7, 13, "river", 0.8),
        Decision(14, 20, "person", 0.7),
    ]
    (new,) = repeat_mentions(text, decisions, TYPES)[3:]
    assert (new.start, new.type, new.score) == (21, "person", 0.9 * 0.7)


def test_when_a_place_is_within_or_across_a_kept_span_then_it_is_left_alone():
    text = "Paris. Paris Hilton. Hotel Paris Hilton."
    decisions = [
        find(text, "Paris"),
        find(text, "Paris Hilton", "person"),
        find(text, "Hotel Paris", "river"),
    ]
    assert repeats(text, decisions) == []


def test_when_a_rule_rejected_a_place_then_its_word_stands_but_a_low_score_is_no_rejection():
    text = "Paris. Paris. Paris."
    decisions = [
        find(text, "Paris"),
        Decision(7, 12, "city", 0.2).drop("rules", "stop word"),
        Decision(14, 19, "city", 0.2).drop("threshold", "below 0.50"),
    ]
    assert repeats(text, decisions) == [(14, "Paris", "city")]


def test_when_no_mention_is_sure_or_kept_then_nothing_repeats():
    text = "Paris and Paris"
    assert repeats(text, [find(text, "Paris", score=0.49)]) == []
    assert repeats(text, [find(text, "Paris", score=0.49)], minimum=0.4) == [(10, "Paris", "city")]
    assert repeats(text, [find(text, "Paris").drop("rules", "no")]) == []


def test_when_a_repeat_would_score_below_its_types_threshold_then_it_is_not_made():
    text = "Paris and Paris"
    strict = TypeSet.of([EntityType("city", threshold=0.85)])
    assert repeats(text, [find(text, "Paris", score=0.9)], strict) == []
    assert repeats(text, [find(text, "Paris", score=0.99)], strict) == [(10, "Paris", "city")]


@given(
    st.lists(st.sampled_from(["Ann", "Lee", "AnnLee", "é", " ", "-", ".", "\n", "x9Y"]), max_size=20),
    st.data(),
)
def test_repeats_keep_flat_flat_and_are_found_only_once(pieces, data):
    text = "".join(pieces)
    spans = st.tuples(st.integers(0, len(text)), st.integers(1, 9), st.sampled_from(NAMES))
    drawn = data.draw(st.lists(spans, max_size=8))
    decisions = consolidate(
        [Decision(a, min(a + n, len(text)), name, 0.8) for a, n, name in drawn if a < len(text)], "flat"
    )
    once = repeat_mentions(text, decisions, TYPES)
    assert once[: len(decisions)] == decisions
    assert not any(overlap(a, b) for a, b in pairs(kept(once)))
    assert repeat_mentions(text, once, TYPES) == once
