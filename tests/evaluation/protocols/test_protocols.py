"""Token-level and partial overlap, and what holds for every protocol."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evaluation.protocols import PROTOCOLS, tally
from evaluation.protocols.tally import Tally
from hybrid_ner.scoring import score

TEXT = "Ada Lovelace saw New York City and Paris"
ADA, YORK, PARIS = (0, 12, "person"), (17, 30, "city"), (35, 40, "city")


def one(name, gold, predicted):
    return tally(name, [(gold, predicted, TEXT)])


def test_when_half_of_a_name_is_found_then_its_words_count():
    assert one("token", [ADA], [(4, 12, "person")]) == Tally(1, 2, 1)
    assert one("token", [ADA], [(4, 16, "person")]) == Tally(1, 2, 2)


def test_when_a_word_has_the_wrong_type_then_it_is_not_right():
    assert one("token", [ADA], [(0, 12, "city")]) == Tally(0, 2, 2)


def test_when_a_span_ends_inside_a_word_then_the_whole_word_counts():
    assert one("token", [YORK], [(17, 23, "city")]) == Tally(2, 3, 2)


def test_when_spans_of_one_type_nest_then_their_words_count_once():
    assert one("token", [YORK, (21, 25, "city")], [YORK]) == Tally(3, 3, 3)


def test_when_a_span_overlaps_one_of_its_type_then_it_has_half_the_credit():
    assert one("partial", [ADA, YORK], [(0, 3, "person"), YORK]) == Tally(1.5, 2, 2)
    assert one("partial", [ADA], [(0, 3, "city")]) == Tally(0, 1, 1)
    assert one("partial-untyped", [ADA], [(0, 3, "city")]) == Tally(0.5, 1, 1)
    assert one("partial-untyped", [ADA], [(0, 12, "city"), ADA]) == Tally(1, 1, 1)


def test_when_two_spans_overlap_the_same_gold_one_then_only_one_has_credit():
    assert one("partial", [YORK], [(17, 20, "city"), (21, 25, "city")]) == Tally(0.5, 1, 2)
    assert one("partial", [YORK], [YORK, (21, 25, "city")]) == Tally(1, 1, 2)


def test_when_spans_only_touch_then_they_do_not_overlap():
    assert one("partial", [(0, 3, "city")], [(3, 5, "city")]) == Tally(0, 1, 1)


spans = st.frozensets(
    st.tuples(st.integers(0, 39), st.integers(1, 6), st.sampled_from(["city", "person"])).map(
        lambda s: (s[0], min(s[0] + s[1], len(TEXT)), s[2])
    ),
    max_size=6,
)


@given(spans, spans, st.sampled_from(sorted(PROTOCOLS)))
def test_when_gold_and_predicted_are_exchanged_then_so_are_precision_and_recall(gold, predicted, name):
    there, back = one(name, gold, predicted), one(name, predicted, gold)
    assert there == Tally(back.credit, back.predicted, back.gold)
    assert 0 <= there.credit <= min(there.gold, there.predicted)


@given(spans, st.sampled_from(sorted(PROTOCOLS)))
def test_when_everything_is_found_then_everything_has_credit(gold, name):
    found = one(name, gold, gold)
    assert found.credit == found.gold == found.predicted


@given(spans, spans)
def test_when_overlaps_have_credit_then_it_is_never_less_than_the_strict_count(gold, predicted):
    assert one("partial", gold, predicted).credit >= score([gold], [predicted]).micro.tp
