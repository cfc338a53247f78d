"""Corrections: what a reviewer did, read from what a reviewer hands in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_ner.errors import InputError
from hybrid_ner.feedback.corrections import Correction, compared, corrections_of, merged
from hybrid_ner.schema import Document

TEXT = "Ada took aspirin in the Hague."


def record(**fields):
    return Document(fields.pop("text", TEXT), id=fields.pop("id", "n1"), extra=fields)


def verdicts(corrections):
    return [(c.text, c.type, c.verdict, c.to) for c in corrections]


def test_when_entities_were_corrected_then_the_verdicts_are_what_the_reviewer_did():
    found = [(0, 3, "drug"), (9, 16, "drug"), (20, 29, "city"), (4, 8, "person")]
    right = [(0, 3, "person"), (9, 16, "drug"), (24, 29, "city")]
    assert verdicts(compared("n1", TEXT, right, found)) == [
        ("Ada", "drug", "relabelled", "person"),
        ("took", "person", "rejected", None),
        ("aspirin", "drug", "accepted", None),
        ("the Hague", "city", "rejected", None),
        ("Hague", "city", "added", None),
    ]


@st.composite
def spots(draw):
    spans = st.tuples(st.integers(0, 5), st.integers(1, 4), st.sampled_from("abc"))
    return [(start, start + length, name) for start, length, name in draw(st.lists(spans, max_size=6))]


@given(spots(), spots())
def test_verdicts_on_what_was_found_give_what_is_right(right, found):
    made = compared("n", "0123456789", right, found)
    result = {(c.start, c.end, c.type) for c in made if c.verdict in ("accepted", "added")}
    result |= {(c.start, c.end, c.to) for c in made if c.verdict == "relabelled"}
    assert result == set(right)
    assert {(c.start, c.end, c.type) for c in made if c.verdict != "added"} == set(found)


def test_the_three_forms_of_a_record_say_the_same():
    item = {"start": 9, "end": 16, "type": "drug", "verdict": "rejected"}
    (one,) = corrections_of(record(corrections=[item]))
    assert corrections_of(record(text="aspirin", **item)) == [one]
    before = {"n1": record(entities=[{"start": 9, "end": 16, "type": "drug"}])}
    assert corrections_of(record(entities=[]), before) == [one]
    assert one == Correction("n1", 9, 16, "aspirin", "drug", "rejected")


def test_a_correction_survives_the_way_through_a_store():
    one = Correction("n1", 0, 3, "Ada", "drug", "relabelled", "person")
    fields = one.record()
    assert corrections_of(Document(fields.pop("text"), id=fields.pop("id"), extra=fields)) == [one]


def test_a_later_correction_replaces_the_earlier_one_of_the_same_place():
    first = Correction("n1", 0, 3, "Ada", "person", "rejected")
    other = Correction("n2", 0, 3, "Ada", "person", "rejected")
    last = Correction("n1", 0, 3, "Ada", "person", "accepted")
    assert merged([first, other, last]) == [last, other]


@pytest.mark.parametrize(
    ("given", "part"),
    [
        (record(), "n1: nothing to learn from"),
        (record(text="", id="n9", error="not JSON"), "n9: nothing"),
        (record(verdict="wrong", start=0, end=3, type="x"), "unknown verdict 'wrong'; accepted: accepted, rejected"),
        (record(corrections="all"), "corrections must be a list, got str"),
        (record(corrections=["Ada"]), "a span needs whole numbers"),
        (record(corrections=[{"start": 0, "end": 99, "type": "x", "verdict": "added"}]), "<= 30, got 0, 99"),
        (record(corrections=[{"start": 0, "end": True, "type": "x", "verdict": "added"}]), "got 0, True"),
        (record(corrections=[{"start": 0, "end": 3, "verdict": "added"}]), "type of a correction"),
        (record(corrections=[{"start": 0, "end": 3, "type": "x", "verdict": "relabelled"}]), '"to" goes with'),
        (record(corrections=[{"start": 0, "end": 3, "type": "x", "verdict": "added", "to": "y"}]), "got 'y'"),
        (record(entities=[{"start": 0, "end": 3, "type": ""}]), "type of an entity"),
        (record(entities=[]), "not in the file of --against"),
        (record(id="n2", entities=[]), "its text is not the one"),
    ],
)
def test_when_a_record_cannot_be_used_then_the_error_names_document_and_reason(given, part):
    with pytest.raises(InputError, match=part):
        corrections_of(given, {"n2": record(id="n2", text="another text", entities=[])})


def test_when_corrected_entities_come_alone_then_the_error_says_what_is_missing():
    with pytest.raises(InputError, match="--against"):
        corrections_of(record(entities=[]))
