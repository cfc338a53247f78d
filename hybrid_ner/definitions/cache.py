"""Type vectors, encoded once: kept in memory, and on disk by content hash.

An encoder has one file, a plain array of (key, checksum, vector) records that loads in a few milliseconds.
It is only ever replaced as a whole, so other processes see the old file or the new one. Two processes that
write at once may lose one another's newest vectors, which costs an encoding and nothing else; so does a
damaged file or record.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hybrid_ner.definitions.encoder import TypeEncoder
from hybrid_ner.errors import ModelError

if TYPE_CHECKING:
    import numpy as np

logger = logging.getLogger(__name__)

FOLDER_VARIABLE = "HYBRID_NER_CACHE"
MEMORY_LIMIT = 10_000  # vectors; 15 MB at 384 dimensions
DISK_LIMIT = 10_000  # vectors a file; the longest unwritten go first


def cache_folder() -> Path | None:
    """$HYBRID_NER_CACHE, else $XDG_CACHE_HOME/hybrid_ner, else ~/.cache/hybrid_ner; None without a home."""
    if chosen := os.environ.get(FOLDER_VARIABLE):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(base):  # the specification has relative values ignored
        return Path(base) / "hybrid_ner"
    try:
        return Path.home() / ".cache" / "hybrid_ner"
    except RuntimeError:
        return None


class VectorCache:
    """A type encoder that remembers. Safe for threads; the file is safe for several processes.

    Args:
        encoder: encodes what is not remembered.
        folder: where the file is; None takes `cache_folder()`. One that cannot be written is done without.
    """

    def __init__(self, encoder: TypeEncoder, folder: str | Path | None = None) -> None:
        self._encoder = encoder
        self._memory: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()
        folder = Path(folder) if folder is not None else cache_folder()
        name = hashlib.sha256(encoder.fingerprint.encode()).hexdigest()[:16]
        self._file = folder / f"types-{name}.npy" if folder is not None else None

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of `texts` [N, D], float32, N at least 1; texts not seen before are encoded in one batch.

        Raises:
            ModelError: the encoder returned something else than one vector a text.
        """
        import numpy as np

        keys = [self._key(text) for text in texts]
        with self._lock:
            found = self._remembered(set(keys))
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
            if missing:
                fresh = self._encode(missing)
                found.update(fresh)
                self._store(fresh)
            self._remember(found)
        return np.stack([found[key] for key in keys])

    def _key(self, text: str) -> str:
        return hashlib.sha256(
            f"{self._encoder.fingerprint}\0{text}".encode("utf-8", "surrogatepass")
        ).hexdigest()

    def _encode(self, texts: Mapping[str, str]) -> dict[str, np.ndarray]:
        import numpy as np

        keys = sorted(texts, key=texts.__getitem__)  # the batch does not depend on the order of the types
        vectors = np.asarray(self._encoder.encode([texts[key] for key in keys]), dtype=np.float32)
        if vectors.ndim != 2 or len(vectors) != len(keys):
            raise ModelError(f"the type encoder returned shape {vectors.shape} for {len(keys)} texts")
        return dict(zip(keys, vectors, strict=True))

    def _remembered(self, keys: set[str]) -> dict[str, np.ndarray]:
        found = {key: self._memory[key] for key in keys if key in self._memory}
        if len(found) < len(keys):
            found.update(_read_vectors(self._file, keys - found.keys()))
        return found

    def _remember(self, vectors: Mapping[str, np.ndarray]) -> None:
        for key, vector in vectors.items():
            self._memory[key] = vector
            self._memory.move_to_end(key)
        while len(self._memory) > MEMORY_LIMIT:
            self._memory.popitem(last=False)

    def _store(self, vectors: Mapping[str, np.ndarray]) -> None:
        if self._file is None:
            return
        try:
            _merge(self._file, vectors)
        except OSError as error:
            logger.debug("type vectors are kept in memory only: %s", error)
            self._file = None


def _record_type(dimensions: int) -> np.dtype:
    import numpy as np

    return np.dtype([("key", "S64"), ("checksum", "<u4"), ("vector", "<f4", (dimensions,))])


def _read(file: Path | None) -> np.ndarray | None:
    """The records of a cache file, or None where there is none that can be read."""
    import numpy as np

    if file is None:
        return None
    try:
        with open(file, "rb") as stream:
            records = np.lib.format.read_array(stream, allow_pickle=False)
        (dimensions,) = records.dtype["vector"].shape
        return records if records.ndim == 1 and records.dtype == _record_type(dimensions) else None
    except FileNotFoundError:
        return None
    except Exception as error:  # whatever the file holds, encoding anew is right
        logger.debug("type vectors on disk are ignored: %s", error)
        return None


def _checksum(key: bytes, vector: np.ndarray) -> int:
    return zlib.crc32(vector.tobytes(), zlib.crc32(key))


def _read_vectors(file: Path | None, keys: Iterable[str]) -> dict[str, np.ndarray]:
    records = _read(file)
    if records is None:
        return {}
    rows = {key: row for row, key in enumerate(records["key"].tolist())}
    found = {}
    for key in keys:
        row = rows.get(key.encode())
        if row is None:
            continue
        vector = records["vector"][row]
        if _checksum(key.encode(), vector) == records["checksum"][row]:
            found[key] = vector.copy()  # a view would hold the whole file in memory
    return found


def _merge(file: Path, vectors: Mapping[str, np.ndarray]) -> None:
    """Adds vectors to a cache file, newest last, and replaces it.

    Raises:
        OSError: the folder cannot be made or written.
    """
    import numpy as np

    record_type = _record_type(len(next(iter(vectors.values()))))
    fresh = np.array(
        [(key.encode(), _checksum(key.encode(), vector), vector) for key, vector in vectors.items()],
        dtype=record_type,
    )
    old = _read(file)
    if old is not None and old.dtype == record_type:
        fresh = np.concatenate([old[~np.isin(old["key"], fresh["key"])], fresh])
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=file.stem, suffix=".tmp")
    try:
        with open(handle, "wb") as stream:
            np.lib.format.write_array(stream, fresh[-DISK_LIMIT:], allow_pickle=False)
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
