"""What the writers write, the gold readers read back as the same spans."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid_ner.formats.flat import flat_choice
from hybrid_ner.formats.gold import read_gold
from hybrid_ner.formats.writing import open_writer
from hybrid_ner.schema import Document
from tests.formats.strategies import documents

_LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
# Ids apart from one another; a document without any visible character has no line in CoNLL, only its id.
corpora = st.lists(documents(), min_size=1, max_size=3).map(
    lambda found: [replace(document, id=f"d{number}") for number, document in enumerate(found)]
)


def round_trip(written: list[Document], format: str, name: str) -> list[Document]:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / name)
        with open_writer(format, path) as writer:
            for document in written:
                writer.write(document)
        return list(read_gold(path))


def spans(document: Document) -> set[tuple[int, int, str]]:
    return {(e.start, e.end, e.type) for e in document.entities}


@settings(max_examples=50)
@given(corpora)
def test_when_jsonl_is_written_then_the_same_texts_ids_and_spans_are_read(corpus):
    read = round_trip(corpus, "jsonl", "out.jsonl")
    assert [(d.id, d.text, spans(d)) for d in read] == [(d.id, d.text, spans(d)) for d in corpus]
    assert all(e.score == 1.0 and e.text == d.text[e.start : e.end] for d in read for e in d.entities)


@settings(max_examples=50)
@given(corpora)
def test_when_brat_is_written_then_the_same_texts_and_spans_are_read_but_for_line_ends_at_their_edges(corpus):
    read = round_trip(corpus, "brat", "out")
    expected = {}
    for document in corpus:
        found = set()
        for entity in document.entities:
            visible = entity.text.lstrip(_LINE_ENDS)
            start, end = entity.end - len(visible), entity.start + len(entity.text.rstrip(_LINE_ENDS))
            if visible:
                found.add((start, end, re.sub(r"[^\w-]+", "_", entity.type)))
        expected[document.id] = (document.text, found)
    assert {Path(d.id).stem: (d.text, spans(d)) for d in read} == expected


@settings(max_examples=50)
@given(corpora)
def test_when_a_docbin_is_written_then_the_same_texts_ids_and_nested_spans_are_read(corpus):
    pytest.importorskip("spacy")
    read = round_trip(corpus, "spacy", "out.spacy")
    assert [(d.id, d.text, spans(d)) for d in read] == [(d.id, d.text, spans(d)) for d in corpus]


@settings(max_examples=50)
@given(corpora)
def test_when_conll_is_written_then_the_same_ids_characters_and_flat_mentions_are_read(corpus):
    read = round_trip(corpus, "conll", "out.conll")
    assert [d.id for d in read] == [d.id for d in corpus]
    for document, back in zip(corpus, read, strict=True):
        assert "".join(back.text.split()) == "".join(document.text.split())
        flat = [e for e in flat_choice(document.entities) if e.text.split()]
        assert [_place(e, back.text) for e in back.entities] == [_place(e, document.text) for e in flat]


def _place(entity, text: str) -> tuple[int, str, str]:
    """Where an entity stands and what it reads, not counting white space: CoNLL does not keep it."""
    before = "".join(text[: entity.start].split())
    return len(before), "".join(entity.text.split()), "_".join(entity.type.split())
