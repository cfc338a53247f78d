"""Many passages read at once by PyTorch, as on CUDA: what ONNX Runtime finds in each by itself."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from hybrid_ner.resources import data_folder
from hybrid_ner.schema import TypeSet
from hybrid_ner.students import batched
from hybrid_ner.students.batched import BatchedTower
from hybrid_ner.students.onnx import OnnxStudent

TYPES = TypeSet.of({"person": "A human being.", "city": None, "organization": None})
TEXTS = [
    "Marie Curie moved from Warsaw to Paris .",
    "",
    "Siemens opened an office in Oslo , said Ada Brown . " * 40,  # several passages
    "nothing to see",
    "Lima",
    "Angela Merkel met Barack Obama in Berlin before she flew to Washington .",
    "The University of Leeds and Toyota hired Grace Hopper , who lives in Madrid .",
]


@pytest.fixture(scope="module")
def folder():
    return data_folder("models") / "mini"


@pytest.fixture(scope="module")
def student(folder):
    student = OnnxStudent(folder, cache=False)
    student._text = BatchedTower(folder, "cpu")
    return student


def found(student, texts=TEXTS):
    return [{(p.start, p.end, p.type): p.score for p in of} for of in student.propose(texts, TYPES)]


def test_the_same_is_found_but_for_what_int8_rounds(student, folder):
    ours, theirs = found(student), found(OnnxStudent(folder, cache=False))
    sure = [{key for key, score in of.items() if score > 0.2} for of in theirs]
    assert sum(map(len, sure)) > 20
    for batch, alone, wanted in zip(ours, theirs, sure, strict=True):
        assert len(wanted - batch.keys()) <= 0.1 * len(wanted)
        shared = batch.keys() & alone.keys()
        assert sum(abs(batch[key] - alone[key]) for key in shared) <= 0.1 * len(shared)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_how_many_are_read_at_once_changes_nothing(student, monkeypatch, size):
    together = found(student)
    monkeypatch.setattr("hybrid_ner.students.onnx.PASSAGES", size)
    for a, b in zip(together, found(student), strict=True):
        assert a.keys() == b.keys()
        assert all(a[key] == pytest.approx(b[key], abs=1e-4) for key in a)
    assert size < batched.PASSAGES


def test_candidates_and_mentions_are_read_so_too(student, folder):
    other = OnnxStudent(folder, cache=False)
    for (spans, vectors), (others, _) in zip(student.candidates(TEXTS), other.candidates(TEXTS), strict=True):
        assert len(spans) == len(vectors)
        assert len(set(spans) ^ set(others)) <= 1 + 0.2 * len(others)
    for ours, theirs in zip(student.mentions(TEXTS, 1.0), other.mentions(TEXTS, 1.0), strict=True):
        assert len({one[:2] for one in ours} ^ {one[:2] for one in theirs}) <= 1 + 0.2 * len(theirs)
