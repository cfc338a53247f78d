"""Passages held back from training: what each is asked, and how its answers are counted."""

from __future__ import annotations

import json

import pytest
import yaml

from evaluation import open_types
from evaluation.tables import render
from hybrid_ner.errors import InputError
from hybrid_ner.extractor import HybridNER
from hybrid_ner.rules import load_packs
from hybrid_ner.training.corpora import read_records
from hybrid_ner.training.labels import FILE, HELD
from tests.evaluation.made import row, write_corpus, write_lines
from tests.fakes import CapitalsStudent

TEXTS = ["Byron met Keats .", "rain fell on Rome .", "nobody slept ."]


def mention(text, word, *types):
    start = text.index(word)
    return {"start": start, "end": start + len(word), "types": list(types)}


@pytest.fixture
def labels(tmp_path):
    folder = tmp_path / "labels"
    folder.mkdir()
    names = ["poet", "writer", "city", "place", *(f"kind {n}" for n in range(8))]
    (folder / "manifest.yaml").write_text(yaml.safe_dump({"name": "labels", "types": dict.fromkeys(names)}))
    marked = [
        [mention(TEXTS[0], "Byron", "poet", "writer"), mention(TEXTS[0], "Keats", "poet", "writer")],
        [mention(TEXTS[1], "Rome", "city", "place"), *(mention(TEXTS[1], "rain", f"kind {n}") for n in range(8))],
        [],
    ]
    lines = [
        json.dumps({"corpus": "news", "id": f"s{n}", "entities": entities}) for n, entities in enumerate(marked)
    ]
    write_lines(folder / "held.jsonl.gz", lines)
    return folder


@pytest.fixture
def data(tmp_path):
    write_corpus(tmp_path / "data", "news", types={}, rows={"train": [row(n, t) for n, t in enumerate(TEXTS)]})
    return tmp_path / "data"


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(open_types, "DISTRACTORS", 1)


def test_a_passage_is_asked_for_its_own_types_and_for_some_of_the_others(labels, data, few):
    first, second = open_types.read_passages(data, labels)
    assert first.gold == {(0, 5): "poet", (10, 15): "poet"}
    assert first.asked[0] == "poet" and first.asked[1] in {"city", "kind 7"}
    assert set(second.asked) == {"city", "kind 7", "poet"}  # a mention marked twice keeps its last type


def test_the_same_passages_are_asked_the_same(labels, data, few):
    assert open_types.read_passages(data, labels) == open_types.read_passages(data, labels)


def test_a_span_counts_where_place_and_type_are_right(labels, data, few):
    passages = open_types.read_passages(data, labels)
    ner = HybridNER(CapitalsStudent(), load_packs(()))
    (found,) = open_types.measure_open_types(ner, passages, (0.5,))
    # Every capitalised word is taken for the first type asked: both poets and the city are right, the rain is missed.
    assert found == {"threshold": 0.5, "precision": 100.0, "recall": 75.0, "f1": 85.71}


def test_the_table_has_the_best_threshold_and_the_students_own():
    rows = [{"threshold": t, "precision": 50.0, "recall": 40.0, "f1": f} for t, f in ((0.1, 44.0), (0.2, 46.0))]
    result = {
        "kind": "open-types", "student": {"name": "mini"}, "own_threshold": 0.12, "rows": rows,
        "texts": "documents", "passages": 3, "mentions": 9, "distractors": 6, "command": "c",
    }  # fmt: skip
    table = render([result])
    assert "| mini | documents | 0.20 (best) | 50.0 | 40.0 | 46.0 |" in table
    assert "| mini | documents | 0.10 (nearest its own) | 50.0 | 40.0 | 44.0 |" in table


def test_a_line_without_labels_is_refused_by_its_number(labels, data):
    write_lines(labels / "held.jsonl.gz", ['{"corpus": "news"}'])
    with pytest.raises(InputError, match=r"held\.jsonl\.gz, line 1"):
        open_types.read_passages(data, labels)


@pytest.mark.parametrize("kind", HELD)
def test_the_shipped_held_back_texts_are_none_that_are_trained_on(kind):
    held, trained = (
        {(r.get("corpus"), r.get("text"), r["id"]) for _, r in read_records(open_types.LABELS / file)}
        for file in (HELD[kind], FILE)
    )
    assert held and not held & trained


def test_written_documents_are_read_without_a_corpus(labels, tmp_path):
    record = {"id": "w1", "text": TEXTS[1], "entities": [mention(TEXTS[1], "Rome", "city", "place")]}
    write_lines(labels / HELD["documents"], [json.dumps(record), json.dumps({**record, "entities": []})])
    (only,) = open_types.read_passages(tmp_path / "no corpora", labels, "documents")
    assert only.text == TEXTS[1] and only.gold == {(13, 17): "city"}
