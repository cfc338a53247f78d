"""JSONL out, and the round trip through the reader."""

from __future__ import annotations

import json
import logging

from hypothesis import given
from hypothesis import strategies as st

from hybrid_ner.formats.jsonl import JsonlFormat, read_jsonl
from hybrid_ner.formats.streams import encode
from hybrid_ner.schema import Decision, Document, Entity, from_dict
from tests.formats.strategies import documents, texts

PARIS = Document("Paris é", (Entity(0, 5, "Paris", "city", 0.934567),), id="a")


def record(document: Document, **options) -> dict:
    return json.loads(JsonlFormat(**options).document(document))


def test_when_a_document_is_written_then_the_line_has_exactly_the_agreed_fields():
    line = JsonlFormat().document(PARIS)
    assert line == (
        '{"id": "a", "text": "Paris é", "entities": '
        '[{"start": 0, "end": 5, "text": "Paris", "type": "city", "score": 0.9346}]}\n'
    )


def test_when_a_document_failed_then_its_record_has_the_error_and_the_passed_through_fields():
    failed = Document("", id="a", error="no", extra={"lang": "de"})
    assert record(failed) == {"id": "a", "error": "no", "lang": "de"}


def test_when_passed_through_fields_have_our_names_then_ours_stay_and_the_log_says_so(caplog):
    extra = {"entities": "theirs", "error": "theirs", "text": 1, "id": 2, "decisions": 3, "lang": "de"}
    document = Document("x", id="a", extra=extra)
    with caplog.at_level(logging.WARNING):
        assert record(document) == {"id": "a", "text": "x", "entities": [], "decisions": 3, "lang": "de"}
    assert "'entities'" in caplog.text and "theirs" not in caplog.text
    assert record(document, explain=True)["decisions"] == []


def test_when_explaining_then_decisions_are_written_whole():
    dropped = Decision(0, 5, "city", 0.123456, proposed_score=0.5).drop("rules", "too short", rival="person")
    explained = Document("Paris", id="a", decisions=(dropped,))
    (written,) = record(explained, explain=True)["decisions"]
    assert (written["kept"], written["reason"], written["score"]) == (False, "too short", 0.1235)
    assert from_dict(Decision, written).steps == dropped.steps
    assert "decisions" not in record(explained)


def test_when_a_field_holds_half_a_surrogate_pair_then_it_is_passed_through_as_an_escape():
    (document,) = read_jsonl([b'{"id": "\\ud800", "text": "x", "k\\udfff": "\\ud800"}'], "f")
    line = JsonlFormat().document(document)
    assert encode(line) == line.encode("ascii")
    assert json.loads(line)["k\udfff"] == "\ud800"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(documents(), st.dictionaries(texts.map("x".__add__), json_values, max_size=3))
def test_when_any_document_is_written_and_read_then_it_is_the_same(document, extra):
    written = JsonlFormat().document(Document(document.text, document.entities, document.id, extra=extra))
    assert written.count("\n") == 1
    (read,) = read_jsonl([encode(written)], "f")
    entities = read.extra.pop("entities")
    assert (read.text, read.id, read.extra, read.error) == (document.text, document.id, extra, None)
    assert [read.text[e["start"] : e["end"]] for e in entities] == [e.text for e in document.entities]
