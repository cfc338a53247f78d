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
    shown = ShownTexts(texts, words, "cpu", encoder)
    numbers = torch.tensor([3, 0, 5, 5, 1])
    expected = embed_texts(encoder, words, texts)[numbers]
    assert torch.allclose(shown.embed(numbers), expected, atol=1e-5)
    assert shown.embed(numbers[:1]).requires_grad


def test_texts_that_are_not_read_anew_are_as_they_were_last_read(bert):
    encoder, words = load_encoder(str(bert)).eval(), WordEncoder.from_file(bert / "tokenizer.json")
    texts, numbers = [f"city {number}" for number in range(40)], torch.arange(40)
    shown = ShownTexts(texts, words, "cpu", encoder, share=0.5)
    before = embed_texts(encoder, words, texts)
    with torch.no_grad():
        encoder.embeddings.LayerNorm.weight.mul_(torch.rand(encoder.config.hidden_size))
    after = embed_texts(encoder, words, texts)
    torch.manual_seed(1)
    first = shown.embed(numbers)
    anew = [torch.allclose(one, new, atol=1e-5) for one, new in zip(first, after, strict=True)]
    assert 10 < sum(anew) < 30
    for read, one, old in zip(anew, first, before, strict=True):
        assert read or torch.allclose(one, old, atol=1e-5)
    (first * torch.tensor([not read for read in anew])[:, None]).sum().backward()
    assert not any(p.grad is not None and p.grad.any() for p in encoder.parameters())
    second = shown.embed(numbers)
    assert all(torch.allclose(one, new, atol=1e-5) for read, one, new in zip(anew, second, after, strict=True) if read)


def test_a_share_of_the_types_can_be_read_at_a_step(data, settings, tmp_path):
    config = TrainConfig(**{**settings, "type_rate": 1e-3, "type_share": 0.3})
    run = train(config, data, tmp_path / "run", progress=False)
    found = scores(run, "Ada Brown lives in Oslo .", ["person", "city"])
    assert found["Ada Brown", "person"] > 0.5 > found["Ada Brown", "city"]
