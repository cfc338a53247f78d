"""What the type pairs add to a row: finer types of its mentions, other mentions, broader types."""

from __future__ import annotations

import random
from collections import Counter

import pytest

pytest.importorskip("torch")

import numpy as np

from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.corpora import Row, TrainingCorpus, TypeText
from hybrid_ner.training.enrich import Enricher
from hybrid_ner.training.kinds import Kinds
from hybrid_ner.training.pairs import TypePairs
from hybrid_ner.training.sampling import QuestionSampler, TypeTexts

OPEN = {"open_licence": True}
RECORDS = [
    {"type": "physicist", "is_a": "scientist", "mentions": ["Marie Curie", "Niels Bohr"], **OPEN},
    {"type": "chemist", "is_a": "scientist", "mentions": ["Marie Curie", "Linus Pauling"], **OPEN},
    {"type": "scientist", "is_a": "person", "mentions": ["Alan Turing"], **OPEN},
    {"type": "poet", "is_a": "person", "mentions": ["Emily Dickinson"], **OPEN},
    {"type": "saint", "is_a": "person", "mentions": ["Teresa"], "weak": True, **OPEN},
    {"type": "city", "is_a": "location", "mentions": ["Oslo"], **OPEN},
]
TYPES = {"PER": TypeText("person", "A human being."), "SCI": TypeText("scientist", ""), "GEO": TypeText("place", "")}
ROW = Row("Yesterday Ada Lovelace met Marie Curie in Quito .", ((10, 22, "PER"), (27, 38, "PER"), (42, 47, "GEO")), 0)
LISTED = {"Marie Curie", "Niels Bohr", "Linus Pauling", "Alan Turing", "Emily Dickinson"}


def enriched(row=ROW, count=200, **settings):
    """Draws: the new row, what is known as (mention, type name, right), and names of the asked types."""
    corpora = [TrainingCorpus("c", TYPES, (row,), Counter(), False, "CC0")]
    pairs = TypePairs.of(RECORDS, open_licence_only=True)
    enricher = Enricher(corpora, pairs, Kinds(RECORDS), TrainConfig(**{"swap_rate": 1.0, **settings}))
    sources = (*corpora, pairs)
    name = lambda key: sources[key[0]].types[key[1]].name  # noqa: E731
    rng = random.Random(2)
    for _ in range(count):
        made, known, asked = enricher.enrich(0, row, rng)
        said = {(made.text[k.start : k.end], name(k.key), k.right) for k in known}
        yield made, said, {name(key) for key in asked}


def test_when_a_mention_gives_way_then_its_span_holds_one_of_the_same_kind_and_the_rest_of_the_row_stays():
    for row, _, _ in enriched():
        first, second, place = [row.text[start:end] for start, end, _ in row.gold]
        assert first in LISTED and second == "Marie Curie" and place == "Quito"
        assert row.text == f"Yesterday {first} met Marie Curie in Quito ."
        assert [label for _, _, label in row.gold] == ["PER", "PER", "GEO"]


def test_when_a_mention_is_on_a_list_then_it_stays_and_is_of_the_list_s_type():
    rights = {(mention, name) for _, said, _ in enriched() for mention, name, right in said if right}
    assert {("Marie Curie", "physicist"), ("Marie Curie", "chemist")} <= rights
    assert {name for mention, name in rights if mention == "Niels Bohr"} == {"physicist"}


def test_when_siblings_are_asked_then_none_is_what_the_mention_is_or_a_kind_of_it():
    wrongs = {(mention, name) for _, said, _ in enriched() for mention, name, right in said if not right}
    assert ("Emily Dickinson", "physicist") in wrongs and ("Niels Bohr", "poet") in wrongs
    above = {"Marie Curie": {"physicist", "chemist", "scientist"}, "Niels Bohr": {"physicist", "scientist"}}
    assert not any(name in above.get(mention, ()) for mention, name in wrongs)
    assert ("Alan Turing", "physicist") not in wrongs  # of a scientist nobody says which


def test_when_something_is_known_of_a_mention_then_that_type_is_asked():
    for _, said, asked in enriched():
        assert {name for _, name, _ in said} == asked


def test_when_a_list_is_weak_then_its_mentions_are_not_put_into_sentences():
    assert all("Teresa" not in row.text for row, _, _ in enriched())


def test_when_mentions_overlap_then_they_stay():
    nested = Row("the University of Quito", ((0, 23, "PER"), (18, 23, "PER")), 0)
    assert {row.text for row, _, _ in enriched(nested)} == {nested.text}


def test_when_the_row_is_in_lower_case_then_so_is_what_is_put_in():
    lower = Row("yesterday ada lovelace slept", ((10, 22, "PER"),), 0)
    assert all(row.text == row.text.lower() and row.text != lower.text for row, _, _ in enriched(lower))


def test_when_broader_types_are_wanted_then_a_type_of_a_corpus_above_a_present_one_is_asked():
    asked = Counter(name for _, _, names in enriched(swap_rate=0.0, broader_rate=1.0) for name in names)
    assert asked == {}  # nothing is above a person or a place here
    science = Row("Then Niels slept", ((5, 10, "SCI"),), 0)
    asked = Counter(name for _, _, names in enriched(science, swap_rate=0.0, broader_rate=0.5) for name in names)
    assert asked.keys() == {"person"} and 60 < asked["person"] < 140


def test_when_rows_are_drawn_then_added_types_are_asked_of_marked_spans_only():
    corpora = [TrainingCorpus("c", TYPES, (ROW,), Counter(), False, "CC0")]
    pairs = TypePairs.of(RECORDS, open_licence_only=True)
    texts = TypeTexts([*corpora, pairs])
    config = TrainConfig(swap_rate=1.0, broader_rate=1.0)
    kinds = Kinds(RECORDS)
    enricher = Enricher(corpora, pairs, kinds, config)
    sampler = QuestionSampler(corpora, texts, np.eye(len(texts.texts)), config, kinds, enricher)
    question = sampler.draw(random.Random(1), np.random.default_rng(1))
    own, added = [{a.key[0] for a in question.asked if a.everywhere is where} for where in (True, False)]
    assert own == {0} and added == {1}
    assert {known.key for known in question.known} <= {asked.key for asked in question.asked}
