"""The embedded student on ONNX Runtime: passages and type vectors in, proposals out.

On a CPU every passage is a run of its own, as many at a time as there are threads: no padding, and an int8 graph
takes its activation scales from that passage alone, so a result never depends on what else is in the batch.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid_ner.definitions.cache import VectorCache
from hybrid_ner.definitions.encoder import type_text
from hybrid_ner.errors import ModelError, UsageError
from hybrid_ner.passages import Passage, passages
from hybrid_ner.schema import EntityType, Proposal, TypeSet
from hybrid_ner.segments import segment
from hybrid_ner.students.folder import TYPE_TOKENS, find_student, read_config
from hybrid_ner.words import WordEncoder

if TYPE_CHECKING:
    import numpy as np

VIEWS = ("name", "definition")
_SEGMENT = 1024  # types a product; bounds memory, changes no result
BEST = 3  # the most types a span is proposed for: what comes after them cannot win, and 500 types must not cost 500


class OnnxStudent:
    """A two-tower student folder, loaded.

    Attributes:
        session_seconds: wall time spent inside the text tower's session, summed over threads.
    """

    def __init__(
        self,
        folder: Path,
        *,
        device: str = "cpu",
        threads: int | None = None,
        views: Sequence[str] = VIEWS,
        cache: bool = True,
    ) -> None:
        if not views or set(views) - set(VIEWS):
            raise UsageError(f"views are {tuple(views)!r}; accepted: one or more of {', '.join(VIEWS)}")
        self.folder, self.name, self.views = folder, folder.name, tuple(views)
        self.config = read_config(folder)
        self.threshold = self.config.threshold
        if threads is not None and threads < 1:
            raise UsageError(f"threads is {threads!r}; accepted: 1 or more, or None for one a core")
        self.threads = threads or _cores()
        self._words = WordEncoder.from_file(folder / "tokenizer.json")
        self._text = _session(folder / "text.onnx", device)
        self._scorer = _session(folder / "scorer.onnx", "cpu")
        self._tower = _TypeTower(folder, self._words)
        self._vectors = VectorCache(self._tower) if cache else self._tower
        self.type_encoder = _UnitVectors(self._vectors, self._tower.fingerprint, self.config.dim)
        self._matrices: dict[tuple[Any, ...], np.ndarray] = {}
        self._clock = threading.Lock()
        self.session_seconds = 0.0

    @classmethod
    def load(cls, name_or_path: str | Path | None = None, **options: Any) -> OnnxStudent:
        """The student of that name or folder, the embedded one by default.

        Raises:
            ModelError: the folder is missing or incomplete, or the device is not to be had.
        """
        return cls(find_student(name_or_path), **options)

    def propose(self, texts: Sequence[str], types: TypeSet) -> Iterator[list[Proposal]]:
        """The proposals of each text, in order: each span for its best types, if they reach the floor."""
        segments = [(part.types, self._matrix(part.types)) for part in segment(types, _SEGMENT)]
        pool = ThreadPoolExecutor(self.threads)
        try:
            pending: list[tuple[Any, list[Any]]] = []
            for text in texts:
                encoded = self._words.encode(text)
                windows = passages(text, encoded, budget=self.config.passage_tokens, context=self.config.max_width)
                pending.append((encoded, [pool.submit(self._score, window, segments) for window in windows]))
            for encoded, futures in pending:
                yield [proposal for future in futures for proposal in _proposals(encoded.offsets, future.result())]
        finally:  # a caller who stops early does not wait for what nobody will read
            pool.shutdown(cancel_futures=True)

    def _score(self, passage: Passage, segments: Sequence[tuple[TypeSet, np.ndarray]]) -> list[_Hit]:
        """What one passage holds: (first word, last word, type name, score)."""
        import numpy as np

        began = time.perf_counter()
        spans, vectors, mentions = self._text.run(("spans", "vectors", "mentions"), self.feed(passage))
        spent = time.perf_counter() - began
        with self._clock:
            self.session_seconds += spent
        # The last component meets a 1 in every type vector, so what is added there is added for every type.
        vectors[:, -1] += self.config.mention_weight * mentions
        hits: list[_Hit] = []
        scale, shift = self.config.scale, self.config.shift
        floor = np.array((_logit(self.config.floor) - shift) / scale, dtype=np.float32)
        for types, matrix in segments:
            if not len(spans):
                break
            best = np.array([min(BEST, len(types))], dtype=np.int64)
            rows, columns, logits = self._scorer.run(
                ("rows", "columns", "logits"), {"vectors": vectors, "types": matrix, "floor": floor, "best": best}
            )
            names = types.names
            scores = 1 / (1 + np.exp(-(scale * logits.astype(np.float64) + shift)))
            first = spans[rows, 1] + passage.begin
            last = first + spans[rows, 2]
            own = (first >= passage.own_begin) & (first < passage.own_end)
            found = (first[own].tolist(), last[own].tolist(), columns[own].tolist(), scores[own].round(5).tolist())
            hits += [(i, j, names[column], score) for i, j, column, score in zip(*found, strict=True)]
        return hits if len(segments) == 1 else _best(hits)

    def feed(self, passage: Passage) -> dict[str, np.ndarray]:
        import numpy as np

        encoded, words = passage.encoded, self._words
        bounds = np.array(encoded.bounds[passage.begin : passage.end + 1], dtype=np.int64)
        low, high = int(bounds[0]), int(bounds[-1])
        bounds += 1 - low
        return {
            "ids": np.array([[words.start_id, *encoded.ids[low:high], words.end_id]], dtype=np.int64),
            "mask": np.ones((1, high - low + 2), dtype=np.int64),
            "shapes": np.array([[0, *encoded.shapes[low:high], 0]], dtype=np.int64),
            "first": bounds[None, :-1],
            "last": bounds[None, 1:] - 1,
            "gate": np.array(self.config.gate, dtype=np.float32),
        }

    def _matrix(self, types: TypeSet) -> np.ndarray:
        """Type vectors as the scorer takes them, [T, D + H + 1]: the mean over each type's views."""
        import numpy as np

        key = (types, self.views)
        matrix = self._matrices.get(key)
        if matrix is None:
            texts = [type_texts(entity_type, self.views) for entity_type in types]
            vectors = self._vectors.encode([text for group in texts for text in group])
            ends = np.cumsum([len(group) for group in texts])
            rows = [vectors[end - len(group) : end].mean(0) for end, group in zip(ends, texts, strict=True)]
            if len(self._matrices) >= 16:
                self._matrices.clear()
            matrix = self._matrices[key] = np.ascontiguousarray(np.stack(rows), dtype=np.float32)
        return matrix


