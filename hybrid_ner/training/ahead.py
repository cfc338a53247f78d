"""Batches prepared ahead in other processes, in the stream's own order: a GPU learns faster than one core can draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import count

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from hybrid_ner.training.batches import Batch, BatchStream

# Of a batch's arrays the truth tables are by far the largest, and nearly all false: their true places travel instead.
_Sparse = tuple[tuple[int, ...], np.ndarray]  # shape, places
_Packed = tuple[np.ndarray | _Sparse, ...]


def pools(stream: BatchStream, first: int, workers: int) -> Iterator[list[Batch]]:
    """The pools of `stream` from number `first` on, without end; the same whatever the number of workers.

    Args:
        workers: processes that draw; 0 to draw in this one.
    """
    if not workers:
        yield from (list(stream.pool(number)) for number in count(first))
        return
    # Forked, so that every worker shares the corpora. Arrays, not tensors, come back: a pool has hundreds of tensors,
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
        yield [Batch(*map(_unpacked, packed)) for packed in pool]


class _Pools(Dataset):
    def __init__(self, stream: BatchStream) -> None:
        self.stream = stream

    def __getitem__(self, number: int) -> list[_Packed]:
        names = [field.name for field in fields(Batch)]
        return [tuple(_packed(getattr(batch, name).numpy()) for name in names) for batch in self.stream.pool(number)]


def _packed(values: np.ndarray) -> np.ndarray | _Sparse:
    return (values.shape, np.flatnonzero(values).astype(np.int32)) if values.dtype == bool else values


def _unpacked(packed: np.ndarray | _Sparse) -> torch.Tensor:
    if isinstance(packed, np.ndarray):
        return torch.from_numpy(packed)
    shape, places = packed
    values = np.zeros(shape, dtype=bool)
    values.ravel()[places] = True
    return torch.from_numpy(values)


def _same(pool: list[_Packed]) -> list[_Packed]:
    return pool
