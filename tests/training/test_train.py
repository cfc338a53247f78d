"""A run learns, can be interrupted, and refuses what would spoil it."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("torch")

import torch
from safetensors.torch import load_file

from hybrid_ner.errors import InputError, ModelError, UsageError
from hybrid_ner.students.torch import load_encoder
from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.export import load_run
from hybrid_ner.training.train import _Run, embed_texts, train
from hybrid_ner.words import WordEncoder
from tests.training import made


def begin(settings, data, output, *, resume=False, **changed):
    return train(TrainConfig(**{**settings, **changed}), data, output, resume=resume, progress=False)


def weights(folder):
    return load_file(folder / "student.safetensors")


def identical(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@torch.no_grad()
def scores(run, text, types):
    """(span text, type) -> probability, of the spans that are more likely mentions than not."""
    student, record = load_run(run)
    words = WordEncoder.from_file(f"{record['config']['encoder']}/tokenizer.json")
    untouched = load_encoder(record["config"]["encoder"]).eval()
    vectors = student.type_vectors(embed_texts(student.type_encoder(untouched), words, types))
    encoded = words.encode(text)
    ids = torch.tensor([[words.start_id, *encoded.ids, words.end_id]])
    bounds = torch.tensor([encoded.bounds]) + 1
    shapes = torch.tensor([[0, *encoded.shapes, 0]])
    spans, found, _ = student(ids, torch.ones_like(ids), shapes, bounds[:, :-1], bounds[:, 1:] - 1, torch.tensor(0.0))
    table = torch.sigmoid(found @ vectors.T)
    offsets = encoded.offsets
    return {
        (text[offsets[i][0] : offsets[i + beyond][1]], name): float(score)
        for (_, i, beyond), row in zip(spans.tolist(), table, strict=True)
        for name, score in zip(types, row, strict=True)
    }


@pytest.fixture
def interrupted_after(monkeypatch):
    """Makes runs stop, as by Ctrl-C, in their n-th step from then on."""
    step = _Run._step

    def arm(count):
        done = 0

        def breaking(self, *arguments):
            nonlocal done
            done += 1
            if done == count:
                raise KeyboardInterrupt
            return step(self, *arguments)

        monkeypatch.setattr(_Run, "_step", breaking)

    yield arm


def test_when_a_run_has_learned_its_corpora_then_the_loss_fell_and_a_memorised_entity_is_found(learned, settings):
    run, losses = learned
    assert len(losses) == settings["steps"]
    assert sum(losses[-10:]) < 0.3 * sum(losses[:10])
    found = scores(run, "Ada Brown lives in Oslo .", ["person", "city"])
    assert found["Ada Brown", "person"] > 0.5 > found["Ada Brown", "city"]
    assert found["Oslo", "city"] > 0.5 > found["Oslo", "person"]
    assert not any("lives" in span for span, _ in found)


def test_when_a_run_is_finished_then_its_record_says_what_it_was_made_of(run, settings):
    record = json.loads((run / "record.json").read_text())
    assert record["steps"] == settings["steps"] and record["rows"] > settings["steps"]
    assert record["config"] == json.loads(json.dumps(TrainConfig(**settings).__dict__))
    assert record["heads"] == {**settings["heads"], "type_tower": False}
    assert [(c["name"], c["licence"]) for c in record["corpora"]] == [
        ("news", "CC0"), ("meds", "MIT"), ("campus", "CC BY 4.0")
    ]  # fmt: skip
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log] == [50, 100]


def test_when_a_run_is_made_twice_then_the_weights_are_the_same_and_another_seed_gives_others(data, settings, tmp_path):
    first, again, other = (
        begin(settings, data, tmp_path / name, steps=3, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert identical(weights(first), weights(again))
    assert not identical(weights(first), weights(other))


def test_when_an_interrupted_run_is_resumed_then_the_weights_are_those_of_an_uninterrupted_one(
    data, settings, tmp_path, interrupted_after
):
    # Rows that take most of a pool's batches a step: the run ends in its second pool. Its last steps are rounded.
    changed = {"steps": 14, "checkpoint_every": 4, "token_budget": 6000, "rounding": 0.5}
    whole = begin(settings, data, tmp_path / "whole", **changed)
    interrupted_after(11)
    with pytest.raises(KeyboardInterrupt):
        begin(settings, data, tmp_path / "run", **changed)
    assert not (tmp_path / "run" / "student.safetensors").exists()
    interrupted_after(1000)
    run = begin(settings, data, tmp_path / "run", resume=True, **changed)
    assert identical(weights(whole), weights(run))
    records = [json.loads((folder / "record.json").read_text()) for folder in (whole, run)]
    assert records[0]["rows"] == records[1]["rows"]
    place = torch.load(run / "checkpoint.pt", weights_only=True)["place"]
    assert place[0] == 14 and place[1] >= 1


def test_when_the_last_steps_are_rounded_then_only_they_are(data, settings, tmp_path):
    exact, rounded = (
        begin(settings, data, tmp_path / name, steps=4, rounding=share) for name, share in (("a", 0.0), ("b", 0.25))
    )
    assert not identical(weights(exact), weights(rounded))
    pairs = zip(weights(exact).values(), weights(rounded).values(), strict=True)
    assert all(torch.allclose(a, b, atol=1e-2) for a, b in pairs)
    assert json.loads((rounded / "record.json").read_text())["config"]["rounding"] == 0.25


def test_when_a_finished_run_is_resumed_then_it_stays_as_it_is(data, settings, tmp_path):
    run = begin(settings, data, tmp_path / "run", steps=2)
    before = weights(run)
    begin(settings, data, tmp_path / "run", steps=2, resume=True)
    assert identical(before, weights(run))


def test_when_there_is_nothing_to_resume_then_a_run_begins(data, settings, tmp_path):
    assert weights(begin(settings, data, tmp_path / "run", steps=1, resume=True))


def test_when_the_output_holds_a_run_then_it_is_neither_overwritten_nor_resumed_with_another_config(
    data, settings, tmp_path
):
    run = begin(settings, data, tmp_path / "run", steps=2)
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    with pytest.raises(UsageError, match=r"holds a run already.*--resume"):
        begin(settings, data, run, steps=2)
    with pytest.raises(UsageError, match="another config"):
        begin(settings, data, run, steps=3, resume=True)
    assert before == {path.name: path.read_bytes() for path in run.iterdir()}


def test_when_training_then_the_vocabulary_stays_as_pretrained_and_the_rest_moves(bert, run):
    before, after = load_file(bert / "model.safetensors"), weights(run)
    name = "embeddings.word_embeddings.weight"
    assert torch.equal(before[name], after[f"encoder.{name}"])
    name = "encoder.layer.0.attention.self.query.weight"
    assert not torch.equal(before[name], after[f"encoder.{name}"])


def test_when_a_row_is_longer_than_the_encoder_reads_then_the_settings_are_refused(data, settings, tmp_path):
    with pytest.raises(UsageError, match=r"reads 300 tokens.*max_tokens of at most 298"):
        begin(settings, data, tmp_path / "run", max_tokens=299)


def test_when_type_pairs_are_drawn_then_their_mentions_are_learned_and_the_record_counts_them(settings, tmp_path):
    data = made.write_corpora(tmp_path / "data")
    pairs = [
        {"type": "dragon", "mentions": ["Smaug Reyes", "Fafnir Park"], "licence": "CC0", "open_licence": True},
        {"type": "spice", "mentions": ["Zoe insulin", "Lima fever"], "licence": "CC0", "open_licence": True},
    ]
    made.write_rows(data / "type_pairs.jsonl.gz", pairs)
    run = begin(settings, data, tmp_path / "run", pairs=0.2)
    record = json.loads((run / "record.json").read_text())
    assert record["type_pairs"] == {"types": 2, "mentions": 4, "licences": ["CC0"]}
    student, _ = load_run(run)
    untouched = load_encoder(settings["encoder"]).eval()
    words = WordEncoder.from_file(f"{settings['encoder']}/tokenizer.json")
    with torch.no_grad():
        types = student.type_vectors(embed_texts(untouched, words, ["dragon", "spice"]))
        encoded = words.encode("Fafnir Park")
        ids = torch.tensor([[words.start_id, *encoded.ids, words.end_id]])
        bounds = torch.tensor([encoded.bounds]) + 1
        shapes = torch.tensor([[0, *encoded.shapes, 0]])
        states = student.tokens(ids, torch.ones_like(ids), shapes)
        whole = torch.tensor([[0, 0, 1]])
        logits = student.span_vectors(states, torch.ones_like(ids), bounds[:, :-1], bounds[:, 1:] - 1, whole) @ types.T
    assert logits[0, 0] > logits[0, 1] + 1


def test_when_type_pairs_are_wanted_and_there_are_none_then_the_run_is_refused(data, settings, tmp_path):
    with pytest.raises(UsageError, match=r"pairs is 1\.0, .* has no type_pairs\.jsonl\.gz with mentions"):
        begin(settings, data, tmp_path / "run", pairs=1.0)


def test_when_a_run_starts_from_another_then_it_has_its_weights(data, settings, run, tmp_path):
    onwards = begin(settings, data, tmp_path / "on", start=str(run), steps=1, encoder_rate=0.0, head_rate=0.0)
    assert identical(weights(run), weights(onwards))


@pytest.mark.parametrize("changed", [{"start": "nowhere"}, {"heads": {"hidden": 8}}])
def test_when_a_run_cannot_start_from_another_then_the_folder_is_named(data, settings, run, tmp_path, changed):
    with pytest.raises(UsageError, match=r"cannot start from .*accepted: the folder of a run or of an exported"):
        begin(settings, data, tmp_path / "on", **{"start": str(run), **changed})


def test_when_weights_are_given_to_corpora_that_are_not_there_then_they_are_named(data, settings, tmp_path):
    with pytest.raises(UsageError, match=r"corpus_weights names corpora that are not trained on: \['moon'\]"):
        begin(settings, data, tmp_path / "run", corpus_weights={"moon": 2, "news": 2})


def test_when_heads_are_unknown_then_the_accepted_ones_are_named(data, settings, tmp_path):
    with pytest.raises(UsageError, match=r"\['depth'\].*context, hidden, max_width, mention_hidden"):
        begin(settings, data, tmp_path / "run", heads={"depth": 3})


def test_when_the_encoder_is_missing_then_the_error_names_it(data, settings, tmp_path):
    (tmp_path / "nothing").mkdir()
    with pytest.raises(ModelError, match="nothing"):
        begin(settings, data, tmp_path / "run", encoder=str(tmp_path / "nothing"))


def test_when_a_corpus_is_broken_then_nothing_is_trained(settings, tmp_path):
    own = made.write_corpora(tmp_path / "corpora")
    made.write_rows(own / "news" / "train.jsonl.gz", ["{"])
    with pytest.raises(InputError, match=r"news.*line 1"):
        begin(settings, own, tmp_path / "run")


def test_when_the_loss_is_no_number_then_the_run_stops_at_that_step(data, settings, tmp_path, monkeypatch):
    from hybrid_ner.training import train as module

    monkeypatch.setattr(module, "student_loss", lambda model, *_: (model.bias * float("nan"), {"typing": 0.0}))
    with pytest.raises(UsageError, match=r"nan at step 0.*learning rates"):
        begin(settings, data, tmp_path / "run")


def test_when_type_texts_are_embedded_then_order_and_company_change_nothing(bert):
    from hybrid_ner.students.torch import load_encoder

    encoder, words = load_encoder(str(bert)).eval(), WordEncoder.from_file(bert / "tokenizer.json")
    texts = ["city", "a much longer definition of the thing in question", "person"]
    together = embed_texts(encoder, words, texts)
    torch.testing.assert_close(together.norm(dim=-1), torch.ones(3))
    for text, vector in zip(texts, together, strict=True):
        torch.testing.assert_close(embed_texts(encoder, words, [text])[0], vector, atol=1e-5, rtol=1e-4)
