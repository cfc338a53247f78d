"""The spaCy component with the embedded student: the same entities as without spaCy, and after a round trip to disk."""

from __future__ import annotations

import pytest

spacy = pytest.importorskip("spacy")

import hybrid_ner.integrations.spacy as component  # noqa: E402
from tests.students.embedded import SENTENCE, TEXTS, TYPES, embedded  # noqa: E402


@pytest.fixture(autouse=True)
def loaded_once(monkeypatch):
    monkeypatch.setattr(component, "load_extractor", lambda settings: embedded())


def pipeline(**config):
    nlp = spacy.blank("en")
    nlp.add_pipe("hybrid_ner", config={"types": list(TYPES), **config})
    return nlp


def ents(docs):
    return [[(ent.start_char, ent.end_char, ent.text, ent.label_) for ent in doc.ents] for doc in docs]


def test_the_component_finds_what_the_extractor_finds():
    doc = pipeline()(SENTENCE)
    entities = embedded().extract(SENTENCE, TYPES).entities
    assert ents([doc]) == [[(e.start, e.end, e.text, e.type) for e in entities]]
    assert [ent._.hybrid_ner_score for ent in doc.ents] == [e.score for e in entities]
    assert ("Marie Curie", "person") in [(ent.text, ent.label_) for ent in doc.ents]


@pytest.mark.parametrize("batch_size", [1, 3, 128])
def test_when_documents_are_piped_then_each_has_the_entities_it_has_alone(batch_size):
    nlp = pipeline()
    assert ents(nlp.pipe(TEXTS, batch_size=batch_size)) == ents(nlp(text) for text in TEXTS)


@pytest.mark.parametrize("overlap", ["nested", "all"])
def test_when_overlap_is_not_flat_then_spans_are_filled(overlap):
    doc = pipeline(overlap=overlap, threshold=0.2)(SENTENCE)
    assert not doc.ents
    assert ("Marie Curie", "person") in [(span.text, span.label_) for span in doc.spans["hybrid_ner"]]


def test_when_a_pipeline_goes_to_disk_and_back_then_it_finds_the_same(tmp_path):
    nlp = pipeline(threshold=0.4)
    before = ents(nlp.pipe(TEXTS))
    nlp.to_disk(tmp_path / "model")
    again = spacy.load(tmp_path / "model")
    assert again.get_pipe("hybrid_ner").labels == TYPES
    assert ents(again.pipe(TEXTS)) == before
    assert any(before)


def test_when_a_pipeline_goes_to_bytes_and_back_then_it_finds_the_same():
    nlp = pipeline()
    again = pipeline(threshold=0.9).from_bytes(nlp.to_bytes())
    assert ents([again(SENTENCE)]) == ents([nlp(SENTENCE)])


def test_when_nothing_is_replaced_then_the_component_loads_the_embedded_student(monkeypatch, tmp_path):
    monkeypatch.undo()
    monkeypatch.setenv("HYBRID_NER_CACHE", str(tmp_path))
    entities = embedded().extract(SENTENCE, TYPES).entities
    assert ents([pipeline()(SENTENCE)]) == [[(e.start, e.end, e.text, e.type) for e in entities]]
