"""Flat and nested spans scored apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evaluation.protocols import tally
from evaluation.protocols.nesting import inner
from evaluation.protocols.tally import Tally

OUTER, INNER, INNERMOST, BESIDE = (0, 9, "org"), (2, 6, "city"), (2, 4, "city"), (10, 12, "person")


def one(name, gold, predicted):
    return tally(name, [(gold, predicted, "abcdefghijkl")])


def test_when_spans_nest_then_flat_scores_the_outermost_and_nested_the_others():
    gold, predicted = [OUTER, INNER, BESIDE], [OUTER, INNERMOST, BESIDE]
    assert one("flat", gold, predicted) == Tally(2, 2, 2)
    assert one("nested", gold, predicted) == Tally(0, 1, 1)


def test_when_the_outer_span_was_missed_then_what_lies_inside_it_is_flat_and_not_nested():
    assert one("flat", [OUTER, INNER], [INNER]) == Tally(0, 1, 1)
    assert one("nested", [OUTER, INNER], [INNER]) == Tally(0, 1, 0)


def test_when_one_span_has_two_types_then_neither_lies_inside_the_other():
    assert inner([OUTER, (0, 9, "place")]) == frozenset()
    assert inner([OUTER, INNER, (2, 6, "place")]) == {INNER, (2, 6, "place")}


SPANS = st.sets(
    st.tuples(st.integers(0, 8), st.integers(1, 4), st.sampled_from("ab")).map(lambda s: (s[0], s[0] + s[1], s[2])),
    max_size=8,
)


@given(SPANS)
def test_when_inner_spans_are_looked_up_then_they_are_those_that_another_span_contains(spans):
    contained = {s for s in spans for o in spans if o[:2] != s[:2] and o[0] <= s[0] and s[1] <= o[1]}
    assert inner(spans) == contained
