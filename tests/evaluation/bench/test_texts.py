from __future__ import annotations

import pytest

from evaluation.bench.texts import WORDS_PER_DOCUMENT, documents, long_document, type_names


def test_when_documents_are_made_twice_then_they_are_the_same_and_of_the_stated_length():
    made = documents(60)
    assert made == documents(60) and made[:10] == documents(10)
    assert len(set(made)) == 60
    assert all(WORDS_PER_DOCUMENT <= len(d.split()) <= 160 for d in made)


def test_when_types_are_asked_for_then_they_are_distinct_and_there_are_500():
    names = type_names(500)
    assert len({n.casefold() for n in names}) == 500
    assert type_names(5) == ["person", "organization", "location", "date", "time"]
    with pytest.raises(ValueError, match="there are 500"):
        type_names(501)


@pytest.mark.parametrize("size", [1_000, 50_000, 300_000])
def test_when_a_long_document_is_made_then_it_has_the_size_asked_for(size):
    assert size <= len(long_document(size).encode()) < size + 2_000
