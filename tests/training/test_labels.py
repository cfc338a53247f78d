"""A teacher's labels find their passages in the corpora, and are asked as an open vocabulary is."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

pytest.importorskip("torch")

import numpy as np
import yaml

from hybrid_ner.errors import InputError, UsageError
from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.corpora import Row, TrainingCorpus, TypeText, with_library_definitions
from hybrid_ner.training.kinds import Kinds
from hybrid_ner.training.labels import load_labels
from hybrid_ner.training.sampling import QuestionSampler, TypeTexts
from hybrid_ner.training.train import train
from tests.training import made

TYPES = {"poet": {"definition": "One who writes verse."}, "person": None, "town": None}
ADA = {"start": 0, "end": 3, "types": ["poet", "person"]}


@pytest.fixture
def data(tmp_path):
    root = made.write_corpora(tmp_path / "corpora")
    rows = [{"id": "n1", "text": "Ada lives in Oslo .", "entities": []}, {"id": "n2", "text": "At all", "entities": []}]
    made.write_rows(root / "news" / "train.jsonl.gz", rows)
    return root


@pytest.fixture
def write(tmp_path):
    """Writes a folder of labels."""

    def write(*records, types=TYPES):
        folder = tmp_path / "labels"
        folder.mkdir(exist_ok=True)
        (folder / "manifest.yaml").write_text(yaml.safe_dump({"name": "teacher", "licence": "CC0", "types": types}))
        made.write_rows(folder / "labels.jsonl.gz", list(records))
        return folder

    return write


def labels(corpus="news", id="n1", entities=(ADA,)):
    return {"corpus": corpus, "id": id, "entities": list(entities)}


def load(folder, data, accepted=("news",), **options):
    return load_labels(folder, data, 7, accepted, {"person": ("human",)}, **options)


def test_when_labels_are_loaded_then_they_stand_in_the_corpus_text_with_every_type_of_a_mention(write, data):
    corpus = load(write(labels(), labels(id="n2", entities=())), data)
    assert corpus.rows == (Row("Ada lives in Oslo .", ((0, 3, "poet"), (0, 3, "person")), 7), Row("At all", (), 7))
    assert (corpus.name, corpus.licence, corpus.open, corpus.partial) == ("teacher", "CC0", True, False)
    assert corpus.types["poet"] == TypeText("poet", "One who writes verse.", ())
    assert corpus.types["person"].aliases == ("human",)
    assert corpus.frequency == {"poet": 1, "person": 1}


def test_when_a_type_has_other_definitions_then_it_can_be_shown_by_each(write, data):
    types = {**TYPES, "poet": {"definition": "One who writes verse.", "also": ["Author of poems."]}}
    corpus = load(write(labels(), types=types), data)
    assert corpus.types["poet"].definitions == ("One who writes verse.", "Author of poems.")
    reworded = with_library_definitions(corpus.types)["person"].definitions
    assert reworded and reworded == with_library_definitions({"person": TypeText("person", "")})["person"].definitions
    kept = with_library_definitions({"person": TypeText("person", "A human.", (), ("A man.",))})["person"].definitions
    assert kept == ("A human.", "A man.", *reworded)


def test_when_other_definitions_are_no_list_then_the_message_names_the_type(write, data):
    types = {**TYPES, "poet": {"definition": "One who writes verse.", "also": "Author of poems."}}
    with pytest.raises(InputError, match=r"manifest\.yaml.*'poet'"):
        load(write(labels(), types=types), data)


def test_when_a_passage_is_of_a_corpus_that_may_not_be_trained_on_then_it_is_left_out(write, data):
    corpus = load(write(labels(), labels("closed", "c1")), data)
    assert len(corpus.rows) == 1


def test_when_the_teacher_wrote_a_passage_itself_then_its_text_is_with_its_labels(write, data):
    written = {"id": "w1", "text": "Ada rhymes .", "entities": [ADA]}
    corpus = load(write(labels(), written), data)
    assert [row.text for row in corpus.rows] == ["Ada rhymes .", "Ada lives in Oslo ."]
    assert corpus.rows[0].gold == ((0, 3, "poet"), (0, 3, "person"))
    assert len(load(write(labels(), written), data, written=3).rows) == 4
    with pytest.raises(InputError, match=r"labels\.jsonl\.gz, line 1"):
        load(write({**written, "text": "A"}), data)


def test_when_a_limit_is_given_then_there_are_no_more_rows(write, data):
    assert len(load(write(labels(), labels(id="n2", entities=())), data, limit=1).rows) == 1


def test_when_no_passage_is_in_the_corpora_then_that_is_said(write, data):
    with pytest.raises(UsageError, match="none of the passages labelled"):
        load(write(labels(id="elsewhere")), data)


def test_when_the_folder_has_no_labels_then_that_is_said(tmp_path, data):
    with pytest.raises(UsageError, match=r"no labels\.jsonl\.gz"):
        load(tmp_path, data)


@pytest.mark.parametrize(
    "entity",
    [
        {"start": 0, "end": 99, "types": ["poet"]},
        {"start": 3, "end": 3, "types": ["poet"]},
        {"start": 0, "end": 3, "types": ["stranger"]},
        {"start": 0, "end": 3},
        "Ada",
    ],
)
def test_when_a_mention_is_broken_then_the_message_names_file_and_line(write, data, entity):
    with pytest.raises(InputError, match=r"labels\.jsonl\.gz, line 2"):
        load(write(labels(id="n2", entities=()), labels(entities=[entity])), data)


def test_when_types_of_an_open_vocabulary_are_like_those_of_a_mention_then_they_are_not_asked_in_vain():
    """A poet may well be a writer, and what is only called a person may be a nurse; a town is neither."""
    names = ("poet", "person", "writer", "nurse", "town", "river")
    shown = {name: TypeText(name, "") for name in names}
    kinds = Kinds([{"type": name, "is_a": "person"} for name in ("poet", "nurse")])

    def asked_in_vain(*gold):
        corpus = TrainingCorpus("t", shown, (Row("Ada lives", gold, 0),), Counter(), False, "", True)
        texts = TypeTexts([corpus])
        vectors = np.eye(len(names))
        vectors[names.index("writer")] = 0.8 * vectors[0] + 0.6 * vectors[2]  # near "poet"
        sampler = QuestionSampler([corpus], texts, vectors, TrainConfig(join_rate=0.5, lowercase_rate=0), kinds)
        rng, nrng = random.Random(1), np.random.default_rng(1)
        drawn = [sampler.draw(rng, nrng) for _ in range(50)]
        assert {question.text for question in drawn} == {"Ada lives"}  # and so never joined
        marked = {label for _, _, label in gold}
        return {asked.key[1] for question in drawn for asked in question.asked} - marked

    assert asked_in_vain((0, 3, "poet"), (0, 3, "person")) == {"nurse", "town", "river"}
    assert asked_in_vain((0, 3, "person")) == {"writer", "town", "river"}


def test_when_a_run_names_labels_then_it_learns_from_them_and_its_record_says_so(write, data, settings, tmp_path):
    folder = write(labels(), labels(id="n2", entities=()))
    config = TrainConfig(**{**settings, "steps": 2, "labels": str(folder), "reworded": True})
    run = train(config, data, tmp_path / "run", progress=False)
    corpora = json.loads((run / "record.json").read_text())["corpora"]
    assert corpora[-1] == {"name": "teacher", "sentences": 2, "types": 3, "licence": "CC0"}
