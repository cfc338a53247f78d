"""Type texts as a type tower that learns reads them: the texts of one batch at a time, shortest together.

A batch shows several times as many sub-tokens of types as of sentences. On a GPU that is next to nothing, on a CPU it
is most of a step, so there a share of them can be read, and learned from, at a time: the tower moves slowly, and the
others count as they were when they were last read.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hybrid_ner.students.folder import TYPE_TOKENS
from hybrid_ner.students.torch import embed_sentences, embed_texts
from hybrid_ner.words import WordEncoder

_PARTS = 4  # texts of a batch are read in this many groups of like length, which saves most of the padding


class ShownTexts:
    """Every type text on the device that trains: its token ids and, where only a share is read anew, what it came to.

    Args:
        encoder: the tower that learns.
        share: of a batch's texts that are read anew, drawn by torch's generator.
    """

    def __init__(
        self, texts: Sequence[str], words: WordEncoder, device: str, encoder: nn.Module, share: float = 1.0
    ) -> None:
        self._encoder, self._share = encoder, share
        self._known = embed_texts(encoder, words, list(texts), device) if share < 1 else None
        ids = [torch.tensor(words.encode_plain(text)[:TYPE_TOKENS]) for text in texts]
        self._lengths = torch.tensor([len(one) for one in ids], device=device)
        self._ids = nn.utils.rnn.pad_sequence(ids, batch_first=True).to(device)

    def embed(self, numbers: Tensor) -> Tensor:
        """Unit sentence embeddings [N, D] of the texts of those numbers [N], with the gradients of those read anew."""
        if self._known is None:
            return self._read(numbers)
        fresh = torch.nonzero(torch.rand(len(numbers), device=numbers.device) < self._share).squeeze(1)
        result = self._known[numbers]
        if len(fresh):
            read = self._read(numbers[fresh])
            result = result.index_copy(0, fresh, read)
            self._known[numbers[fresh]] = read.detach()
        return result

    def _read(self, numbers: Tensor) -> Tensor:
        order = self._lengths[numbers].argsort(stable=True)
        parts = []
        for part in order.chunk(_PARTS):
            chosen = numbers[part]
            lengths = self._lengths[chosen]
            longest = int(lengths.max())
            mask = torch.arange(longest, device=lengths.device) < lengths[:, None]
            parts.append(embed_sentences(self._encoder, self._ids[chosen, :longest], mask.long()).float())
        return torch.cat(parts)[order.argsort()]
