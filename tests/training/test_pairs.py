"""Mentions alone: which are drawn, and which types are asked of them."""

from __future__ import annotations

import random

import pytest

pytest.importorskip("torch")

import numpy as np

from hybrid_ner.training.kinds import Kinds
from hybrid_ner.training.pairs import PairSampler, TypePairs
from hybrid_ner.training.sampling import TypeTexts

ROWS = [
    {"type": "city", "definition": "A town.", "mentions": ["Oslo", "Lima", "Bern"], "open_licence": True},
    {"type": "capital", "is_a": "city", "mentions": ["Oslo", "Bern"], "open_licence": True, "licence": "CC0"},
    {"type": "fruit", "mentions": ["kiwi", "the Kiwi"], "proper_mentions": ["Kiwi"], "open_licence": True},
    {"type": "bird", "mentions": ["Kiwi", "crow"], "open_licence": True},
    {"type": "brand", "mentions": ["Zorvex"], "open_licence": False, "licence": "closed"},
    {"type": "nothing", "mentions": [], "open_licence": True},
]
VIEWS = {"name": 1.0}


def draws(count=300):
    pairs = TypePairs.of(ROWS, open_licence_only=True)
    texts = TypeTexts([pairs])
    sampler = PairSampler(pairs, 0, texts, np.eye(len(texts.texts)), Kinds(ROWS), 0.5)
    rng = random.Random(4)
    name = {key: shown.name for key, shown in pairs.types.items()}
    for _ in range(count):
        question = sampler.draw(rng, VIEWS)
        gold = {(question.text[start:end], name[label]) for start, end, label in question.gold}
        assert [texts.texts[a.text] for a in question.asked] == [name[a.key[1]] for a in question.asked]
        yield question, gold, {name[a.key[1]] for a in question.asked}


def test_when_records_are_read_then_those_without_mentions_or_licence_are_left_out():
    pairs = TypePairs.of(ROWS, open_licence_only=True)
    assert [shown.name for shown in pairs.types.values()] == ["city", "capital", "fruit", "bird"]
    assert "closed" not in pairs.licences
    assert len(TypePairs.of(ROWS, open_licence_only=False).types) == 5


def test_when_a_record_tells_proper_names_apart_then_only_those_are_drawn():
    assert all("kiwi" not in question.text for question, _, _ in draws())


def test_when_a_mention_is_drawn_alone_then_every_type_that_lists_it_is_gold():
    alone = {question.text: gold for question, gold, _ in draws() if question.text in ("Oslo", "Kiwi")}
    assert alone == {"Oslo": {("Oslo", "city"), ("Oslo", "capital")}, "Kiwi": {("Kiwi", "fruit"), ("Kiwi", "bird")}}


def test_when_mentions_are_listed_then_each_is_gold_at_its_place():
    lists = [(question, gold) for question, gold, _ in draws() if " and " in question.text]
    assert any("," in question.text for question, _ in lists)
    for question, gold in lists:
        assert len({kind for _, kind in gold}) == 1
        assert {mention for mention, _ in gold} == set(question.text.replace(" and ", ", ").split(", "))


def test_when_types_are_asked_then_absent_ones_neither_hold_the_mention_nor_are_kinds_of_its_types():
    seen = set()
    for question, gold, asked in draws():
        kinds = {kind for _, kind in gold}
        assert question.partial and kinds <= asked
        seen |= {(kind, other) for kind in kinds for other in asked - kinds}
    assert ("city", "capital") not in seen and ("capital", "city") not in seen
    assert {("city", "bird"), ("capital", "fruit")} <= seen
