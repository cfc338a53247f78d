"""The stages, segments and names around a student that finds every capitalised word."""

from __future__ import annotations

import pytest
import yaml

from evaluation.ablations import conditioning, segments, stages, training, types
from evaluation.corpora import read_corpus
from evaluation.remember import Remembering
from evaluation.student import Setup
from evaluation.suite import predict, read_splits
from evaluation.suites import SUITES, read_suite
from hybrid_ner.errors import UsageError
from hybrid_ner.extractor import HybridNER
from hybrid_ner.rules import load_packs
from hybrid_ner.schema import EntityType, TypeSet
from hybrid_ner.training.config import TrainConfig
from tests.fakes import CapitalsStudent

TYPES = [EntityType("person"), EntityType("city")]
TEXT = "Ada met Bob."


@pytest.fixture
def ner():
    return HybridNER(CapitalsStudent(), load_packs(()))


def found(extractor, text=TEXT, types=TYPES, **options):
    (document,) = extractor.extract_many([text], types, **options)
    return sorted((e.text, e.type, round(e.score, 2)) for e in document.entities)


def by_name(variants):
    return {v.name: v for v in variants}


def test_when_the_last_stage_is_left_out_then_what_gave_way_stays(ner):
    variants = by_name(stages.variants(ner, "name"))
    assert found(variants["all stages"].extractor()) == [("Ada", "person", 0.9), ("Bob", "person", 0.9)]
    alone = found(variants["student alone"].extractor())
    assert alone == [("Ada", "city", 0.8), ("Ada", "person", 0.9), ("Bob", "city", 0.8), ("Bob", "person", 0.9)]
    assert found(variants["student + index"].extractor()) == [("Ada", "person", 0.9), ("Bob", "person", 0.9)]


def test_when_a_stage_is_left_out_then_the_rest_of_the_pipeline_is_as_it_was(ner):
    variants = by_name(stages.variants(HybridNER(ner.student, load_packs(("default",))), "name"))
    full = variants["all stages"].extractor()
    assert not variants["all but the index"].extractor().use_index and full.use_index
    assert variants["all but the rules"].extractor().rules.packs == () != full.rules.packs
    assert variants["all but repeats"].extractor().repeat is False
    assert {v.against for v in variants.values()} == {None, "all stages"}


def test_when_a_student_that_reads_definitions_is_given_then_it_has_a_row_of_its_own(ner):
    other = HybridNER(CapitalsStudent(), load_packs(("default",)))
    made = {v.name: v for v in stages.variants(ner, "both", other)}
    row = made["student alone, by definition"]
    assert row.view == "definition" and row.extractor().student is other.student
    assert "student alone, by definition" not in {v.name for v in stages.variants(ner, "both")}


class Counting(CapitalsStudent):
    def __init__(self):
        self.asked = []

    def propose(self, texts, types):
        self.asked += texts
        return super().propose(texts, types)


def test_when_several_variants_run_then_the_student_reads_each_text_once(ner):
    student = Counting()
    for variant in stages.variants(HybridNER(student, load_packs(())), "name"):
        found(variant.extractor())
    assert student.asked == [TEXT]


def test_when_texts_repeat_then_a_remembering_student_answers_as_the_student_does():
    types = TypeSet.of(TYPES)
    texts = ["Ada", "Bob saw Ada", "Ada"]
    plain, remembering = CapitalsStudent(), Remembering(CapitalsStudent())
    for _ in range(2):
        assert list(remembering.propose(texts, types)) == list(plain.propose(texts, types))
    assert remembering.threshold == plain.threshold


def test_when_types_are_asked_one_by_one_then_their_spans_meet_after_all(ner):
    together = found(ner)
    assert found(segments.Segmented(ner, 1)) == [("Ada", "city", 0.9), ("Bob", "city", 0.9)]  # equal scores: by name
    apart = found(segments.Segmented(ner, 1, merge=False))
    assert len(apart) == 4 and {t for _, t, _ in apart} == {"city", "person"}
    assert found(segments.Segmented(ner, 2)) != [] and len(together) == 2


