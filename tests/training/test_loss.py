"""What the loss teaches, and what it must stay silent about."""

from __future__ import annotations

import dataclasses

import pytest

pytest.importorskip("torch")

import numpy as np
import torch
from torch.nn import functional as F

from hybrid_ner.students.torch import SpanStudent, StudentConfig, load_encoder
from hybrid_ner.training.batches import Batch, BatchStream
from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.corpora import load_training_corpora
from hybrid_ner.training.loss import _contrast, _touching, focal, student_loss
from hybrid_ner.training.sampling import QuestionSampler, TypeTexts
from hybrid_ner.words import WordEncoder


@pytest.fixture
def network(bert):
    torch.manual_seed(0)
    sizes = StudentConfig(max_width=4, hidden=16, mention_hidden=8, context=4)
    return SpanStudent(load_encoder(str(bert)), sizes).eval()


@pytest.fixture(scope="module")
def texts(data):
    return TypeTexts(load_training_corpora(data, open_licence_only=True))


@pytest.fixture(scope="module")
def embeddings(texts):
    """Orthogonal, so that no two types are near one another."""
    assert len(texts.texts) <= 32
    return torch.eye(32)[: len(texts.texts)]


@pytest.fixture(scope="module")
def batch(data, bert, texts):
    """A batch of partial and whole rows of several corpora."""
    config = TrainConfig(token_budget=900, join_rate=0.0)
    sampler = QuestionSampler(
        load_training_corpora(data, open_licence_only=True), texts, np.eye(len(texts.texts)), config
    )
    words = WordEncoder.from_file(bert / "tokenizer.json")
    batches = list(BatchStream(sampler, texts, words, config, 4).pool(0))
    return next(b for b in batches if b.partial.any() and not b.partial.all())


def loss_of(network, batch, embeddings, **settings):
    torch.manual_seed(5)  # the loss draws some of the unmarked spans
    return student_loss(network, batch, embeddings, TrainConfig(**settings))


def test_when_gamma_is_0_then_the_focal_loss_is_weighted_cross_entropy():
    logits, targets = torch.tensor([2.0, -1.0, 0.5]), torch.tensor([1.0, 0.0, 1.0])
    plain = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    torch.testing.assert_close(focal(logits, targets, 0.75, 0.0), plain * torch.tensor([0.75, 0.25, 0.75]))


def test_when_an_answer_is_nearly_right_then_the_focal_loss_gives_it_less_weight():
    sure, unsure = focal(torch.tensor([4.0, 0.0]), torch.ones(2), 0.75, 1.0)
    plain = F.binary_cross_entropy_with_logits(torch.tensor([4.0, 0.0]), torch.ones(2), reduction="none")
    assert sure / plain[0] < 0.05 * unsure / plain[1]


def test_when_the_parts_are_weighted_then_the_loss_is_their_sum(network, batch, embeddings):
    loss, parts = loss_of(network, batch, embeddings, mention_weight=0.5, contrast_weight=0.3)
    assert loss.item() == pytest.approx(parts["typing"] + 0.5 * parts["mention"] + 0.3 * parts["contrast"], rel=1e-5)
    assert all(part > 0 for part in parts.values())


def test_when_rows_are_partial_then_their_spans_give_the_mention_head_no_gradient(network, batch, embeddings):
    settings = {"mention_weight": 1.0, "contrast_weight": 0.0}
    heads = [p for name, p in network.named_parameters() if name.startswith("mention_")]

    def gradients(of):
        network.zero_grad(set_to_none=True)
        loss_of(network, of, embeddings, **settings)[0].backward()
        return [head.grad for head in heads]

    all_partial = dataclasses.replace(batch, partial=torch.ones_like(batch.partial))
    assert all(not g.any() for g in gradients(all_partial))
    none_partial = dataclasses.replace(batch, partial=torch.zeros_like(batch.partial))
    assert all(g.any() for g in gradients(none_partial))

    mixed = gradients(batch)
    ids = batch.ids.clone()
    ids[batch.partial] = ids[batch.partial].where(batch.mask[batch.partial] == 0, 9)  # other words in partial rows
    changed = gradients(dataclasses.replace(batch, ids=ids))
    for before, after in zip(mixed, changed, strict=True):
        torch.testing.assert_close(before, after)


def test_when_words_are_in_doubt_then_unmarked_spans_with_one_of_them_say_nothing_and_gold_ones_do():
    words = torch.tensor([[False, False, True, False, False]])
    touching = _touching(words, 3)[0]
    spans = {(i, i + k) for i, k in torch.nonzero(touching).tolist()}
    assert spans == {(0, 2), (1, 2), (1, 3), (2, 2), (2, 3), (2, 4)}


def test_when_all_words_are_in_doubt_then_only_marked_spans_are_learned_from(network, batch, embeddings):
    whole = dataclasses.replace(batch, partial=torch.zeros_like(batch.partial))
    doubtful = dataclasses.replace(whole, doubtful=torch.ones_like(batch.doubtful))
    _, known = loss_of(network, whole, embeddings)
    _, open_ = loss_of(network, doubtful, embeddings)
    assert 0 < open_["mention"] < known["mention"] and 0 < open_["typing"] < known["typing"]
    nothing = {"spans": batch.spans[:0], "labels": batch.labels[:0], "unknown": batch.unknown[:0]}
    assert loss_of(network, dataclasses.replace(doubtful, **nothing), embeddings)[1]["mention"] == 0


