"""Passages are whole sentences of the document's own characters, within the budget, and nothing is lost."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid_ner.distill.corpus.chunk import chunks, sentence_ends
from hybrid_ner.students.folder import find_student
from hybrid_ner.words import WordEncoder

ENCODER = WordEncoder.from_file(find_student(None) / "tokenizer.json")


def cut(text, budget):
    return [text[start:end] for start, end in chunks(text, ENCODER, budget)]


def sentences(text):
    ends = [0, *sentence_ends(text), len(text)]
    return [text[a:b].strip() for a, b in itertools.pairwise(ends)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Dr. Smith met J. Doe, i.e. me. He left.", ["Dr. Smith met J. Doe, i.e. me.", "He left."]),
        ('He said "no." Then (again.) She left.', ['He said "no."', "Then (again.)", "She left."]),
        ("It cost 3.5 dollars. and so on", ["It cost 3.5 dollars. and so on"]),
        ("A title\n\nA text\nthat goes on.", ["A title", "A text\nthat goes on."]),
        ("東京は大きい。大阪も大きい。", ["東京は大きい。", "大阪も大きい。", ""]),
        ("", [""]),
    ],
)
def test_sentences_end_where_a_reader_sees_it(text, expected):
    assert sentences(text) == expected


def test_when_sentences_fit_then_as_many_as_fit_make_a_passage():
    text = "Ada came. Bob went. Cid stayed there. Dan left."
    assert cut(text, 6) == ["Ada came. Bob went.", "Cid stayed there.", "Dan left."]
    assert cut(text, 100) == [text]


def test_when_a_sentence_is_too_long_then_it_is_cut_between_words():
    text = "Short one. A " + "word " * 30 + "end. Last one."
    passages = cut(text, 10)
    assert passages[0] == "Short one." and passages[-1].endswith("end. Last one.")
    assert "".join(passages).replace(" ", "") == text.replace(" ", "")
    assert {word for passage in passages for word in passage.split()} <= set(text.split())


def test_when_a_text_is_blank_then_it_has_no_passage():
    assert cut(" \n\t ", 10) == []


_PIECES = ("Ada", "ran", ".", "! ", "? ", " ", "\n\n", "Zürich", "e\u0301", "👩‍👩‍👧", "東京", "Dr. ", "a_b", "x" * 90)
pieces = st.sampled_from(_PIECES)
texts = st.lists(st.one_of(pieces, st.text(st.characters(exclude_categories=["Cs"]), max_size=4)), max_size=40)


@settings(max_examples=80)
@given(texts.map("".join), st.integers(100, 130))
def test_whatever_the_text_every_word_is_in_one_passage_within_the_budget(text, budget):
    spans = list(chunks(text, ENCODER, budget))
    assert all(a_end <= b_start for (_, a_end), (b_start, _) in itertools.pairwise(spans))
    inside = [word for start, end in spans for word in ENCODER.encode(text[start:end]).offsets]
    assert len(inside) == len(ENCODER.encode(text).offsets)
    assert all(len(ENCODER.encode(text[start:end]).ids) <= budget for start, end in spans)
