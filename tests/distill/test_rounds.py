"""Rounds without a teacher: critics keep what a student says twice, and every round's gain is measured."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from hybrid_ner.distill.corpus.build import CorpusSettings, corpus_step
from hybrid_ner.distill.files import read_json, read_records
from hybrid_ner.distill.rounds import run
from hybrid_ner.distill.rounds.critics import Critics, CriticSettings, _renamed
from hybrid_ner.distill.rounds.run import RoundSettings, run_rounds
from hybrid_ner.errors import UsageError
from hybrid_ner.schema import Document, EntityType, TypeSet
from hybrid_ner.students.folder import find_student

PERSON = EntityType("person", "A human being, by name.", aliases=("human",))
CITY = EntityType("city", "A town or city.")
TYPES = TypeSet((PERSON, CITY))
TEXTS = [
    "Marie Curie was born in Warsaw and worked at the University of Paris.",
    "Angela Merkel met Barack Obama in Berlin before flying to Washington.",
    "nothing of note happened",
]


def judged(types=TYPES, **settings):
    return list(Critics(None, types, CriticSettings(**settings)).judge(TEXTS))


def test_labels_that_all_critics_let_by_are_kept_and_every_rejection_is_counted():
    lenient = judged(confidence=0.0, definitions=False, aliases=False, rules=False)
    assert [j.kept for j in lenient] == [j.proposed for j in lenient] and lenient[0].kept and not lenient[2].kept
    strict = judged(confidence=0.97)  # more than the student is sure of anything
    assert [j.proposed for j in strict] == [j.proposed for j in lenient]
    for one in strict:
        assert set(one.kept) <= set(one.proposed)
        assert one.rejected.keys() == {"confidence", "definitions", "aliases", "rules"}
        assert len(one.proposed) - len(one.kept) <= sum(one.rejected.values())
    assert sum(len(j.kept) for j in strict) < sum(len(j.kept) for j in lenient)


def test_a_critic_that_a_type_gives_nothing_to_lets_its_labels_by():
    found = judged(types=TypeSet.of(["person", "city"]), confidence=0.0, rules=False)
    assert [j.kept for j in found] == [j.proposed for j in found]


def test_a_view_that_contradicts_rejects():
    critics = Critics(None, TYPES, CriticSettings(confidence=0.0, aliases=False))
    critics._by_definition = Blind()
    for found in critics.judge(TEXTS):
        assert found.kept == () and found.rejected["definitions"] == len(found.proposed)


class Blind:
    """An extractor that finds nothing."""

    def extract_many(self, texts, types):
        return [Document(text) for text in texts]


def test_types_are_renamed_to_free_aliases_only():
    town = EntityType("town", aliases=("city", "burg"))
    types, original = _renamed(TypeSet((PERSON, EntityType("human"), town, CITY)))
    assert original == {"person": "person", "human": "human", "burg": "town", "city": "city"}
    assert types.names == ("person", "human", "burg", "city")
    assert _renamed(TypeSet.of(["person"])) is None


@pytest.fixture
def place(tmp_path):
    """A corpus, a labelled file and a types file."""
    rows = [f"{text} Copy number {n} of what was said about it." for n in range(12) for text in TEXTS]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
    settings = CorpusSettings(inputs=(str(tmp_path / "in.jsonl"),), duplicate=1.0, quality={"languages": []})
    corpus_step(settings, tmp_path / "corpus")
    spans = [(0, 11, "person"), (24, 30, "city")]
    entities = [{"start": a, "end": b, "type": t, "text": TEXTS[0][a:b]} for a, b, t in spans]
    (tmp_path / "gold.jsonl").write_text(json.dumps({"id": "1", "text": TEXTS[0], "entities": entities}) + "\n")
    (tmp_path / "types.yaml").write_text("person: A human being, by name.\ncity: A town or city.\n")
    return tmp_path


def test_rounds_are_made_once_and_report_the_gain_of_each(place, monkeypatch):
    """Training is stood in for by a copy of the embedded student with another threshold, worse each time."""
    trained = []

    def train(dataset, settings, output):
        trained.append((dataset, settings.train))
        shutil.copytree(find_student(None), output / "student", dirs_exist_ok=True)
        config = read_json(output / "student" / "config.json")
        config["threshold"] = 0.16 if len(trained) == 1 else 0.995
        (output / "student" / "config.json").write_text(json.dumps(config))
        (output / "run-x").mkdir(exist_ok=True)
        return True

    monkeypatch.setattr(run, "student_step", train)
    settings = RoundSettings(
        types=str(place / "types.yaml"),
        gold=str(place / "gold.jsonl"),
        critics={"confidence": 0.0},
        student_settings={"train": {"steps": 5}},
    )
    report = run_rounds(place / "corpus", settings, place / "rounds")
    rows = report["rounds"]
    assert [row["round"] for row in rows] == [0, 1, 2]
    assert rows[0]["f1"] > 0 and rows[1]["gain"] == 0.0 and rows[2]["gain"] == -rows[1]["f1"]
    assert (report["best"], report["gain"]) == (0, 0.0)
    assert read_json(place / "rounds" / "rounds.json") == report
    assert rows[1]["labels"]["passages"] == 36 and 0 < rows[1]["labels"]["kept"] <= rows[1]["labels"]["proposed"]
    # The second round starts from the first one's weights; each learns from its own labels.
    assert trained[0][1] == {"steps": 5}
    assert trained[1][1] == {"steps": 5, "start": str(place / "rounds" / "round-1" / "student" / "run-x")}
    corpora = Path(trained[0][0])
    whole = list(read_records(corpora / "distilled" / "train.jsonl.gz"))
    assert any(row["entities"] for row in whole)


@pytest.mark.parametrize("settings", [{}, {"types": "person"}, {"types": "person", "gold": "x", "rounds": 0}])
def test_when_settings_are_missing_then_they_are_named(settings):
    with pytest.raises(UsageError, match="rounds"):
        RoundSettings(**settings)
