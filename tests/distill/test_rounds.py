"""Rounds without a teacher: critics keep what a student says twice, and every round's gain is measured."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from hybrid_ner.distill.corpus.build import CorpusSettings, corpus_step
from hybrid_ner.distill.files import read_json, read_records
from hybrid_ner.distill.manifest import Step, run_step
from hybrid_ner.distill.rounds import run
from hybrid_ner.distill.rounds.critics import Critics, CriticSettings
from hybrid_ner.distill.rounds.run import RoundSettings, run_rounds
from hybrid_ner.errors import UsageError
from hybrid_ner.schema import Decision, Document, EntityType, Proposal, TypeSet, View
from hybrid_ner.students.folder import FILES, find_student

PERSON = EntityType("person", "A human being, by name.", aliases=("human",))
CITY = EntityType("city", "A town or city.")
TYPES = TypeSet((PERSON, CITY))
TEXTS = [
    "Marie Curie was born in Warsaw and worked at the University of Paris.",
    "Angela Merkel met Barack Obama in Berlin before flying to Washington.",
    "nothing of note happened",
]
VAGUE = "The Danish utility and Siemens met the patient of Baker Street near the river."


def judged(types=TYPES, texts=TEXTS, **settings):
    return list(Critics(None, types, CriticSettings(**settings)).judge(texts))


LENIENT = {"confidence": 0.0, "views": 0.0, "rules": False}


def test_labels_that_all_critics_let_by_are_kept_and_every_rejection_is_counted():
    lenient = judged(**LENIENT)
    assert [j.kept for j in lenient] == [j.proposed for j in lenient] and lenient[0].kept and not lenient[2].kept
    strict = judged(confidence=0.97)  # more than the student is sure of anything
    assert [j.proposed for j in strict] == [j.proposed for j in lenient]
    for one in strict:
        assert set(one.kept) <= set(one.proposed)
        assert one.rejected.keys() == {"confidence", "views", "rules"}
        assert len(one.proposed) - len(one.kept) <= sum(one.rejected.values())
    assert sum(len(j.kept) for j in strict) < sum(len(j.kept) for j in lenient)


def test_what_is_rejected_or_nearly_proposed_is_left_open_and_a_kept_label_is_not():
    strict, sure = judged(confidence=0.97), judged(**LENIENT, doubt=1.0)
    for one, certain in zip(strict, sure, strict=True):
        assert {label[:2] for label in one.proposed if label not in one.kept} <= set(one.doubtful)
        assert not {label[:2] for label in one.kept} & set(one.doubtful)
        assert certain.doubtful == ()
    near = judged(texts=[VAGUE], **LENIENT, doubt=0.2)
    assert sum(len(j.doubtful) for j in near) > 0


class Saying:
    """An extractor that finds one city in every text, by the views of it that have these scores."""

    def __init__(self, *scores):
        views = tuple(View("alias", "town", score) for score in scores)
        proposal = Proposal(0, 3, "city", 0.9, 0.9, "alias", views)
        self.decision = Decision(0, 3, "city", 0.9, proposed_score=0.9, proposal=proposal)

    def extract_many(self, texts, types, explain):
        return [Document(text, decisions=(self.decision,)) for text in texts]


@pytest.mark.parametrize(("share", "kept"), [(0.0, True), (0.5, True), (0.6, True), (0.7, False), (1.0, False)])
def test_views_vote_and_unanimity_is_only_the_strictest_vote(share, kept):
    critics = Critics(None, TYPES, CriticSettings(views=share))
    critics._ner = Saying(0.9, 0.8, 0.01)  # two of three would have said it alone
    (found,) = critics.judge(["Ulm."])
    assert bool(found.kept) == kept and found.rejected["views"] == (not kept)
    assert found.doubtful == (() if kept else ((0, 3),))


def test_a_type_s_own_threshold_is_what_its_labels_must_reach():
    strict = TypeSet((EntityType("person", PERSON.definition, threshold=1.0), CITY))
    proposed = {kind for j in judged(strict, **LENIENT) for _, _, kind in j.proposed}
    assert proposed == {"city"}


def test_when_shares_are_above_one_then_they_are_named():
    with pytest.raises(UsageError, match=r"views and doubt are 2 and 0\.5"):
        CriticSettings(views=2)


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
        trained.append((dataset, settings))

        def make(folder):
            shutil.copytree(find_student(None), folder / "student", dirs_exist_ok=True)
            config = read_json(folder / "student" / "config.json")
            config["threshold"] = 0.16 if len(trained) == 1 else 0.995
            (folder / "student" / "config.json").write_text(json.dumps(config))
            (folder / "run-x").mkdir(exist_ok=True)
            return [f"student/{file}" for file in FILES]

        return run_step(Step("student", 1), output, make)

    monkeypatch.setattr(run, "student_step", train)
    settings = RoundSettings(
        types=str(place / "types.yaml"),
        gold=str(place / "gold.jsonl"),
        critics={"confidence": 0.6},
        student_settings={"train": {"steps": 5}},
    )
    report = run_rounds(place / "corpus", settings, place / "rounds")
    rows = report["rounds"]
    assert [row["round"] for row in rows] == [0, 1, 2]
    assert rows[0]["f1"] > 0 and rows[1]["gain"] == 0.0 and rows[2]["gain"] == -rows[1]["f1"]
    assert (report["best"], report["gain"]) == (0, 0.0)
    assert read_json(place / "rounds" / "rounds.json") == report
    assert "student" not in report and not (place / "rounds" / "student").exists()
    assert rows[1]["labels"]["passages"] == 36 and 0 < rows[1]["labels"]["kept"] <= rows[1]["labels"]["proposed"]
    # Each round starts from the student that labelled, keeps its threshold, and learns slowly, in fp32.
    assert [settings.precision for _, settings in trained] == ["fp32", "fp32"]
    assert not any(settings.fit_threshold for _, settings in trained)
    starts = [settings.train.pop("start") for _, settings in trained]
    assert starts == [str(find_student(None)), str(place / "rounds" / "round-1" / "student" / "student")]
    assert trained[0][1].train == {"steps": 5, "encoder_rate": 1e-5, "head_rate": 5e-5, "dropout": 0.0}
    rows = list(read_records(Path(trained[0][0]) / "distilled" / "train.jsonl.gz"))
    assert any(row["entities"] for row in rows)
    # No passage is partial for a doubt in it: what is in doubt is open, and says where.
    catalog = yaml.safe_load((Path(trained[0][0]) / "catalog.yaml").read_text())
    assert [entry["name"] for entry in catalog] == ["distilled"] and any(row.get("doubtful") for row in rows)


def test_when_a_round_gains_then_its_student_is_exported_in_the_wanted_precision(place, monkeypatch):
    """As above, but a first student that finds nothing gives way to one that does."""
    deaf = Path(shutil.copytree(find_student(None), place / "deaf"))

    def train(dataset, settings, output):
        def make(folder):
            shutil.copytree(find_student(None), folder / "student")
            (folder / "run-x").mkdir()
            return [f"student/{file}" for file in FILES]

        return run_step(Step("student", 1), output, make)

    def export(run, folder, precision):
        exported.append((run.name, read_json(folder / "config.json")["threshold"], precision))

    exported = []
    monkeypatch.setattr(run, "student_step", train)
    monkeypatch.setattr(run, "export_or_fp32", export)
    monkeypatch.setattr(run, "_measured", lambda student, gold, folder: {"f1": 0.0 if student == deaf else 50.0})
    settings = RoundSettings(str(place / "types.yaml"), str(place / "gold.jsonl"), rounds=1, student=str(deaf))
    for _ in range(2):
        report = run_rounds(place / "corpus", settings, place / "rounds")
        assert (report["best"], report["gain"]) == (1, 50.0)
    assert exported == [("run-x", read_json(deaf / "config.json")["threshold"], "int8")]  # once
    assert find_student(place / "rounds" / "student") == place / "rounds" / "student"


@pytest.mark.parametrize("settings", [{}, {"types": "person"}, {"types": "person", "gold": "x", "rounds": 0}])
def test_when_settings_are_missing_then_they_are_named(settings):
    with pytest.raises(UsageError, match="rounds"):
        RoundSettings(**settings)
