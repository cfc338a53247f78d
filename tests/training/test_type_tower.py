"""A type tower that learns: trained, exported, restored and started from as the rest of the student is."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch
from safetensors.torch import load_file

from hybrid_ner.students.torch import embed_texts, load_encoder
from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.export import export_student
from hybrid_ner.training.restore import restore_student
from hybrid_ner.training.shown import ShownTexts
from hybrid_ner.training.train import train
from hybrid_ner.words import WordEncoder

from .test_train import scores

TABLE = "embeddings.word_embeddings.weight"


@pytest.fixture(scope="module")
def typed(data, settings, tmp_path_factory):
    config = TrainConfig(**{**settings, "type_rate": 1e-3})
    return train(config, data, tmp_path_factory.mktemp("typed"), progress=False)


def test_it_learns_while_its_vocabulary_stays(typed, bert):
    weights, untouched = load_file(typed / "student.safetensors"), load_encoder(str(bert)).state_dict()
    assert torch.equal(weights[f"typed.{TABLE}"], untouched[TABLE])
    learned = [n for n, v in untouched.items() if not torch.equal(weights[f"typed.{n}"], v)]
    assert len(learned) > 10 and not any("pooler" in name for name in learned)
    found = scores(typed, "Ada Brown lives in Oslo .", ["person", "city"])
    assert found["Ada Brown", "person"] > 0.5 > found["Ada Brown", "city"]


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_it_is_what_the_exported_student_reads_types_with(typed, tmp_path, precision):
    folder = export_student(typed, tmp_path / "student", precision=precision)  # refused where PyTorch finds others
    trained, restored = load_file(typed / "student.safetensors"), restore_student(folder).state_dict()
    assert restored.keys() == trained.keys()
    tolerance = {"fp32": 1e-6, "int8": 0.05}[precision]
    assert all(torch.allclose(restored[n], trained[n], atol=tolerance) for n in trained if "pooler" not in n)


def test_training_can_go_on_with_it_as_it_is(typed, data, settings, tmp_path):
    heads = {**settings["heads"], "type_tower": True}
    config = TrainConfig(**{**settings, "steps": 3, "heads": heads, "start": str(typed)})
    before = load_file(typed / "student.safetensors")
    after = load_file(train(config, data, tmp_path / "on", progress=False) / "student.safetensors")
    moved = {name.partition(".")[0] for name in before if not torch.equal(after[name], before[name])}
    assert "encoder" in moved and "typed" not in moved


def test_training_goes_on_from_it_and_from_a_student_without_one(typed, run, data, settings, bert, tmp_path):
    still = {"encoder_rate": 0.0, "head_rate": 0.0, "type_rate": 1e-12, "steps": 1}
    untouched = load_encoder(str(bert)).state_dict()
    for start, expected in ((typed, load_file(typed / "student.safetensors")), (run, None)):
        config = TrainConfig(**{**settings, **still, "start": str(start)})
        weights = load_file(train(config, data, tmp_path / start.name, progress=False) / "student.safetensors")
        for name, value in untouched.items():
            wanted = value if expected is None else expected[f"typed.{name}"]
            assert torch.allclose(weights[f"typed.{name}"], wanted, atol=1e-6)


def test_texts_are_embedded_as_sentences_in_any_order(bert):
    encoder, words = load_encoder(str(bert)).eval(), WordEncoder.from_file(bert / "tokenizer.json")
    texts = ["city", "person: A human being .", "drug", "Ada Brown lives in Oslo .", "a", "city: Oslo"]
    shown = ShownTexts(texts, words, "cpu")
    numbers = torch.tensor([3, 0, 5, 5, 1])
    expected = embed_texts(encoder, words, texts)[numbers]
    assert torch.allclose(shown.embed(encoder, numbers), expected, atol=1e-5)
    assert shown.embed(encoder, numbers[:1]).requires_grad
