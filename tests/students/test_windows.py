"""Long documents for students that count tokens in their own way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hybrid_ner.students.windows import Mention, proposals, windows, words_as_tokens
from hybrid_ner.words import word_offsets

TEXT = " ".join(f"Word{i} of a sentence." if i % 7 == 0 else f"Word{i}" for i in range(300))


@given(st.text(alphabet="ab .\n\u00e9", max_size=400), st.integers(3, 40))
def test_every_word_is_owned_by_exactly_one_window_that_holds_it(text, budget):
    parts = windows(text, words_as_tokens, budget)
    for start, end in word_offsets(text):
        (owner,) = [p for p in parts if p.own_start <= start < p.own_end]
        assert owner.text[start - owner.start : end - owner.start] == text[start:end]


def test_windows_hold_at_most_the_budget():
    parts = windows(TEXT, words_as_tokens, 100)
    assert len(parts) > 3
    assert all(len(words_as_tokens(part.text)) <= 100 for part in parts)


def test_tokens_of_white_space_count_too():
    spaces = "a " * 50 + " " * 400
    assert len(windows(spaces, lambda text: list(range(len(text))), 200)) > 1


def test_mentions_are_found_in_every_place_or_the_first_of_the_part_a_window_owns():
    parts = windows(f"Zed {TEXT} Zed", words_as_tokens, 100)
    read = [(part, [Mention("Zed", "x", 0.5)]) for part in parts]
    assert [p.start for p in proposals(read, "every")] == [0, len(TEXT) + 5]
    (whole,) = windows("Rome and Rome", words_as_tokens, 100)
    assert [(p.start, p.end) for p in proposals([(whole, [Mention("Rome", "x", 1)])], "first")] == [(0, 4)]


def test_a_span_and_type_comes_once_with_its_best_score_and_what_is_not_there_is_left_out():
    (part,) = windows("Rome", words_as_tokens, 10)
    said = [Mention("Rome", "city", 0.4), Mention("rome", "city", 0.9), Mention("Oslo", "city", 1.0)]
    (only,) = proposals([(part, said)], "every")
    assert (only.start, only.end, only.type, only.score) == (0, 4, "city", 0.9)


def test_a_document_without_words_has_no_window():
    assert windows(" \n", words_as_tokens, 10) == []
