"""The BIO token classifier: tags and spans, and a training of a few steps on a tiny encoder."""

from __future__ import annotations

import pytest

from evaluation.baselines.tagger import TokenClassifier, spans_of, tag_names, word_tags
from evaluation.corpora import Sentence
from hybrid_ner.words import EncodedText, word_offsets

TEXT = "Ada Lovelace saw London Town"
GOLD = frozenset({(0, 12, "person"), (17, 28, "city"), (17, 23, "person")})


def encoded(text: str) -> EncodedText:
    offsets = word_offsets(text)
    return EncodedText(offsets, [0] * len(offsets), [0] * len(offsets), list(range(len(offsets) + 1)))


def test_when_spans_become_tags_then_the_outermost_ones_are_kept():
    assert word_tags(encoded(TEXT), GOLD) == ["B-person", "I-person", "O", "B-city", "I-city"]


def test_when_tags_become_spans_then_they_are_the_ones_they_were_made_of():
    flat = frozenset({(0, 12, "person"), (17, 28, "city")})
    tags = [(tag, 0.5) for tag in word_tags(encoded(TEXT), flat)]
    assert spans_of(tags, word_offsets(TEXT)) == dict.fromkeys(flat, 0.5)


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        (["I-city", "I-city"], {(0, 3, "city")}),
        (["B-city", "B-city"], {(0, 1, "city"), (2, 3, "city")}),
        (["B-city", "I-person"], {(0, 1, "city"), (2, 3, "person")}),
        (["B-city", "O", "I-city"], {(0, 1, "city"), (4, 5, "city")}),
        (["O"], set()),
    ],
)
def test_when_a_tag_sequence_is_irregular_then_its_spans_are_those_of_conlleval(tags, spans):
    assert set(spans_of([(tag, 1.0) for tag in tags], word_offsets("a b c")[: len(tags)])) == spans


def test_when_types_become_tags_then_every_type_has_a_begin_and_an_inside():
    assert tag_names([Sentence("s", TEXT, GOLD)]) == ["O", "B-city", "I-city", "B-person", "I-person"]


def test_when_trained_on_a_few_sentences_then_it_tags_them_right_and_the_same_again(tiny_encoder):
    sentences = [
        Sentence(str(n), f"{who} saw {where}", frozenset({(0, len(who), "person")}))
        for n, (who, where) in enumerate([("ada", "london"), ("bob", "paris")] * 4)
    ]
    made = TokenClassifier(encoder=str(tiny_encoder), epochs=20, rate=5e-3, batch=4)
    first, again = (made.fit(sentences)(["ada saw paris", "bob saw london", "london"]) for _ in range(2))
    assert [set(spans) for spans in first[:2]] == [{(0, 3, "person")}, {(0, 3, "person")}]
    assert [spans.keys() for spans in again] == [spans.keys() for spans in first]