def test_when_a_type_is_not_asked_of_a_row_then_its_logits_there_do_not_count(network, batch, embeddings):
    nowhere = torch.zeros_like(batch.asked)
    silent = dataclasses.replace(batch, asked=nowhere, absent=nowhere)
    assert loss_of(network, silent, embeddings)[1]["typing"] == 0
    assert loss_of(network, batch, embeddings)[1]["typing"] > 0


def contrast_gradient(names, labels, kinds=(), unknown=(False, False, False)):
    """Of one gold span of row 0, of which types 0 and 1 are asked; type 2 is asked of row 1 only.

    `kinds` holds pairs (i, j): type i is a kind of type j.
    """
    hierarchy = torch.zeros(3, 3, dtype=torch.bool)
    for i, j in kinds:
        hierarchy[i, j] = True
    size = torch.zeros(0)
    made = Batch(
        *[size] * 5,
        spans=torch.tensor([[0, 0, 0]]),
        labels=torch.tensor([labels]),
        shown=torch.arange(3),
        names=torch.arange(3),
        asked=torch.tensor([[True, True, False], [False, False, True]]),
        absent=torch.tensor([[True, True, False], [False, False, True]]),
        unknown=torch.tensor([unknown]),
        kinds=hierarchy,
        partial=torch.tensor([False, False]),
        doubtful=size,
    )
    logits = torch.zeros(1, 3, requires_grad=True)
    _contrast(logits, made, torch.tensor(names), 0.5).backward()
    return logits.grad[0].tolist()


def test_when_types_are_clearly_different_then_the_contrast_pushes_all_but_the_right_one_down():
    gradient = contrast_gradient([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]], [True, False, False])
    assert gradient == pytest.approx([-2 / 3, 1 / 3, 1 / 3])


def test_when_a_type_of_another_corpus_is_near_then_the_contrast_does_not_call_it_wrong():
    gradient = contrast_gradient([[1.0, 0, 0], [0, 1, 0], [0.8, 0, 0.6]], [True, False, False])
    assert gradient == pytest.approx([-1 / 2, 1 / 2, 0])


def test_when_a_near_type_is_the_row_s_own_then_the_contrast_calls_it_wrong():
    gradient = contrast_gradient([[1.0, 0, 0], [0.8, 0.6, 0], [0, 0, 1]], [True, False, False])
    assert gradient == pytest.approx([-2 / 3, 1 / 3, 1 / 3])


FAR = [[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]
NEAR = [[1.0, 0, 0], [0, 1, 0], [0.8, 0, 0.6]]


def test_when_a_type_of_another_corpus_is_a_kind_of_the_right_one_then_the_contrast_does_not_call_it_wrong():
    assert contrast_gradient(FAR, [True, False, False], [(2, 0)]) == pytest.approx([-1 / 2, 1 / 2, 0])


def test_when_the_right_type_is_a_kind_of_a_near_one_then_the_broader_one_is_pushed_down():
    assert contrast_gradient(NEAR, [True, False, False], [(0, 2)]) == pytest.approx([-2 / 3, 1 / 3, 1 / 3])


def test_when_a_kind_of_the_right_type_is_the_row_s_own_then_the_contrast_calls_it_wrong():
    assert contrast_gradient(FAR, [True, False, False], [(1, 0)]) == pytest.approx([-2 / 3, 1 / 3, 1 / 3])


def test_when_a_span_is_of_two_types_then_neither_pushes_the_other_down():
    gradient = contrast_gradient([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]], [True, True, False])
    assert gradient == pytest.approx([-1 / 4, -1 / 4, 1 / 2])


def test_when_a_span_is_of_a_type_and_of_what_that_is_a_kind_of_then_the_narrower_ranks_first():
    gradient = contrast_gradient(FAR, [True, True, False], [(0, 1)])
    assert gradient == pytest.approx([-2 / 3 / 2 + 0, (1 / 3 - 1 / 2) / 2, (1 / 3 + 1 / 2) / 2])


def test_when_nobody_can_tell_whether_a_span_is_of_a_type_then_the_contrast_leaves_it_out():
    gradient = contrast_gradient(FAR, [True, False, False], unknown=(False, True, False))
    assert gradient == pytest.approx([-1 / 2, 0, 1 / 2])


def test_when_the_types_of_a_span_are_unknown_then_they_do_not_count(network, batch, embeddings):
    everything = dataclasses.replace(
        batch, unknown=torch.ones_like(batch.unknown), absent=torch.zeros_like(batch.absent)
    )
    assert loss_of(network, everything, embeddings)[1]["typing"] == 0


def test_when_a_batch_has_no_gold_then_the_loss_is_finite_and_has_gradients(network, batch, embeddings):
    empty = dataclasses.replace(batch, spans=batch.spans[:0], labels=batch.labels[:0], unknown=batch.unknown[:0])
    loss, parts = loss_of(network, empty, embeddings)
    loss.backward()
    assert torch.isfinite(loss) and parts["contrast"] == 0
    assert network.mention_out.weight.grad.any()


def test_when_no_type_is_asked_then_the_loss_is_finite(network, batch, embeddings):
    nothing = dataclasses.replace(
        batch,
        spans=batch.spans[:0],
        labels=batch.labels[:0, :0],
        shown=batch.shown[:0],
        names=batch.names[:0],
        asked=batch.asked[:, :0],
        absent=batch.absent[:, :0],
        unknown=batch.unknown[:0, :0],
        kinds=batch.kinds[:0, :0],
    )
    loss, _ = loss_of(network, nothing, embeddings)
    loss.backward()
    assert torch.isfinite(loss)
