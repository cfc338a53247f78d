"""Windows over a document: every word owned once, no span cut, the budget kept."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hybrid_ner.passages import passages
from hybrid_ner.words import EncodedText

# (sub-tokens, what follows) of each word; mostly ordinary words, sometimes words as long as a window.
plain_words = st.tuples(st.integers(1, 3), st.sampled_from([" ", " ", " ", " ", "\n", "."]))
any_words = st.tuples(st.integers(1, 120), st.sampled_from([" ", " ", "\n", ".", ""]))


def document(words):
    """A text and its encoding, of words "w" of so many sub-tokens; a full stop is a word of one sub-token."""
    text, offsets, bounds = "", [], [0]
    for tokens, after in words:
        for word, count in [("w", tokens), *([(".", 1)] if after == "." else [])]:
            offsets.append((len(text), len(text) + 1))
            bounds.append(bounds[-1] + count)
            text += word
        text += " " if after == "." else after
    return text, EncodedText(offsets, list(range(bounds[-1])), [1] * bounds[-1], bounds)


def windows(words, budget, context):
    text, encoded = document(words)
    return list(passages(text, encoded, budget=budget, context=context)), encoded


@given(st.lists(any_words, max_size=200), st.integers(1, 100), st.integers(0, 12))
@example([(60, " "), (200, " "), (60, " ")], 100, 12)
@example([(10, " "), (10, " "), (90, " "), (90, " ")], 100, 12)
def test_every_word_is_owned_once_and_only_a_giant_word_exceeds_the_budget(words, budget, context):
    made, encoded = windows(words, budget, context)
    count, bounds = len(encoded.offsets), encoded.bounds
    assert [word for p in made for word in range(p.own_begin, p.own_end)] == list(range(count))
    for passage in made:
        assert 0 <= passage.begin <= passage.own_begin < passage.own_end <= passage.end <= count
        assert passage.tokens == bounds[passage.end] - bounds[passage.begin]
        assert passage.tokens <= budget or passage.end - passage.begin == 1


@given(st.lists(any_words, max_size=150), st.integers(20, 100), st.integers(1, 12))
def test_a_span_ends_in_the_passage_it_starts_in_if_it_fits_a_quarter_of_the_budget(words, budget, context):
    made, encoded = windows(words, budget, context)
    count, bounds = len(encoded.offsets), encoded.bounds
    for passage in made:
        for first in range(passage.own_begin, passage.own_end):
            for end in range(first + 1, min(first + context, count) + 1):
                assert end <= passage.end or bounds[end] - bounds[first] > budget // 4


@given(st.lists(plain_words, max_size=400), st.integers(160, 240))
def test_when_words_are_ordinary_then_every_span_is_read_whole_with_context_before_it(words, budget):
    made, encoded = windows(words, budget, 12)
    count = len(encoded.offsets)
    for passage in made:
        assert passage.begin == max(0, passage.own_begin - 12)
        assert passage.end >= min(count, passage.own_end - 1 + 12)


@given(st.lists(plain_words, min_size=1, max_size=400))
def test_when_words_are_ordinary_then_there_are_not_many_more_windows_than_needed(words):
    made, encoded = windows(words, 160, 12)
    assert len(made) <= 1 + encoded.bounds[-1] // 20


def test_when_the_document_fits_then_it_is_one_passage_and_an_empty_one_is_none():
    made, _ = windows([(1, " ")] * 50, 50, 12)
    assert [(p.begin, p.end, p.own_begin, p.own_end) for p in made] == [(0, 50, 0, 50)]
    assert windows([], 50, 12)[0] == []


@pytest.mark.parametrize("end", [".", "\n"])
def test_when_a_sentence_or_line_ends_in_a_window_s_second_half_then_the_window_owns_up_to_there(end):
    words = [(1, " ")] * 69 + [(1, end)] + [(1, " ")] * 200
    made, encoded = windows(words, 100, 12)
    boundary = 71 if end == "." else 70
    assert made[0].own_end == boundary
    assert made[1].own_begin == boundary
    assert len(encoded.offsets) == made[-1].own_end
