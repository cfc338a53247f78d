"""Answers are read whatever their form, safely and in linear time; what is no list is told apart by why."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid_ner.distill.teacher import parse
from hybrid_ner.distill.teacher.parse import Listed, parse_answer
from hybrid_ner.distill.teacher.protocol import CUT, FILTERED, Reply

PARIS, ADA = Listed("Paris", "city"), Listed("Ada", "person")


def read(text, **how):
    return parse_answer(Reply(text, **how))


@pytest.mark.parametrize(
    "text",
    [
        '[("Paris", "city"), ("Ada", "person")]',
        "[('Paris', 'city'), ('Ada', 'person')]",
        '[["Paris", "city"], ["Ada", "person"]]',
        '  [("Paris","city"),\n ("Ada","person"),]\n',
        "[(Paris, city), (Ada, person)]",
        "[(“Paris”, “city”), (“Ada”, “person”)]",
        '[{"entity": "Paris", "type": "city"}, {"type": "person", "text": "Ada"}]',
        '{"entities": [{"mention": "Paris", "label": "city"}, {"name": "Ada", "entity_type": "person"}]}',
        '{"city": ["Paris"], "person": ["Ada"]}',
        "{'Paris': 'city', 'Ada': 'person'}",
    ],
)
def test_when_an_answer_is_one_list_of_any_form_then_it_is_parsed(text):
    answer = read(text)
    assert (answer.outcome, set(answer.mentions), answer.whole) == ("parsed", {PARIS, ADA}, True)


@pytest.mark.parametrize(
    "text",
    [
        '```python\n[("Paris", "city"), ("Ada", "person")]\n```',
        'Here\'s the list (as asked): [("Paris", "city"), ("Ada", "person")]. Anything else?',
        '("Paris", "city")\n("Ada", "person")',
        '{"entity": "Paris", "type": "city"}\n{"entity": "Ada", "type": "person"}',
        'The entities are (see below:\n[("Paris", "city"), ("Ada", "person")]',
    ],
)
def test_when_something_stands_around_the_mentions_then_they_are_repaired(text):
    answer = read(text)
    assert (answer.outcome, set(answer.mentions)) == ("repaired", {PARIS, ADA})


@pytest.mark.parametrize("end", range(1, 17))
def test_when_a_list_is_cut_then_whole_mentions_before_the_cut_are_kept_and_it_is_known(end):
    text = '[("Paris", "city"), ("Ada", "person")]'
    answer = read(text[:-end])
    assert (answer.outcome, answer.whole) == ("repaired", False)
    assert answer.mentions[0] == PARIS and set(answer.mentions) <= {PARIS, ADA}


def test_when_the_server_says_that_the_answer_was_cut_then_the_list_is_not_whole():
    assert read('[("Paris", "city")]', finish=CUT) == parse.Answer("repaired", (PARIS,), whole=False)


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("[('O'Brien', 'person')]", "O'Brien"),
        ('[("the "big" one", "thing")]', 'the "big" one'),
        (r'[("the \"big\" one", "thing")]', 'the "big" one'),
        ('["x", ("Act (1990), as amended", "law")]', "Act (1990), as amended"),
        (r'[["caf\u00e9 \ud83d\ude00", "place"]]', "café 😀"),
        ("[('it's 5 o'clock', 'time')]", "it's 5 o'clock"),
    ],
)
def test_when_quotes_and_escapes_stand_in_a_mention_then_they_belong_to_it(text, mention):
    assert [found.text for found in read(text).mentions] == [mention]


def test_when_a_string_is_not_closed_on_its_line_then_only_its_tuple_is_lost():
    answer = read('[("Paris", "city"),\n("Lond, "city),\n("Ada", "person")]')
    assert {PARIS, ADA} <= set(answer.mentions) and not answer.whole


def test_when_definitions_and_offsets_are_given_then_they_are_read():
    assert read('[("Paris", "city", "A large town.")]').mentions == (Listed("Paris", "city", "A large town."),)
    offered = '[{"entity": "Ada", "type": "person", "definition": null, "start": 7}]'
    assert read(offered).mentions == (Listed("Ada", "person", "", 7),)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("[]", "empty"),
        ("```json\n[]\n```", "empty"),
        ("", "empty"),
        ("None.", "empty"),
        ("There are no named entities in this passage.", "empty"),
        ("I'm sorry, but I can't help with that.", "refused"),
        ("As an AI language model, I refuse.", "refused"),
        ("Paris is nice.", "unreadable"),
        ('["Paris", "London"]', "unreadable"),
        ("{1: 2", "unreadable"),
    ],
)
def test_when_there_is_no_mention_then_the_outcome_says_why(text, outcome):
    assert (read(text).outcome, read(text).mentions) == (outcome, ())


def test_when_the_server_filtered_the_answer_then_it_is_refused():
    assert read("", finish=FILTERED).outcome == "refused"


def test_when_an_answer_holds_code_then_it_is_text():
    answer = read('[(__import__("os").system("touch pwned"), "city"), ("Paris", "city")]')
    assert PARIS in answer.mentions


brackets = st.text(alphabet="[](){}\"'“”,:;\\ \n\tabP1", max_size=30)


@settings(max_examples=120)
@given(st.one_of(st.text(max_size=20), brackets, st.lists(brackets, max_size=3).map('("Ada", "person")'.join)))
def test_whatever_an_answer_holds_reading_it_raises_nothing_and_gives_texts(text):
    answer = read(text)
    assert answer.outcome in parse.OUTCOMES
    assert all(m.text.strip() and m.type.strip() for m in answer.mentions)


words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=8)
names = st.lists(words, min_size=1, max_size=3).map(" ".join)


@settings(max_examples=50)
@given(st.lists(st.tuples(names, names), min_size=1, max_size=3))
def test_whatever_names_a_json_list_holds_they_are_read_as_they_are(pairs):
    answer = read(json.dumps([list(pair) for pair in pairs]))
    assert answer.mentions == tuple(dict.fromkeys(Listed(text, kind) for text, kind in pairs))


@pytest.mark.parametrize("unit", ["[", '("a', '["', '"', "[ ", "('a' b ", '{"a":', "\\", '" x', "[\n", "(“a”,", "'s "])
def test_when_an_answer_is_hostile_then_every_character_is_looked_at_a_bounded_number_of_times(unit, monkeypatch):
    """Counted, not timed: calls of the reader's parts must grow no faster than the text."""

    def work(length):
        counts = []
        reader = parse._Reader("[" + unit * (length // len(unit)))
        string = reader._string

        def counted(place, quote):
            value, end = string(place, quote)
            counts.append(end - place)
            return value, end

        monkeypatch.setattr(reader, "_string", counted)
        for group in reader.groups():
            list(parse._mentions(group))
        return sum(counts)

    assert work(8000) <= 8000 + len(unit) + 1
