"""Scoring an extractor's documents against a user's gold."""

from __future__ import annotations

import json

import pytest

from hybrid_ner.evaluate import evaluate, has_overlaps, predict, read_predictions
from hybrid_ner.formats.gold import GoldError
from hybrid_ner.schema import Document, Entity, TypeSet
from hybrid_ner.scoring import Counts, ScoringError

TYPES = TypeSet.of(["person", "city"])


def document(document_id: str, text: str, *spans: tuple[int, int, str], **extra: object) -> Document:
    entities = tuple(Entity(start, end, text[start:end], name, 1.0) for start, end, name in spans)
    return Document(text, entities, id=document_id, extra=extra)


GOLD = [
    document("a", "Ada in Rome", (0, 3, "person"), (7, 11, "city")),
    document("b", "Bob", (0, 3, "person"), left_out=2),
]


def test_when_predictions_are_scored_then_counts_are_by_span_and_type():
    result = evaluate(GOLD, {"b": [(0, 3, "city")], "a": [(0, 3, "person"), (7, 11, "city")]}, TYPES)
    assert result.scores.micro == Counts(tp=2, fp=1, fn=1)
    assert result.scores.boundary == Counts(tp=3, fp=0, fn=0)
    assert (result.documents, result.gold, result.predicted, result.notes) == (2, 3, 3, {"left_out": 2})
    report = json.loads(json.dumps(result.to_dict()))
    assert (report["f1"], report["precision"], report["recall"]) == (66.67, 66.67, 66.67)
    assert report["per_type"]["person"]["recall"] == 50.0


def test_when_gold_did_not_look_for_a_type_then_its_predictions_are_not_scored():
    gold = [document("a", "Ada in Rome", (0, 3, "person"), asked=("person",))]
    result = evaluate(gold, {"a": [(0, 3, "person"), (7, 11, "city"), (4, 6, "person")]}, TYPES)
    assert result.scores.micro == Counts(tp=1, fp=1, fn=0)
    assert (result.predicted, result.notes) == (2, {"unasked": 1})


def test_when_gold_has_no_entity_then_there_is_nothing_to_score():
    with pytest.raises(GoldError, match=r"the 1 gold documents have no entity of the types asked \(person, city\)"):
        evaluate([document("a", "Ada")], {"a": []}, TYPES)


def test_when_a_document_failed_then_nothing_is_scored():
    with pytest.raises(ScoringError, match="document 'b' cannot be scored: too long"):
        predict([Document("x", id="a"), Document("y", id="b", error="too long")])


@pytest.mark.parametrize(
    ("spans", "overlap"),
    [([(0, 3), (3, 5)], False), ([(0, 5), (1, 3)], True), ([(0, 3), (2, 5)], True), ([], False)],
)
def test_when_gold_spans_overlap_then_it_is_seen(spans, overlap):
    assert has_overlaps([document("a", "abcdef", *((s, e, "city") for s, e in spans))]) is overlap


def predictions(tmp_path, *records: dict) -> str:
    path = tmp_path / "p.jsonl"
    path.write_text("\n".join(map(json.dumps, records)))
    return str(path)


def record(document_id: object, text: str, *spans: tuple[int, int, str]) -> dict:
    found = [{"start": s, "end": e, "text": text[s:e], "type": name, "score": 0.5} for s, e, name in spans]
    return {"id": document_id, "text": text, "entities": found}


A, B = record("a", "Ada in Rome", (0, 3, "person")), record("b", "Bob")


def test_when_predictions_are_in_another_order_then_they_are_found_by_id(tmp_path):
    found = read_predictions(predictions(tmp_path, B, A), GOLD, TYPES)
    assert found == {"a": [(0, 3, "person")], "b": []}


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([A], r"p\.jsonl: .*1 missing \(first: \['b'\]\), 0 unknown"),
        ([A, B, record("c", "x")], r"p\.jsonl: .*0 missing .*1 unknown \(first: \['c'\]\)"),
        ([A, B, B], r"p\.jsonl, line 3: the id 'b' is given twice"),
        ([A, record("b", "Rob")], r"p\.jsonl, line 2: the text of 'b' is not the one that gold has"),
        ([A, record("b", "Bob", (0, 3, "drug"))], r"p\.jsonl, line 2: the label 'drug' is none of the types asked"),
        ([A, record("b", "Bob", (0, 4, "city"))], r"p\.jsonl, line 2: the offsets \[0, 4\)"),
        ([A, {"id": "b", "error": "no"}], r"p\.jsonl, line 2: a document that failed"),
    ],
)
def test_when_predictions_do_not_fit_the_gold_then_the_error_names_file_and_place(tmp_path, records, message):
    with pytest.raises((GoldError, ScoringError), match=message):
        read_predictions(predictions(tmp_path, *records), GOLD, TYPES)
