"""Listed mentions get exact offsets, or are counted as not there."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid_ner.distill.teacher.align import AlignSettings, align
from hybrid_ner.distill.teacher.parse import Listed
from hybrid_ner.errors import UsageError
from hybrid_ner.words import word_offsets


def found(passage, *listed, **how):
    """(text, start, type) of what is aligned, and how the listed mentions were found."""
    aligned = align(passage, [Listed(*item) for item in listed], AlignSettings(**how))
    return [(passage[m.start : m.end], m.start, m.type) for m in aligned.mentions], dict(+aligned.counts)


def test_when_a_mention_stands_several_times_then_all_places_or_the_first_are_taken():
    passage = "Oslo is far. Oslo is cold; osloite is not Oslo."
    assert [start for _, start, _ in found(passage, ("Oslo", "city"))[0]] == [0, 13, 42]
    assert found(passage, ("Oslo", "city"), occurrences="first")[0] == [("Oslo", 0, "city")]


def test_when_a_mention_is_only_a_part_of_a_word_then_it_is_not_there():
    assert found("the party began", ("art", "work"), distance=0) == ([], {"hallucinated": 1})


def test_when_a_script_has_no_spaces_then_mentions_begin_and_end_anywhere():
    assert found("私は東京都に住む", ("東京", "city"))[0] == [("東京", 2, "city")]


def test_when_a_mention_also_stands_inside_a_longer_one_then_only_its_own_places_count():
    passage = "New York is large, and York is old."
    assert found(passage, ("New York", "city"), ("York", "town"))[0] == [("New York", 0, "city"), ("York", 23, "town")]
    spans, _ = found("New York", ("New York", "city"), ("York", "town"))
    assert spans == [("New York", 0, "city"), ("York", 4, "town")]


def test_when_case_or_spacing_differ_then_the_passage_s_own_spelling_is_taken():
    assert found("in new\n york now", ("New York", "city")) == ([("new\n york", 3, "city")], {"spelling": 1})


@pytest.mark.parametrize(
    ("passage", "mention", "there"),
    [
        ("then Barack Obama spoke", "Barrack Obama", "Barack Obama"),
        ("the U.S. Senators voted", "US Senators", "U.S. Senators"),
        ("in Zürich, later", "Zurich", "Zürich"),
    ],
)
def test_when_a_mention_differs_by_few_edits_then_it_is_found(passage, mention, there):
    spans, counts = found(passage, (mention, "x"))
    assert [text for text, _, _ in spans] == [there] and counts == {"fuzzy": 1}


@pytest.mark.parametrize(
    ("passage", "mention"),
    [("in Iran today", "Iraq"), ("cost 12,000 dollars", "13,000 dollars"), ("nothing of it", "Atlantis"), ("a b", "")],
)
def test_when_a_mention_differs_in_digits_or_too_much_then_it_is_not_there(passage, mention):
    assert found(passage, (mention, "x")) == ([], {"hallucinated": 1})


def test_when_no_edit_is_allowed_then_none_is_made():
    assert found("then Barack Obama spoke", ("Barrack Obama", "x"), distance=0) == ([], {"hallucinated": 1})


def test_when_an_offset_is_given_and_right_then_only_that_place_is_taken():
    passage = "Oslo and Oslo"
    assert found(passage, ("Oslo", "city", "", 9))[0] == [("Oslo", 9, "city")]
    assert len(found(passage, ("Oslo", "city", "", 3))[0]) == 2


def test_when_one_span_has_two_types_then_both_stay_and_none_is_there_twice():
    spans, _ = found("Ada spoke", ("Ada", "person"), ("Ada", "poet"), ("Ada", "person", "A human."))
    assert [kind for _, _, kind in spans] == ["person", "poet"]


def test_when_a_setting_is_bad_then_it_is_named():
    with pytest.raises(UsageError, match=r"occurrences is 'some'; accepted: all, first"):
        AlignSettings(occurrences="some")
    with pytest.raises(UsageError, match="distance"):
        AlignSettings(distance=-1)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=100)
@given(texts, st.lists(texts, max_size=4), st.data())
def test_whatever_is_listed_spans_lie_at_words_and_read_as_the_passage_does(passage, others, data):
    words = word_offsets(passage)
    listed = [Listed(" ".join(other.split()), "x") for other in others]
    inside = []
    if words:
        first = data.draw(st.integers(0, len(words) - 1))
        last = data.draw(st.integers(first, len(words) - 1))
        inside = [Listed(passage[words[first][0] : words[last][1]], "in")]
    aligned = align(passage, [*listed, *inside], AlignSettings())
    starts, ends = {start for start, _ in words}, {end for _, end in words}
    assert all(m.start in starts and m.end in ends and m.start < m.end for m in aligned.mentions)
    assert sum(aligned.counts.values()) == len(listed) + len(inside)
    assert {passage[m.start : m.end] for m in aligned.mentions if m.type == "in"} == {m.text for m in inside}
