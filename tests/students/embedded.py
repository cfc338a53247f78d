"""The embedded student, loaded once for all tests, and the texts they ask it about."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from hybrid_ner.extractor import HybridNER
from hybrid_ner.schema import Document
from hybrid_ner.students.folder import find_student

FOLDER = find_student(None)
TYPES = ("person", "organization", "location")
SENTENCE = "Marie Curie was born in Warsaw and worked at the University of Paris."
TEXTS = (
    SENTENCE,
    "",
    "Angela Merkel met Barack Obama in Berlin before flying to Washington.",
    "nothing of note happened",
    "IBM opened an office in Tokyo. Ada Lovelace never worked for IBM, nor did Alan Turing.",
    " \n\t ",
    "El presidente Pedro Sánchez viajó a Bruselas; 東京 was far away 😀.",
    "The river Danube flows through Vienna, Budapest and Belgrade, as Claudio Magris wrote.",
)

# What programs trip over, more often than by chance: combining marks, right to left, unspaced scripts, controls,
# zero width, names, and characters that become longer or vanish when they are normalised.
_PIECES = (
    *("Marie Curie", "Warsaw", "IBM", "Ada", " ", " ", " ", ". ", "\n", "\r\n", "\t", "\x00", "\x1f", "\x85", "\u2028"),
    *("\u200b", "\u200d", "\ufeff", "\u202e", "e\u0301", "\u0301", "क्षि", "مريم", "שלום", "東京", "ไทย", "한국"),
    *("😀", "👩‍👩‍👧", "🇫🇷", "İ", "ß", "ﬁ", "ǅ", "½", "_", "____", "-", "'s", "#", "a_b", "3.14", "[SEP]", "[CLS]"),
)
pieces = st.one_of(st.sampled_from(_PIECES), st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
repeated = st.tuples(pieces, st.integers(1, 300)).map(lambda pair: pair[0] * pair[1])
unicode_texts = st.lists(st.one_of(pieces, pieces, pieces, repeated), max_size=25).map("".join)


@cache
def embedded() -> HybridNER:
    """The default extractor; type vectors are not kept on disk."""
    return HybridNER.load(cache=False)


def found(document: Document) -> dict[tuple[int, int, str], float]:
    """(start, end, type) -> score; fails where an entity is there twice."""
    entities = {(e.start, e.end, e.type): e.score for e in document.entities}
    assert len(entities) == len(document.entities)
    return entities
