"""The index of type definitions: which types are near a vector, and which are near one another."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from hybrid_ner.errors import HybridNERError, ModelError
from hybrid_ner.schema import TypeSet, from_dict, to_dict

if TYPE_CHECKING:
    import faiss
    import numpy as np

EXACT_LIMIT = 5_000  # types; above it the search is approximate (HNSW)
VECTORS_FILE = "vectors.faiss"
TYPES_FILE = "types.json"
FORMAT = 1

_NEIGHBOURS, _BUILD_WIDTH, _SEARCH_WIDTH = (
    32,
    200,
    128,
)  # HNSW: links a node, candidates in building, in search
_BLOCK = 1_024  # rows whose similarities with all others are in memory at once


class DefinitionIndex:
    """Unit vectors of a type set, searched by inner product (their cosine)."""

    def __init__(self, types: TypeSet, index: faiss.Index) -> None:
        self.types = types
        self._index = index

    @classmethod
    def build(cls, types: TypeSet, vectors: np.ndarray) -> DefinitionIndex:
        """Indexes one vector a type.

        Args:
            types: T types.
            vectors: unit vectors [T, D] in the order of the types.

        Raises:
            ValueError: vectors of another shape, or not of length 1.
        """
        import faiss
        import numpy as np

        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        if vectors.ndim != 2 or len(vectors) != len(types):
            raise ValueError(f"need one vector a type, [{len(types)}, D], got shape {vectors.shape}")
        lengths = np.linalg.norm(vectors, axis=1)
        if not np.allclose(lengths, 1, atol=1e-3):
            raise ValueError(
                f"type vectors must have length 1, got lengths {lengths.min():.3f} to {lengths.max():.3f}"
            )
        if len(types) <= EXACT_LIMIT:
            index = faiss.IndexFlatIP(vectors.shape[1])
        else:
            index = faiss.IndexHNSWFlat(vectors.shape[1], _NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
            index.hnsw.efConstruction = _BUILD_WIDTH
            index.hnsw.efSearch = _SEARCH_WIDTH
        index.add(vectors)
        return cls(types, index)

    def __len__(self) -> int:
        return len(self.types)

    @property
    def vectors(self) -> np.ndarray:
        """A copy of the type vectors [T, D]."""
        return self._index.reconstruct_n(0, len(self))

    def nearest(self, vectors: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The `k` types nearest to each vector, nearest first; exact up to `EXACT_LIMIT` types.

        Args:
            vectors: [N, D], of any length; with unit vectors the similarity is the cosine.
            k: at least 1; at most T neighbours come back.

        Returns:
            Indices into the types [N, min(k, T)] (int64) and similarities of the same shape (float32).
        """
        import numpy as np

        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        queries = np.ascontiguousarray(vectors, dtype=np.float32)
        similarities, indices = self._index.search(queries, min(k, len(self)))
        return indices, similarities

    def close_pairs(self, minimum: float) -> list[tuple[int, int, float]]:
        """Pairs (i, j, similarity) with i < j and a similarity of `minimum` or more, closest first; exact."""
        import numpy as np

        vectors = self.vectors
        pairs = []
        for first in range(0, len(vectors), _BLOCK):
            block = vectors[first : first + _BLOCK] @ vectors.T
            rows, columns = np.nonzero(block >= minimum)
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
                if first + row < column:
                    pairs.append((first + row, column, float(block[row, column])))
        return sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))

    def save(self, path: str | Path) -> None:
        """Writes the index into the folder `path`, which is made where needed."""
        import faiss

        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        faiss.write_index(self._index, str(folder / f"{VECTORS_FILE}.tmp"))
        content = {"format": FORMAT, **to_dict(self.types)}
        (folder / f"{TYPES_FILE}.tmp").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        for name in (VECTORS_FILE, TYPES_FILE):
            os.replace(folder / f"{name}.tmp", folder / name)

    @classmethod
    def load(cls, path: str | Path) -> DefinitionIndex:
        """Reads an index that `save` wrote; vectors stay on disk and are mapped into memory.

        Raises:
            ModelError: no index there, a broken one, or one of another format.
        """
        import faiss

        folder = Path(path)
        mapped = getattr(
            faiss, "IO_FLAG_MMAP_IFC", faiss.IO_FLAG_MMAP
        )  # older builds map other index kinds only
        try:
            content = json.loads((folder / TYPES_FILE).read_text(encoding="utf-8"))
            if content.pop("format") != FORMAT:
                raise ValueError(f"not of format {FORMAT}")
            types = from_dict(TypeSet, content)
            index = faiss.read_index(str(folder / VECTORS_FILE), mapped)
            if index.ntotal != len(types):
                raise ValueError(f"{index.ntotal} vectors for {len(types)} types")
        except (
            OSError,
            RuntimeError,
            HybridNERError,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
        ) as error:
            raise ModelError(
                f"no usable definition index in {str(folder)!r}: {error}; "
                f"expected {TYPES_FILE} and {VECTORS_FILE} as DefinitionIndex.save writes them"
            ) from error
        return cls(types, index)
