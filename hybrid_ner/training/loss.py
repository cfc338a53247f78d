"""What the student is trained to do: find mentions, score types on them, and rank the right type first."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from hybrid_ner.students.torch import SpanStudent
from hybrid_ner.training.batches import Batch
from hybrid_ner.training.config import TrainConfig


def focal(logits: Tensor, targets: Tensor, positive: float, gamma: float) -> Tensor:
    """Elementwise focal binary cross-entropy (Lin et al., 2017, equation 5)."""
    loss = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    right = torch.exp(-loss)
    weight = positive * targets + (1 - positive) * (1 - targets)
    return weight * (1 - right) ** gamma * loss


def student_loss(
    model: SpanStudent, batch: Batch, embeddings: Tensor, config: TrainConfig, shown: Tensor | None = None
) -> tuple[Tensor, dict]:
    """The loss of one batch and its parts as floats.

    Args:
        embeddings: [texts, D] untouched sentence embeddings of every type text.
        shown: [U, D] what the type tower makes of the batch's types; None where it is the untouched encoder.
    """
    states = model.tokens(batch.ids, batch.mask, batch.shapes)
    mention_logits = model.mentions(states, batch.first, batch.last)
    targets = torch.zeros_like(mention_logits)
    gold = batch.spans
    targets[gold[:, 0], gold[:, 1], gold[:, 2]] = 1.0
    doubtful = _touching(batch.doubtful, mention_logits.size(2)) & (targets == 0)
    known = (mention_logits > -1e3) & ~batch.partial[:, None, None] & ~doubtful
    count = max(1, len(gold))
    mention = (focal(mention_logits.clamp(min=-30), targets, config.focal_positive, config.focal_gamma) * known).sum()

    others = _other_spans(mention_logits.detach(), targets, known)
    spans = torch.cat([gold, others])
    vectors = model.span_vectors(states, batch.mask, batch.first, batch.last, spans)
    types = model.type_vectors(embeddings[batch.shown] if shown is None else shown)
    logits = vectors @ types.T
    labels = torch.cat([_right(batch).float(), logits.new_zeros(len(others), logits.size(1))])
    asked = torch.cat([batch.asked[gold[:, 0]] & ~batch.unknown, batch.absent[others[:, 0]]])
    typing = (focal(logits, labels, config.focal_positive, config.focal_gamma) * asked).sum()

    contrast = _contrast(logits[: len(gold)], batch, embeddings, config.far_similarity)
    loss = typing / count + config.mention_weight * mention / count + config.contrast_weight * contrast
    return loss, {
        "typing": typing.item() / count,
        "mention": mention.item() / count,
        "contrast": contrast.item(),
    }


def _touching(words: Tensor, width: int) -> Tensor:
    """[B, W, width] whether a span (first word, words beyond it) holds one of the marked `words` [B, W]."""
    return F.pad(words.long(), (0, width - 1)).unfold(1, width, 1).cumsum(2) > 0


def _right(batch: Batch) -> Tensor:
    """[G, U] types that a gold span is of: those it is labelled with, and what they are kinds of."""
    return batch.labels | (batch.labels.float() @ batch.kinds.float() > 0)


def _other_spans(logits: Tensor, targets: Tensor, known: Tensor) -> Tensor:
    """Unmarked spans [N, 3] to learn from: the likeliest mentions, as pruning will let them by, and a few others."""
    free = known & (targets == 0)
    words = int((logits[:, :, 0] > -1e3).sum())
    scores = logits.masked_fill(~free, -1e5).flatten()
    hard = scores.topk(min(words, scores.numel())).indices
    chosen = torch.zeros_like(scores, dtype=torch.bool)
    chosen[hard] = True
    share = 0.5 * words / max(1, int(free.sum()))
    chosen |= torch.rand_like(scores) < share
    return torch.nonzero(chosen.reshape(logits.shape) & free)


def _contrast(logits: Tensor, batch: Batch, embeddings: Tensor, far: float) -> Tensor:
    """Cross-entropy of each gold span's type against the row's types and every clearly different type of the batch.

    A type of another corpus that lies near the right one, or is a kind of it, may be right as well: it is left out,
    not called wrong. What the right one is a kind of must rank below it: where both are asked, the narrower wins.
    """
    if not len(logits):
        return logits.sum()
    names = embeddings[batch.names]
    similar = (names @ names.T > far).float()
    labels, kinds = batch.labels.float(), batch.kinds.float()
    near, broader, narrower = labels @ similar > 0, labels @ kinds > 0, labels @ kinds.T > 0
    allowed = (batch.asked[batch.spans[:, 0]] | broader | ~(near | narrower)) & ~batch.unknown
    span, right = torch.nonzero(batch.labels, as_tuple=True)
    # A span's other types do not rank below this one, unless this one is a kind of them.
    against = allowed[span] & ~(batch.labels[span] & ~batch.kinds[right])
    against[torch.arange(len(right), device=right.device), right] = False
    own = logits[span, right]
    return (torch.logaddexp(torch.logsumexp(logits[span].masked_fill(~against, -1e4), -1), own) - own).mean()
