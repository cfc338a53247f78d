"""A long type list asked in smaller segments, close types together so that one question tells them apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hybrid_ner.errors import UsageError
from hybrid_ner.schema import TypeSet

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class Segment:
    """Types asked together, by name, and where they stand in the whole type set."""

    types: TypeSet
    indices: tuple[int, ...]


def segment(types: TypeSet, size: int, vectors: np.ndarray | None = None) -> tuple[Segment, ...]:
    """Breaks a type set into segments of at most `size` types.

    Greedy: the first type (by name) not yet placed opens a segment and takes the nearest unplaced types too.
    Names, not positions, decide every order, so segments hold the same types however the list was written.

    Args:
        types: the whole type set, T types.
        size: the most types a segment may hold, at least 1.
        vectors: unit vectors of the types [T, D]; without them segments are stretches of the sorted names.

    Returns:
        Segments that together hold every type exactly once.

    Raises:
        UsageError: a size below 1.
        ValueError: vectors that are not one row a type.
    """
    if size < 1:
        raise UsageError(f"a segment must hold at least 1 type, got size {size!r}")
    by_name = sorted(range(len(types)), key=lambda i: types[i].name)
    if vectors is None or len(types) <= size:
        groups = [by_name[i : i + size] for i in range(0, len(by_name), size)]
    else:
        if vectors.ndim != 2 or len(vectors) != len(types):
            raise ValueError(f"need one vector a type, [{len(types)}, D], got shape {vectors.shape}")
        groups = [[by_name[row] for row in rows] for rows in _clusters(vectors[by_name], size)]
    return tuple(Segment(TypeSet(tuple(types[i] for i in group)), tuple(group)) for group in groups)


def _clusters(vectors: np.ndarray, size: int) -> list[list[int]]:
    """Rows of `vectors` [T, D] in groups of `size`: the first free row and the free rows nearest to it."""
    import numpy as np

    free = np.arange(len(vectors))
    groups = []
    while len(free):
        similarity = vectors[free] @ vectors[free[0]]
        similarity[0] = np.inf  # the opener is in its own group even where vectors are not exactly unit
        nearest = np.argsort(-similarity, kind="stable")[:size]
        groups.append(sorted(free[nearest].tolist()))
        free = np.delete(free, nearest)
    return groups
