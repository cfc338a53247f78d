from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given, settings

from hybrid_ner.errors import MissingExtraError
from hybrid_ner.formats.docbin import DocBinWriter, to_doc
from hybrid_ner.formats.flat import flat_choice
from hybrid_ner.schema import Document, Entity
from tests.formats.strategies import documents


def test_when_spacy_is_missing_then_the_error_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "spacy.tokens", None)
    with pytest.raises(MissingExtraError, match=r"hybrid-ner\[spacy\]"):
        DocBinWriter(str(tmp_path / "out.spacy"))
    assert not (tmp_path / "out.spacy").exists()


def test_when_documents_are_written_then_a_docbin_gives_them_back(tmp_path):
    spacy = pytest.importorskip("spacy")
    text = "University of London"
    entities = (Entity(0, 20, text, "organization", 0.91234), Entity(14, 20, "London", "city", 0.8))
    path = str(tmp_path / "out.spacy")
    with DocBinWriter(path) as writer:
        writer.write(Document(text, entities, id=2**70, extra={"lang": "en"}))
        writer.write(Document("", id="b", error="no"))
    found, failed = spacy.tokens.DocBin().from_disk(path).get_docs(spacy.blank("en").vocab)
    assert [(e.text, e.label_) for e in found.ents] == [(text, "organization")]
    assert [(s.text, s.label_) for s in found.spans["hybrid_ner"]] == [
        (text, "organization"),
        ("London", "city"),
    ]
    assert found.spans["hybrid_ner"].attrs["scores"] == [0.9123, 0.8]
    assert json.loads(found.user_data["record"]) == {"id": 2**70, "lang": "en"}
    assert json.loads(failed.user_data["record"]) == {"id": "b", "error": "no"}


@settings(deadline=None)
@given(documents())
def test_when_any_document_becomes_a_doc_then_text_and_spans_are_the_same(document):
    vocab = pytest.importorskip("spacy.vocab").Vocab()
    doc = to_doc(document, vocab)
    assert doc.text == document.text
    spans = [(s.start_char, s.end_char, s.label_) for s in doc.spans["hybrid_ner"]]
    assert spans == [(e.start, e.end, e.type) for e in document.entities]
    flat = [(e.start_char, e.end_char, e.label_) for e in doc.ents]
    assert flat == [(e.start, e.end, e.type) for e in flat_choice(document.entities)]
