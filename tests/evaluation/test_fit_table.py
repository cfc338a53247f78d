"""The tables of what fitting adds and of what rules cost, on made corpora and with a made student."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from evaluation.bench import rule_cost
from evaluation.corpora import read_corpus, read_sentences
from evaluation.fit_table import averages, fit_rows, sample
from evaluation.profiles import make_profiles
from evaluation.remember import Remembering
from evaluation.tables import render
from hybrid_ner.rules import load_packs
from hybrid_ner.schema import TypeSet
from tests.evaluation.made import row, write_corpus
from tests.fitting.kitchen import KitchenStudent, kitchen, recipes

KITCHEN_TYPES = {
    "FOOD": {"name": "food", "definition": "what is eaten"},
    "UNIT": {"name": "unit", "definition": "a measure"},
}


def rows(count: int, seed: int) -> list:
    documents = recipes(count, seed)
    return [row(n, d.text, *((e.text, e.type.upper()) for e in d.entities)) for n, d in enumerate(documents)]


@pytest.fixture
def recipe_folder(tmp_path: Path) -> Path:
    for name, role in (("cooking", "zero_shot_dev"), ("baking", "supervised_benchmark")):
        splits = {"train": rows(12, 2), "dev": rows(12, 0), "test": rows(6, 1)}
        write_corpus(tmp_path, name, role=role, nested=False, types=KITCHEN_TYPES, rows=splits)
    entries = [{"name": "cooking", "role": "zero_shot_dev"}, {"name": "baking", "role": "supervised_benchmark"}]
    (tmp_path / "catalog.yaml").write_text(yaml.safe_dump(entries))
    return tmp_path


def test_the_table_says_what_each_number_of_sentences_adds(recipe_folder):
    corpus = read_corpus(recipe_folder / "cooking")
    found = fit_rows(kitchen("default"), [corpus], sizes=(5, 50), seeds=(0,))
    small, large = found[0]["fitted"]
    assert "too few" in small["runs"][0]["note"] and small["f1"] == found[0]["f1"]
    assert large["runs"][0]["sentences"] == 12
    assert large["f1"] > found[0]["f1"] + 20
    facts = {"suite": "dev", "size": 8, "seeds": 1, "limit": None, "command": "python -m evaluation fit-table"}
    student = {"name": "kitchen", "precision": "int8"}
    table = render([{"kind": "fit", **facts, "student": student, "corpora": found, "average": averages(found)}])
    assert "| F1 (dev, test) | default pack | fit, 5 sentences | fit, 50 sentences |" in table
    assert "cooking has 12" in table and "**1 of 8 corpora only.**" in table


def test_a_smaller_sample_is_part_of_a_larger_one_and_a_seed_always_draws_the_same(recipe_folder):
    sentences = read_sentences(read_corpus(recipe_folder / "cooking"), "dev")
    ids = [{document.id for document in sample(sentences, size, 0)} for size in (4, 8)]
    assert ids[0] < ids[1] and len(ids[1]) == 8
    assert ids[1] == {document.id for document in sample(sentences, 8, 0)}


def test_a_remembering_student_reads_a_text_once_and_says_the_same():
    calls = []

    class Counting(KitchenStudent):
        def propose(self, texts, types):
            calls.append(list(texts))
            return super().propose(texts, types)

    student, types = Remembering(Counting()), TypeSet.of(["food", "unit"])
    first = list(student.propose(["a cup", "b"], types))
    again = list(student.propose(["b", "a cup", "b"], types))
    assert again == [first[1], first[0], first[1]]
    assert [text for texts in calls for text in texts] == ["a cup", "b"]
    assert student.threshold == KitchenStudent.threshold


def test_profiles_are_made_by_the_command_and_quote_only_what_is_open(recipe_folder, tmp_path, monkeypatch):
    monkeypatch.setattr("hybrid_ner.cli.fit.load_extractor", lambda job: kitchen("default"))
    (path,) = make_profiles(recipe_folder, tmp_path, size=12)
    text = path.read_text()
    assert path.name == "baking.yaml"
    assert "# Learned by `hybrid-ner fit` from baking-train-12.jsonl: 12 sentences" in text
    assert "licence: unstated" in text
    assert "mention:" not in text and "kind: gazetteer" not in text
    assert load_packs(["default", path]).packs[1].name == "baking"


def test_the_huge_pack_has_as_many_rules_and_names_as_it_says(tmp_path, monkeypatch):
    monkeypatch.setattr(rule_cost, "ENTRIES", 500)
    path = tmp_path / "huge.yaml"
    path.write_text(rule_cost.huge_pack(["person", "city", "date"]), encoding="utf-8")
    (pack,) = load_packs([path]).packs
    assert len(pack.rules) == rule_cost.RULES
    listed = [entry for rule in pack.rules for entry in rule.fields.get("entries", ())]
    assert len(listed) == 500
