"""Batches prepared ahead in other processes, in the stream's own order: a GPU learns faster than one core can draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import count

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from hybrid_ner.training.batches import Batch, BatchStream

_Arrays = tuple[np.ndarray, ...]


def pools(stream: BatchStream, first: int, workers: int) -> Iterator[list[Batch]]:
    """The pools of `stream` from number `first` on, without end; the same whatever the number of workers.

    Args:
        workers: processes that draw; 0 to draw in this one.
    """
    if not workers:
        yield from (list(stream.pool(number)) for number in count(first))
        return
    # Forked, so that every worker shares the corpora. Arrays, not tensors, come back: a pool has thousands of tensors,
    # and each would hold a file descriptor open.
    loader = DataLoader(
        _Pools(stream),
        batch_size=None,
        sampler=count(first),
        num_workers=workers,
        collate_fn=_same,
        multiprocessing_context="fork",
    )
    for pool in loader:
        yield [Batch(*map(torch.from_numpy, arrays)) for arrays in pool]


class _Pools(Dataset):
    def __init__(self, stream: BatchStream) -> None:
        self.stream = stream

    def __getitem__(self, number: int) -> list[_Arrays]:
        return [tuple(getattr(batch, f.name).numpy() for f in fields(Batch)) for batch in self.stream.pool(number)]


def _same(pool: list[_Arrays]) -> list[_Arrays]:
    return pool
