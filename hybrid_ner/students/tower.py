"""The type tower on ONNX Runtime: type texts to type vectors, and what the second look sees in mentions and types."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid_ner.definitions.encoder import TypeEncoder
from hybrid_ner.errors import ModelError
from hybrid_ner.students.folder import TYPE_TOKENS
from hybrid_ner.words import WordEncoder

if TYPE_CHECKING:
    import numpy as np

_REMEMBERED = 20_000  # embeddings in memory, 30 MB at 384 dimensions; never on disk: they are of documents


def open_session(path: Path) -> Any:
    """A graph on the CPU.

    Raises:
        ModelError: it cannot be loaded.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        # ONNX Runtime's fused skip-layer-norm is several times slower on a CPU than an addition and a layer norm.
        unwanted = ["SkipLayerNormFusion"]
        return onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"], disabled_optimizers=unwanted
        )
    except Exception as error:  # onnxruntime raises many kinds, all meaning an unusable file
        raise ModelError(f"cannot load {str(path)!r}: {error}; export the student again") from error


class TypeTower:
    """Type texts -> whole type vectors [N, D + H + 1]; the session is opened at the first text that needs it.

    One text a run: a vector must not depend on the texts it is encoded with.
    """

    def __init__(self, folder: Path, words: WordEncoder) -> None:
        self._path, self._words = folder / "types.onnx", words
        # All that decides a vector: one made by other weights or another tokenizer must not be read for this one.
        parts = (self._path, folder / "tokenizer.json")
        self.fingerprint = sha256(b"".join(sha256(part.read_bytes()).digest() for part in parts)).hexdigest()
        self._opening = threading.Lock()
        self._session: Any = None

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Whole type vectors of type texts."""
        import numpy as np

        return np.stack([self.run("vectors", text) for text in texts])

    def run(self, output: str, text: str) -> np.ndarray:
        """One output of the graph ("vectors", "mention_looks", "type_looks") for one text."""
        import numpy as np

        with self._opening:
            if self._session is None:
                self._session = open_session(self._path)
        ids = np.array([self._words.encode_plain(text)[:TYPE_TOKENS]], dtype=np.int64)
        return self._session.run((output,), {"ids": ids, "mask": np.ones_like(ids)})[0][0]


class LookTower:
    """The second look's side of a type tower: mentions alone, and types, as unit vectors [N, D]."""

    def __init__(self, tower: TypeTower) -> None:
        self._tower = tower
        self._known: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def types(self, texts: Sequence[str]) -> np.ndarray:
        """What mentions of each type are like."""
        import numpy as np

        return np.stack([self._tower.run("type_looks", text) for text in texts])

    def mentions(self, texts: Sequence[str]) -> np.ndarray:
        """What each mention is like; those met lately are remembered."""
        import numpy as np

        return np.stack([self._mention(text) for text in texts])

    def _mention(self, text: str) -> np.ndarray:
        with self._lock:
            if text in self._known:
                self._known.move_to_end(text)
                return self._known[text]
        vector = self._tower.run("mention_looks", text)
        with self._lock:
            self._known[text] = vector
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return vector


class UnitVectors:
    """The sentence-space part of the type vectors, for the definition index."""

    def __init__(self, vectors: TypeEncoder, fingerprint: str, dim: int) -> None:
        self._vectors, self.fingerprint, self._dim = vectors, fingerprint, dim

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors [N, D] of type texts."""
        return self._vectors.encode(texts)[:, : self._dim]