def test_when_the_corpus_s_name_is_put_before_its_types_then_spans_count_for_the_types(ner, data):
    (people,) = read_splits(read_suite(SUITES["dev"], data, only=("people",)), "test")
    asked = conditioning.conditioned(people.corpus, "name")
    assert [(a.type.name, a.scores_as) for a in asked] == [
        ("people: person", "person"),
        ("people: location", "location"),
    ]
    predicted = predict(ner, people, "name", None, asked=asked)
    assert {name for spans in predicted.scored for *_, name in spans} == {"person"}


def test_when_a_folder_is_conditioned_then_manifests_have_the_names_and_rows_are_the_same(data, tmp_path):
    folder = conditioning.conditioned_folder(data, tmp_path / "made")
    assert conditioning.conditioned_folder(data, tmp_path / "made") == folder  # again, over what is there
    made, given = read_corpus(folder / "people"), read_corpus(data / "people")
    assert [t.name for t in made.types] == ["people: person", "people: location"]
    assert [t.definition for t in made.types] == [t.definition for t in given.types]
    assert (folder / "people" / "dev.jsonl.gz").read_bytes() == (data / "people" / "dev.jsonl.gz").read_bytes()
    assert yaml.safe_load((data / "people" / "manifest.yaml").read_text())["types"]["PER"]["name"] == "person"


def test_when_types_are_asked_in_each_way_then_the_student_is_loaded_for_it(monkeypatch):
    monkeypatch.setattr(Setup, "load", lambda self: self.view)
    made = types.variants(Setup())
    assert [(v.name, v.extractor()) for v in made] == [
        ("name", "name"),
        ("definition", "definition"),
        ("name and definition", "both"),
    ]


@pytest.fixture
def recipe(tmp_path):
    return training.Recipe(TrainConfig(steps=3), tmp_path, tmp_path / "runs")


def test_when_negatives_are_ablated_then_a_student_is_trained_for_every_way_that_training_knows(monkeypatch, recipe):
    trained = []
    monkeypatch.setattr(training.Recipe, "student", lambda self, *made: trained.append(made) or "folder")
    monkeypatch.setattr(Setup, "load", lambda self: self)
    made = training.negatives(recipe, Setup(view="name"))
    assert [v.name for v in made][:3] == ["none", "uniform", "frequency"]
    assert made[0].against is None and made[1].against == "none"
    assert trained == []  # nothing is trained before its turn
    assert made[1].extractor().student == "folder"
    assert [(name, config.negative_sampling) for name, config, _ in trained] == [("uniform", "uniform")]


def test_when_training_knows_none_of_the_ways_then_the_error_lists_them(monkeypatch, recipe):
    monkeypatch.setattr(training, "NEGATIVES", ("sideways",))
    with pytest.raises(UsageError, match="none of sideways"):
        training.negatives(recipe, Setup())


def test_when_a_student_was_made_before_then_it_is_not_made_again(recipe):
    folder = recipe.folder / "students" / "none"
    folder.mkdir(parents=True)
    for name in ("config.json", "calibrated"):
        (folder / name).touch()
    assert recipe.student("none", recipe.config, recipe.data) == folder


def test_when_conditioning_is_trained_then_the_second_student_reads_the_conditioned_folder(monkeypatch, data, tmp_path):
    trained = []
    monkeypatch.setattr(training.Recipe, "student", lambda self, *made: trained.append(made) or "folder")
    monkeypatch.setattr(Setup, "load", lambda self: self)
    recipe = training.Recipe(TrainConfig(), data, tmp_path / "runs")
    plain, conditioned = training.conditioning(recipe, Setup(view="name"))
    assert conditioned.asked(read_corpus(data / "people"))[0].type.name == "people: person"
    for variant in (plain, conditioned):
        variant.extractor()
    assert [made[2] for made in trained] == [data, tmp_path / "runs" / "conditioned-data"]
    calibrated_for = trained[1][3](read_corpus(data / "people"))
    assert [a.type.name for a in calibrated_for] == ["people: person", "people: location"] and len(trained[0]) == 3
