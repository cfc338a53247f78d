"""What must hold for every text, however it is asked: the invariants of the design, on the embedded student."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import hybrid_ner.students.onnx as onnx
from hybrid_ner.extractor import HybridNER
from hybrid_ner.schema import EntityType
from tests.students.embedded import SENTENCE, TEXTS, TYPES, embedded, found, unicode_texts

# Low enough that random text has entities to check.
LOW = 0.1
short_texts = st.one_of(unicode_texts.map(lambda text: text[:500]), st.sampled_from(TEXTS))
overlaps = st.sampled_from(["flat", "nested", "all"])


@pytest.fixture(scope="module")
def ner():
    return embedded()


def check_document(document):
    """Offsets, text, order and decisions of a document that was asked to explain itself."""
    text = document.text
    assert document.error is None
    for e in document.entities:
        assert 0 <= e.start < e.end <= len(text)
        assert text[e.start : e.end] == e.text
        assert e.text == e.text.strip() != ""
        assert e.type in TYPES
        assert 0 <= e.score <= 1
    assert list(document.entities) == sorted(document.entities, key=lambda e: (e.start, -e.end, e.type))
    kept = [d for d in document.decisions if d.kept]
    assert {(d.start, d.end, d.type): round(d.score, 4) for d in kept} == found(document)
    for d in document.decisions:
        assert d.reason
        assert d.kept or (d.steps and d.steps[-1].action == "drop" and d.steps[-1].detail == d.reason)


@settings(max_examples=25)
@given(unicode_texts, overlaps)
@example("", "flat")
@example("\x00", "flat")
@example(SENTENCE.replace(" ", "\u200b"), "all")
@example("\u202e" + SENTENCE.replace("e", "e\u0301"), "all")
@example("👩‍👩‍👧 " + SENTENCE, "nested")
def test_every_entity_is_the_text_between_its_offsets_and_every_decision_is_explained(ner, text, overlap):
    check_document(ner.extract(text, TYPES, threshold=LOW, overlap=overlap, explain=True))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * 12_000, id="letters"),
        pytest.param("_" * 12_000, id="underscores"),
        pytest.param("a_B" * 4_000, id="underscored words"),
        pytest.param("東京タワー" * 400, id="unspaced"),
        pytest.param("e\u0301" * 6_000, id="combining marks"),
        pytest.param("a" + "\u0301" * 12_000, id="marks without end"),
        pytest.param("\x00" * 1_500, id="NUL"),
        pytest.param("\u200b" * 1_500, id="zero width"),
        pytest.param("." * 1_500, id="full stops"),
        pytest.param("Curie" * 2_000 + " " + SENTENCE, id="one giant word"),
        pytest.param(" \n" * 20_000 + SENTENCE, id="blanks"),
        pytest.param("https://example.org/" + "a/" * 2_000, id="a long address"),
    ],
)
def test_when_a_text_is_pathological_then_it_is_read_all_the_same(ner, text):
    document = ner.extract(text, TYPES, threshold=LOW, explain=True)
    check_document(document)
    if text.endswith(SENTENCE):
        assert any(e.start >= len(text) - len(SENTENCE) for e in document.entities)


@pytest.mark.parametrize("batch_size", [1, 2, 7, 32])
def test_batch_size_changes_nothing(ner, batch_size):
    documents = list(ner.extract_many(TEXTS * 2, TYPES, batch_size=batch_size, threshold=LOW, explain=True))
    alone = [ner.extract(text, TYPES, threshold=LOW, explain=True) for text in TEXTS]
    assert documents == alone * 2


@settings(max_examples=10)
@given(st.lists(short_texts, max_size=3), st.integers(1, 3))
def test_the_other_documents_of_a_batch_change_nothing(ner, others, batch_size):
    batch = [*others, SENTENCE, *others]
    documents = list(ner.extract_many(batch, TYPES, batch_size=batch_size, threshold=LOW))
    assert documents[len(others)] == ner.extract(SENTENCE, TYPES, threshold=LOW)
    assert documents[: len(others)] == documents[len(others) + 1 :]


ASKED = [*TYPES, "river", EntityType("scientist", "a person who does research", ("researcher",)), "university", "event"]


def assert_same(one, other):
    """The same spans and types; scores may differ by how a product of matrices is rounded."""
    assert found(one) == pytest.approx(found(other), abs=1e-3)


@settings(max_examples=15)
@given(st.permutations(ASKED), st.sampled_from(TEXTS), overlaps)
def test_the_order_of_the_types_changes_nothing(ner, types, text, overlap):
    assert_same(ner.extract(text, types, overlap=overlap), ner.extract(text, ASKED, overlap=overlap))


@pytest.mark.parametrize("size", [1, 3, 1024])
def test_how_types_are_segmented_changes_nothing(ner, monkeypatch, size):
    expected = list(ner.extract_many(TEXTS, ASKED))
    monkeypatch.setattr(onnx, "_SEGMENT", size)
    for one, other in zip(ner.extract_many(TEXTS, ASKED), expected, strict=True):
        assert_same(one, other)


@pytest.mark.parametrize("threads", [1, 3])
def test_the_number_of_threads_changes_nothing(ner, monkeypatch, threads):
    text = " ".join(TEXTS) * 4
    expected = ner.extract(text, TYPES, explain=True)
    monkeypatch.setattr(ner.student, "threads", threads)
    assert ner.extract(text, TYPES, explain=True) == expected


@pytest.mark.parametrize("text", TEXTS)
def test_asking_to_explain_changes_no_entity(ner, text):
    explained = ner.extract(text, TYPES, threshold=LOW, explain=True)
    assert explained.entities == ner.extract(text, TYPES, threshold=LOW).entities
    check_document(explained)


def sentences(count):
    """Sentences with one person each, and the offsets of that person in their text."""
    made, places, at = [], [], 0
    names = ("Marie Curie", "Angela Merkel", "Barack Obama", "Albert Einstein", "Winston Churchill")
    for n in range(count):
        name = names[n % len(names)]
        sentence = f"In chapter {n} of the book, {name} travels to London by train and writes a long letter home."
        places.append((at + sentence.index(name), at + sentence.index(name) + len(name)))
        made.append(sentence)
        at += len(sentence) + 1
    return made, places


@pytest.mark.parametrize("between", [" ", "\n"])
def test_when_a_document_is_long_then_it_is_read_to_its_last_sentence(ner, between):
    made, places = sentences(130)
    text = between.join(made)
    assert len(text) > 10_000
    # Without the search for repeated mentions, which would find again what a window had missed.
    document = HybridNER(ner.student, ner.rules, repeat=False).extract(text, TYPES, explain=True)
    check_document(document)
    persons = {(e.start, e.end) for e in document.entities if e.type == "person"}
    missed = [place for place in places if place not in persons]
    assert len(missed) <= len(places) // 20
    assert places[0] in persons
    assert places[-1] in persons


def test_when_a_document_is_long_then_no_sentence_is_read_worse_than_alone(ner):
    """Where a window ends must not show: what is found in a sentence is found in it wherever it stands."""
    student, made = HybridNER(ner.student, ner.rules, repeat=False), sentences(60)[0]
    random.Random(0).shuffle(made)
    # Asked alone, a type also takes what belongs to its neighbour, and not in every context: so both are asked.
    types = ["person", "city"]
    alone = [found(document) for document in student.extract_many(made, types)]
    whole = found(student.extract("\n".join(made), types))
    at, hits, expected = 0, 0, 0
    for sentence, entities in zip(made, alone, strict=True):
        expected += len(entities)
        hits += sum((start + at, end + at, name) in whole for start, end, name in entities)
        at += len(sentence) + 1
    assert hits >= 0.9 * expected > 0
