"""Files of records that are whole or not there: written aside, flushed to the disk, then renamed."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from hybrid_ner.errors import InputError
from hybrid_ner.hashing import digest_of_value

_BLOCK = 1 << 20


@contextmanager
def replaced(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of `path` when the block ends without an error.

    A name ending in .gz is compressed, without a time or a name in it: the same records give the same bytes.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        with open(partial, "wb") as raw:
            if path.name.endswith(".gz"):
                with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
                    yield packed
            else:
                yield raw
            raw.flush()
            os.fsync(raw.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_records(path: Path, records: Iterable[Mapping[str, Any]]) -> int:
    """Writes JSON records, one a line; returns how many."""
    count = 0
    with replaced(path) as out:
        for record in records:
            out.write(json.dumps(record, ensure_ascii=False).encode("utf-8") + b"\n")
            count += 1
    return count


def write_json(path: Path, value: Any) -> None:
    with replaced(path) as out:
        out.write(json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8") + b"\n")


def read_json(path: Path) -> Any:
    """The value of a JSON file.

    Raises:
        InputError: it cannot be read or is no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"cannot read {str(path)!r}: {error}") from error


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a JSONL file, `.gz` or not, one in memory at a time.

    Raises:
        InputError: it cannot be read, or a line is no JSON object; the message names file and line.
    """
    number = 0
    try:
        with gzip.open(path, "rb") if path.name.endswith(".gz") else open(path, "rb") as lines:
            for line in lines:
                number += 1
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise ValueError("not an object")
                yield record
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}, line {number}: no JSON object ({error})") from error
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot read {str(path)!r}: {error}") from error


def digest_of(path: Path) -> str:
    """Content of a file, or of all files under a folder with their relative names, as sha256.

    Raises:
        InputError: there is nothing at `path`, or it cannot be read.
    """
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file())
        return digest_of_value({p.relative_to(path).as_posix(): digest_of(p) for p in files})
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise InputError(f"cannot read {str(path)!r}: {error.strerror or error}") from error
    return digest.hexdigest()
