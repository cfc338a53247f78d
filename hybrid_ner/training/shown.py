"""Type texts as a type tower that learns reads them: the texts of one batch at a time, shortest together."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hybrid_ner.students.folder import TYPE_TOKENS
from hybrid_ner.students.torch import embed_sentences
from hybrid_ner.words import WordEncoder

_PARTS = 4  # texts of a batch are read in this many groups of like length, which saves most of the padding


class ShownTexts:
    """Token ids of every type text, on the device that trains."""

    def __init__(self, texts: Sequence[str], words: WordEncoder, device: str) -> None:
        ids = [torch.tensor(words.encode_plain(text)[:TYPE_TOKENS]) for text in texts]
        self._lengths = torch.tensor([len(one) for one in ids], device=device)
        self._ids = nn.utils.rnn.pad_sequence(ids, batch_first=True).to(device)

    def embed(self, encoder: nn.Module, numbers: Tensor) -> Tensor:
        """Unit sentence embeddings [N, D] of the texts of those numbers [N], with their gradients."""
        order = self._lengths[numbers].argsort(stable=True)
        parts = []
        for part in order.chunk(_PARTS):
            chosen = numbers[part]
            lengths = self._lengths[chosen]
            longest = int(lengths.max())
            mask = torch.arange(longest, device=lengths.device) < lengths[:, None]
            parts.append(embed_sentences(encoder, self._ids[chosen, :longest], mask.long()).float())
        return torch.cat(parts)[order.argsort()]
