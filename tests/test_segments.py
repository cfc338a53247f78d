"""Segments hold every type once, close types together, whatever order the list was written in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_ner.errors import UsageError
from hybrid_ner.schema import TypeSet
from hybrid_ner.segments import segment


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@given(st.integers(1, 30), st.integers(1, 12), st.booleans(), st.randoms(use_true_random=False))
def test_every_type_is_in_exactly_one_segment_of_at_most_size(count, size, clustered, random):
    types = TypeSet.of([f"type {i}" for i in range(count)])
    vectors = unit(np.random.default_rng(random.randint(0, 999)).normal(size=(count, 8)))
    segments = segment(types, size, vectors if clustered else None)
    assert sorted(i for s in segments for i in s.indices) == list(range(count))
    assert all(1 <= len(s.types) <= size for s in segments)
    assert all(s.types[k] == types[i] for s in segments for k, i in enumerate(s.indices))


@given(st.integers(1, 9), st.booleans(), st.permutations(range(20)))
def test_segments_do_not_depend_on_the_order_of_the_types(size, clustered, order):
    names = [f"type {i}" for i in range(20)]
    vectors = unit(np.random.default_rng(7).normal(size=(20, 8)))
    written = segment(TypeSet.of(names), size, vectors if clustered else None)
    shuffled = segment(
        TypeSet.of([names[i] for i in order]), size, vectors[list(order)] if clustered else None
    )
    assert [s.types for s in written] == [s.types for s in shuffled]


def test_close_types_sit_in_one_segment():
    types = TypeSet.of(["album", "bank", "city", "record", "savings bank", "town"])
    vectors = unit(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0.1, 0], [0, 1, 0.1], [0.1, 0, 1]]))
    assert [s.types.names for s in segment(types, 2, vectors)] == [
        ("album", "record"),
        ("bank", "savings bank"),
        ("city", "town"),
    ]


def test_when_size_is_below_one_then_the_error_names_it():
    with pytest.raises(UsageError, match="size 0"):
        segment(TypeSet.of("person"), 0)


def test_when_vectors_are_not_one_a_type_then_refused():
    with pytest.raises(ValueError, match=r"\[3, D\]"):
        segment(TypeSet.of(["a", "b", "c"]), 2, np.eye(2, dtype=np.float32))
