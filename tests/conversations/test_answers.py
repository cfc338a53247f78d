"""Answers as models write them, well or badly, and their places in the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_ner.conversations.answers import locate, read_answer, write_answer
from hybrid_ner.errors import UsageError
from hybrid_ner.schema import EntityType

TYPES = (EntityType("person"), EntityType("city"))


def named(answer, form="strings"):
    return [(a.mention, a.type) if form == "pairs" else a.mention for a in read_answer(answer, TYPES, form)]


@given(st.lists(st.text(min_size=1).filter(str.strip), max_size=5))
def test_what_is_written_is_read_again(mentions):
    answer = write_answer([(mention, "person") for mention in mentions], "strings")
    assert named(answer) == list(dict.fromkeys(mentions))


@given(st.lists(st.tuples(st.text(min_size=1).filter(str.strip), st.sampled_from(["person", "city"])), max_size=5))
def test_pairs_that_are_written_are_read_again(pairs):
    assert named(write_answer(pairs, "pairs"), "pairs") == list(dict.fromkeys(pairs))


@pytest.mark.parametrize(
    ("answer", "mentions"),
    [
        (' ["Ada", "Rome"]', ["Ada", "Rome"]),
        ('Sure! Here it is:\n```json\n["Ada"]\n```\nAnything else?', ["Ada"]),
        ('["Ada", "Rom', ["Ada"]),
        ("['Ada', 'O\\'Brien', 'don't']", ["Ada", "O'Brien", "don't"]),
        ('["Ada", "Ada", "  ", ""]', ["Ada"]),
        (r'["a \"b\" \u00e9"]', ['a "b" \u00e9']),
        ("[]", []),
        ("There are none.", []),
        ("", []),
        ('["Ada"] and also ["Rome"]', ["Ada"]),
        ("[" * 50_000, []),
        ("__import__('os').system('true')", []),
    ],
)
def test_answers_are_read_for_what_they_hold(answer, mentions):
    assert named(answer) == mentions


def test_pairs_of_types_that_were_not_asked_are_left_out():
    answer = '[["Ada", "PERSON"], ["aspirin", "drug"], ["Rome", "city"], ["cut'
    assert named(answer, "pairs") == [("Ada", "person"), ("Rome", "city")]


def test_an_answer_knows_where_its_mentions_stand_in_it():
    answer = ' ["Ada", "Rome"]'
    assert [answer[a.start : a.end] for a in read_answer(answer, TYPES, "strings")] == ['Ada"', 'Rome"']


def test_every_place_is_found_or_the_first():
    text = "Rome, not Romeo. Rome!"
    assert locate("Rome", text) == [(0, 4), (17, 21)]
    assert locate("Rome", text, "first") == [(0, 4)]
    with pytest.raises(UsageError, match="every, first"):
        locate("Rome", text, "last")


def test_case_and_white_space_are_forgiven_only_where_the_mention_stands_nowhere_as_written():
    assert locate("new york", "NEW\nYORK and New  York") == [(0, 8), (13, 22)]
    assert locate("York", "YORK, York") == [(6, 10)]
    assert locate("yor", "New York") == []
