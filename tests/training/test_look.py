"""The second look learns which types a mention alone is of, and leaves the rest of the student as it is."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

from hybrid_ner.students.torch import SpanStudent, StudentConfig, embed_texts, load_encoder
from hybrid_ner.training import look
from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.corpora import load_training_corpora
from hybrid_ner.training.kinds import Kinds
from hybrid_ner.training.pairs import TypePairs
from hybrid_ner.training.sampling import TypeTexts
from hybrid_ner.words import WordEncoder
from tests.training.made import CITIES, DRUGS, PEOPLE

RECORDS = [
    {"type": "capital", "is_a": "city", "mentions": ["Oslo", "Lima", "Bern", "Quito"], "open_licence": True},
    {"type": "few", "mentions": ["Mia", "Tom"], "open_licence": True},
]


@pytest.fixture
def setting(data, bert):
    """Everything that the second look is trained with."""
    corpora = load_training_corpora(data, open_licence_only=True)
    pairs, untouched = TypePairs.of(RECORDS, open_licence_only=True), load_encoder(str(bert)).eval()
    texts, words = TypeTexts([*corpora, pairs]), WordEncoder.from_file(bert / "tokenizer.json")
    shown = embed_texts(untouched, words, texts.texts)
    return untouched, words, corpora, pairs, texts, shown, Kinds(RECORDS)


@pytest.fixture
def student(bert):
    torch.manual_seed(0)
    return SpanStudent(load_encoder(str(bert)), StudentConfig(max_width=4, hidden=16, mention_hidden=8, context=4))


def fit(student, setting, steps=150):
    config = TrainConfig(look_steps=steps, seed=3)
    material = look.gather_material(*setting, config)
    return look.fit_look(student, material, setting[4], setting[5], config, progress=False)


@torch.no_grad()
def similarity(student, setting, mentions, types):
    untouched, words = setting[:2]
    left = student.mention_look(embed_texts(untouched, words, list(mentions)))
    return left @ student.type_look(embed_texts(untouched, words, list(types))).T


def test_when_the_look_is_trained_then_mentions_lie_nearest_their_own_types(student, setting):
    def hits():
        nearest = similarity(student, setting, (*PEOPLE, *CITIES), ("person", "city")).argmax(1).tolist()
        return sum(a == b for a, b in zip(nearest, [0] * len(PEOPLE) + [1] * len(CITIES), strict=True))

    before = hits()
    fit(student, setting, 600)
    assert hits() >= before + 3


def test_when_the_look_is_trained_then_nothing_else_of_the_student_changes(student, setting):
    before = {name: value.clone() for name, value in student.state_dict().items()}
    fit(student, setting, 3)
    changed = {name for name, value in student.state_dict().items() if not torch.equal(value, before[name])}
    assert changed and all(name.startswith("look_") for name in changed)


def test_when_the_seed_is_the_same_then_so_is_the_look(student, setting):
    state = {name: value.clone() for name, value in student.state_dict().items()}
    first = fit(student, setting, 5)
    student.load_state_dict(state)
    assert fit(student, setting, 5) == first


def test_when_material_is_gathered_then_types_with_few_mentions_are_left_out_and_kinds_do_not_count_against(setting):
    _, _, corpora, pairs, _, _, _ = setting
    material = look.gather_material(*setting, TrainConfig())
    sources = [*corpora, pairs]
    names = [sources[source].types[label].name for source, label in material.keys]
    assert "few" not in names and {"person", "city", "capital", "drug"} <= set(names)
    city, capital = names.index("city"), names.index("capital")
    apart = [i for i, (source, _) in enumerate(material.keys) if source == material.keys[city][0]]
    assert material.shut[city, capital]  # of a city nobody says whether it is a capital
    assert not any(material.shut[i, j] for i in apart for j in apart if names[i] != names[j])
    assert len(material.embeddings) == len({*PEOPLE, *CITIES, *DRUGS}) + sum(name == "university" for name in names) * 5
