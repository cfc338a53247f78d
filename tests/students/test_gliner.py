"""GLiNER behind the student's protocol, with a stand-in for its package."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

from hybrid_ner import HybridNER
from hybrid_ner.errors import MissingExtraError, ModelError
from hybrid_ner.schema import TypeSet
from hybrid_ner.students.gliner import LABELS


class FakeGLiNER:
    """Knows three words; records what it was asked."""

    KNOWN = (("Ada", "person", 0.9), ("Rome", "city", 0.8), ("Rome", "person", 0.3))

    def __init__(self):
        self.config = SimpleNamespace(max_len=64)
        self.calls = []

    @classmethod
    def from_pretrained(cls, name, map_location):
        if name == "no/such":
            raise OSError("cannot be fetched")
        return cls()

    def eval(self):
        return self

    def inference(self, texts, labels, *, flat_ner, multi_label, threshold, batch_size):
        assert not flat_ner and multi_label
        self.calls.append((texts, labels))
        return [
            [
                {"start": text.index(word), "end": text.index(word) + len(word), "label": label, "score": score}
                for word, label, score in self.KNOWN
                if word in text and label in labels and score >= threshold
            ]
            for text in texts
        ]


@pytest.fixture
def gliner(monkeypatch):
    module = ModuleType("gliner")
    module.GLiNER = FakeGLiNER
    monkeypatch.setitem(sys.modules, "gliner", module)


@pytest.mark.usefixtures("gliner")
def test_a_gliner_model_gets_index_and_rules_around_it():
    ner = HybridNER.load("gliner:some/model")
    document = ner.extract("Ada went to Rome.", ["person", "city"], explain=True)
    assert [(e.text, e.type, e.score) for e in document.entities] == [("Ada", "person", 0.9), ("Rome", "city", 0.8)]
    assert any(d.type == "person" and not d.kept and d.rival == "city" for d in document.decisions)


@pytest.mark.usefixtures("gliner")
def test_long_documents_and_long_type_lists_are_asked_in_parts():
    ner = HybridNER.load("gliner:some/model")
    types = TypeSet.of(["person", *[f"type {i}" for i in range(40)]])
    text = "word " * 200 + "Ada"
    (found,) = ner.student.propose([text], types)
    assert [(p.start, p.type) for p in found] == [(1000, "person")]
    calls = ner.student._model.calls
    assert len(calls) == 2 and max(len(labels) for _, labels in calls) <= LABELS
    assert len(calls[0][0]) > 5 and max(len(part.split()) for part in calls[0][0]) <= 32


@pytest.mark.usefixtures("gliner")
def test_types_can_be_asked_by_definition():
    student = HybridNER.load("gliner:some/model", views=("definition",)).student
    list(student.propose(["Ada"], TypeSet.of({"person": "a human being", "city": None, "town": "a human being"})))
    assert sorted(student._model.calls[0][1]) == ["a human being", "city", "town"]


@pytest.mark.usefixtures("gliner")
def test_when_the_model_cannot_be_loaded_then_it_says_so():
    with pytest.raises(ModelError, match="'no/such'"):
        HybridNER.load("gliner:no/such")


def test_when_the_package_is_missing_then_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "gliner", None)
    with pytest.raises(MissingExtraError, match=r"hybrid-ner\[gliner\]"):
        HybridNER.load("gliner:some/model")