_Hit = tuple[int, int, str, float]


def type_texts(entity_type: EntityType, views: Sequence[str] = VIEWS) -> list[str]:
    """The texts a type is asked by: its name, its aliases, and its name with its definition, as `views` say.

    A type without a definition is asked by name whatever the views.
    """
    by_name = [entity_type.name, *entity_type.aliases]
    if not entity_type.definition:
        return by_name
    by_definition = [type_text(entity_type)]
    return (by_name if "name" in views else []) + (by_definition if "definition" in views else [])


def _best(hits: Iterable[_Hit]) -> list[_Hit]:
    """The best types of every span over all segments."""
    spans: dict[tuple[int, int], list[_Hit]] = {}
    for hit in hits:
        spans.setdefault(hit[:2], []).append(hit)
    return [hit for of in spans.values() for hit in sorted(of, key=lambda hit: (-hit[3], hit[2]))[:BEST]]


def _proposals(offsets: Sequence[tuple[int, int]], hits: Iterable[_Hit]) -> Iterator[Proposal]:
    for first, last, name, score in hits:
        yield Proposal(offsets[first][0], offsets[last][1], name, score)


def _cores() -> int:
    """The cores this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _logit(score: float) -> float:
    return math.log(score / (1 - score))


def _session(path: Path, device: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    providers = ["CPUExecutionProvider"]
    if device == "cuda":
        if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
            raise ModelError(
                "device 'cuda' needs ONNX Runtime with CUDA, and the one installed has "
                f"{', '.join(onnxruntime.get_available_providers())}; try: pip install onnxruntime-gpu, or --device cpu"
            )
        providers.insert(0, "CUDAExecutionProvider")
    elif device != "cpu":
        raise UsageError(f"unknown device {device!r}; accepted: cpu, cuda")
    try:
        # ONNX Runtime's fused skip-layer-norm is several times slower on a CPU than an addition and a layer norm.
        unwanted = ["SkipLayerNormFusion"]
        return onnxruntime.InferenceSession(str(path), options, providers=providers, disabled_optimizers=unwanted)
    except Exception as error:  # onnxruntime raises many kinds, all meaning an unusable file
        raise ModelError(f"cannot load {str(path)!r}: {error}; export the student again") from error


class _TypeTower:
    """Type texts -> whole type vectors [N, D + H + 1]; the session is opened at the first text not in the cache."""

    def __init__(self, folder: Path, words: WordEncoder) -> None:
        self._path, self._words = folder / "types.onnx", words
        # All that decides a vector: one made by other weights or another tokenizer must not be read for this one.
        parts = (self._path, folder / "tokenizer.json")
        self.fingerprint = sha256(b"".join(sha256(part.read_bytes()).digest() for part in parts)).hexdigest()
        self._session: Any = None

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        import numpy as np

        if self._session is None:
            self._session = _session(self._path, "cpu")
        rows = []
        for text in texts:  # one at a time: a vector must not depend on the texts it is encoded with
            ids = np.array([self._words.encode_plain(text)[:TYPE_TOKENS]], dtype=np.int64)
            rows.append(self._session.run(("vectors",), {"ids": ids, "mask": np.ones_like(ids)})[0][0])
        return np.stack(rows)


class _UnitVectors:
    """The sentence-space part of the type vectors, for the definition index."""

    def __init__(self, vectors: VectorCache | _TypeTower, fingerprint: str, dim: int) -> None:
        self._vectors, self.fingerprint, self._dim = vectors, fingerprint, dim

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors [N, D] of type texts."""
        return self._vectors.encode(texts)[:, : self._dim]
