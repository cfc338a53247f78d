"""The index answers as brute force would, and survives a round trip to disk."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid_ner.definitions import index as module
from hybrid_ner.definitions.index import DefinitionIndex
from hybrid_ner.errors import ModelError
from hybrid_ner.schema import EntityType, TypeSet


def unit(count: int, seed: int, dimensions: int = 12) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, dimensions))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def numbered(count: int) -> TypeSet:
    return TypeSet.of([f"type {i}" for i in range(count)])


@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 99))
@settings(max_examples=40)
def test_nearest_equals_brute_force(count, k, seed):
    vectors, queries = unit(count, seed), unit(5, seed + 100)
    indices, similarities = DefinitionIndex.build(numbered(count), vectors).nearest(queries, k)
    plain = queries @ vectors.T
    order = np.argsort(-plain, axis=1)[:, :k]
    assert np.array_equal(indices, order)
    assert np.allclose(similarities, np.take_along_axis(plain, order, axis=1), atol=1e-6)


@given(st.integers(1, 60), st.floats(-0.5, 0.9), st.integers(0, 99))
@settings(max_examples=40)
def test_close_pairs_are_all_pairs_from_the_minimum_on_closest_first(count, minimum, seed):
    vectors = unit(count, seed)
    pairs = DefinitionIndex.build(numbered(count), vectors).close_pairs(minimum)
    plain = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    surely = {(i, j) for i in range(count) for j in range(i + 1, count) if plain[i, j] >= minimum + 1e-5}
    maybe = {(i, j) for i in range(count) for j in range(i + 1, count) if plain[i, j] >= minimum - 1e-5}
    found = [(i, j) for i, j, _ in pairs]
    assert surely <= set(found) <= maybe and len(found) == len(set(found))
    assert [s for *_, s in pairs] == sorted((s for *_, s in pairs), reverse=True)
    assert all(abs(s - plain[i, j]) < 1e-5 for i, j, s in pairs)


def test_when_pairs_span_blocks_then_none_is_lost(monkeypatch):
    index = DefinitionIndex.build(numbered(50), unit(50, 3))
    whole = index.close_pairs(0.3)
    monkeypatch.setattr(module, "_BLOCK", 7)
    assert [pair[:2] for pair in index.close_pairs(0.3)] == [pair[:2] for pair in whole]


def test_when_types_are_too_many_to_compare_all_then_the_nearest_are_still_found(monkeypatch):
    monkeypatch.setattr(module, "EXACT_LIMIT", 100)
    vectors = unit(400, 5)
    indices, _ = DefinitionIndex.build(numbered(400), vectors).nearest(vectors, 5)
    best = np.argsort(-(vectors @ vectors.T), axis=1)[:, :5]
    recall = np.mean([len(set(a) & set(b)) / 5 for a, b in zip(indices, best, strict=True)])
    assert recall > 0.98


@pytest.mark.parametrize("limit", [5_000, 3], ids=["exact", "approximate"])
def test_an_index_comes_back_from_disk_as_it_was(tmp_path, monkeypatch, limit):
    monkeypatch.setattr(module, "EXACT_LIMIT", limit)
    types = TypeSet.of(
        [
            EntityType("Ort", "Städte, Flüsse und Länder", aliases=("place", "lieu"), threshold=0.4),
            *(f"type {i}" for i in range(20)),
        ]
    )
    vectors = unit(21, 1)
    built = DefinitionIndex.build(types, vectors)
    for _ in range(2):  # saving twice replaces
        built.save(tmp_path / "new" / "index")
    loaded = DefinitionIndex.load(tmp_path / "new" / "index")
    assert loaded.types == types and len(loaded) == 21
    assert np.array_equal(loaded.vectors, vectors)
    for mine, theirs in zip(loaded.nearest(vectors, 4), built.nearest(vectors, 4), strict=True):
        assert np.array_equal(mine, theirs)
    assert sorted(p.name for p in (tmp_path / "new" / "index").iterdir()) == ["types.json", "vectors.faiss"]


def break_format(folder):
    content = json.loads((folder / "types.json").read_text())
    (folder / "types.json").write_text(json.dumps({**content, "format": 99}))


def drop_a_type(folder):
    content = json.loads((folder / "types.json").read_text())
    (folder / "types.json").write_text(json.dumps({**content, "types": content["types"][1:]}))


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: (folder / "types.json").unlink(),
        lambda folder: (folder / "vectors.faiss").unlink(),
        lambda folder: (folder / "vectors.faiss").write_bytes(b"IxFI" + b"\xff" * 40),
        lambda folder: (folder / "types.json").write_text("[]"),
        lambda folder: (folder / "types.json").write_text('{"format": 1, "types": [{"colour": 1}]}'),
        break_format,
        drop_a_type,
    ],
)
def test_when_a_saved_index_is_broken_then_the_error_names_the_folder(tmp_path, harm):
    DefinitionIndex.build(numbered(4), unit(4, 1)).save(tmp_path)
    harm(tmp_path)
    with pytest.raises(ModelError, match=r"no usable definition index in .*" + tmp_path.name):
        DefinitionIndex.load(tmp_path)


def test_when_vectors_are_not_one_a_type_then_refused():
    with pytest.raises(ValueError, match=r"\[3, D\].*\(2, 12\)"):
        DefinitionIndex.build(numbered(3), unit(2, 0))


@pytest.mark.parametrize("factor", [2.0, 0.0, np.nan])
def test_when_vectors_are_not_of_length_one_then_refused(factor):
    with pytest.raises(ValueError, match="length 1"):
        DefinitionIndex.build(numbered(3), unit(3, 0) * np.float32(factor))


def test_when_k_is_below_one_then_refused():
    with pytest.raises(ValueError, match="k must be at least 1"):
        DefinitionIndex.build(numbered(3), unit(3, 0)).nearest(unit(1, 0), 0)
