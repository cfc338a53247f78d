"""Batches: the same from the same seed, within the budget, with gold spans where the text has them."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import dataclasses

import numpy as np
import torch

from hybrid_ner.errors import UsageError
from hybrid_ner.training.batches import BatchStream
from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.corpora import load_training_corpora
from hybrid_ner.training.sampling import AskedType, Question, QuestionSampler, TypeTexts
from hybrid_ner.words import WordEncoder


@pytest.fixture(scope="module")
def words(bert):
    return WordEncoder.from_file(bert / "tokenizer.json")


@pytest.fixture
def stream(data, words):
    """Makes a stream over the corpora; `max_width` and settings by name."""

    def make(max_width=4, **settings):
        config = TrainConfig(**{"token_budget": 500, **settings})
        corpora = load_training_corpora(data, open_licence_only=True)
        texts = TypeTexts(corpora)
        sampler = QuestionSampler(corpora, texts, np.eye(len(texts.texts)), config)
        return BatchStream(sampler, texts, words, config, max_width)

    return make


class _Fixed:
    """A sampler that draws the same question for ever."""

    def __init__(self, *question):
        self.question = Question(*question)

    def draw(self, *_):
        return self.question


def span_texts(batch, row, words, text):
    """What the gold spans of a row say in its text, with the number of types of each."""
    offsets = words.encode(text).offsets
    found = []
    for (item, first, beyond), labels in zip(batch.spans.tolist(), batch.labels, strict=True):
        if item == row:
            found.append((text[offsets[first][0] : offsets[first + beyond][1]], int(labels.sum())))
    return sorted(found)


def tensors(batch):
    return [getattr(batch, field.name) for field in dataclasses.fields(batch)]


def same(a, b):
    if len(a) != len(b):
        return False
    pairs = (pair for m, n in zip(a, b, strict=True) for pair in zip(tensors(m), tensors(n), strict=True))
    return all(torch.equal(x, y) for x, y in pairs)


def test_when_seed_and_pool_are_the_same_then_batches_are_the_same(stream):
    first = list(stream().pool(2))
    assert same(first, list(stream().pool(2)))
    assert not same(first, list(stream().pool(3)))
    assert not same(first, list(stream(seed=14).pool(2)))


def test_when_rows_are_grouped_then_a_batch_keeps_to_the_token_budget_and_no_row_is_lost(stream):
    batches = list(stream(token_budget=300).pool(0))
    assert sum(len(batch.ids) for batch in batches) == 768
    assert all(batch.ids.numel() <= 300 for batch in batches)


def test_when_one_row_exceeds_the_budget_then_it_is_a_batch_of_its_own(stream):
    assert all(len(batch.ids) == 1 for batch in stream(token_budget=1).pool(0))


def test_when_rows_are_collated_then_each_has_its_words_between_the_special_tokens(stream, words):
    for batch in stream().pool(0):
        rows = zip(batch.ids, batch.mask, batch.shapes, batch.first, batch.last, strict=True)
        for ids, mask, shapes, first, last in rows:
            count = int(mask.sum())
            assert (ids[0], ids[count - 1]) == (words.start_id, words.end_id)
            assert not mask[count:].any() and not ids[count:].any() and not shapes[count:].any()
            real = int((first >= 0).sum())
            assert (first[real:] == -1).all() and (last[real:] == -1).all()
            assert first[0] == 1 and last[real - 1] == count - 2
            assert torch.equal(first[1:real], last[: real - 1] + 1)


def test_when_a_stretch_is_in_doubt_then_its_words_are_marked_and_no_others(stream, words):
    text = "Tom visited the University of New Delhi"
    stretch = (text.index("University"), text.index(" Delhi"))
    made = stream()
    made.sampler = _Fixed(text, ((0, 3, "uni"),), (AskedType((2, "uni"), 0),), False, (), (stretch,))
    batch = next(iter(made.pool(0)))
    offsets = words.encode(text).offsets
    marked = [text[slice(*offsets[i])] for i in torch.nonzero(batch.doubtful[0]).flatten().tolist()]
    assert marked == ["University", "of", "New"]


def test_when_gold_is_mapped_to_words_then_spans_read_as_the_mentions_do(stream, words):
    text = "Tom visited the University of New Delhi, 🙂 Zürich!"
    labels = ("uni", "town")
    gold = [(text.index(m), text.index(m) + len(m)) for m in ("University of New Delhi", "New Delhi", "Zürich")]
    made = stream(max_width=4)
    question = (text, ((*gold[0], "uni"), (*gold[1], "town"), (*gold[1], "uni"), (*gold[2], "town")))
    made.sampler = _Fixed(*question, tuple(AskedType((2, label), 0) for label in labels), False)
    batch = next(iter(made.pool(0)))
    assert span_texts(batch, 0, words, text) == [("New Delhi", 2), ("University of New Delhi", 1), ("Zürich", 1)]
    assert batch.asked.all() and not batch.partial.any()


def test_when_drawn_rows_are_collated_then_every_gold_span_has_a_type_that_is_asked_of_its_row(stream):
    for batch in stream().pool(1):
        assert batch.labels.any(1).all()
        assert (batch.labels & ~batch.asked[batch.spans[:, 0]]).sum() == 0
        assert len(set(map(tuple, batch.spans.tolist()))) == len(batch.spans)


def test_when_a_mention_is_wider_than_the_limit_then_it_is_left_out(stream, words):
    text = "Tom visited the University of New Delhi"
    made = stream(max_width=3)
    gold = ((16, 39, "uni"), (30, 39, "town"))
    made.sampler = _Fixed(text, gold, (AskedType((2, "uni"), 0), AskedType((2, "town"), 1)), False)
    assert span_texts(next(iter(made.pool(0))), 0, words, text) == [("New Delhi", 1)]


def test_when_a_mention_begins_or_ends_inside_a_word_then_it_is_left_out(stream):
    made = stream()
    made.sampler = _Fixed("Tomtom lives", ((0, 3, "town"),), (AskedType((2, "town"), 0),), False)
    assert len(next(iter(made.pool(0))).spans) == 0


def test_when_a_row_is_too_long_then_it_is_cut_at_a_word_and_its_cut_mentions_are_left_out(stream, words):
    text = "Oslo lives in Quito"
    bounds = words.encode(text).bounds
    gold = ((0, 4, "town"), (14, 19, "town"))
    asked = (AskedType((2, "town"), 0),)
    for kept, found in ((4, ["Oslo", "Quito"]), (3, ["Oslo"])):
        made = stream(max_tokens=bounds[kept])
        made.sampler = _Fixed(text, gold, asked, False)
        batch = next(iter(made.pool(0)))
        assert [mention for mention, _ in span_texts(batch, 0, words, text)] == found
        assert len(batch.first[0]) == kept and batch.mask[0].sum() - 2 == bounds[kept]


def test_when_nothing_is_asked_of_any_row_then_the_batch_has_no_types(stream):
    made = stream()
    made.sampler = _Fixed("Nobody lives", (), (), False)
    batch = next(iter(made.pool(0)))
    assert batch.shown.shape == batch.names.shape == (0,) and batch.shown.dtype == torch.long
    assert batch.labels.shape == (0, 0) and batch.asked.shape == (len(batch.ids), 0)


def test_when_no_row_has_a_word_then_training_is_refused(stream):
    made = stream()
    made.sampler = _Fixed("  ", (), (), False)
    with pytest.raises(UsageError, match="no words"):
        made.pool(0)
