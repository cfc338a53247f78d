"""Where raw text comes from: files, folders, globs, or a data set of the Hugging Face hub."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from hybrid_ner.distill.corpus.hub import PREFIX, read_hub
from hybrid_ner.distill.files import digest_of
from hybrid_ner.errors import InputError, MissingExtraError, UsageError
from hybrid_ner.formats.jsonl import read_jsonl
from hybrid_ner.formats.sources import paths_of
from hybrid_ner.formats.text import BOM, decode, is_valid_unicode

SUFFIXES = (".txt", ".jsonl", ".parquet", ".txt.gz", ".jsonl.gz")
_PART = 1 << 20  # characters of a plain text held at a time
_ROWS = 1024  # rows of a Parquet file held at a time


@dataclass(frozen=True, slots=True)
class RawText:
    """A document, or a part of a long one: `source` is the stratum it is sampled in."""

    source: str
    document: str
    text: str


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read: `name` as it stands below its input, `source` the first folder there, or the file's stem."""

    path: Path
    name: str
    source: str


def input_files(inputs: Sequence[str]) -> list[InputFile]:
    """The files behind files, folders and globs; hub names are passed over.

    Raises:
        UsageError: an input that names nothing.
    """
    files = []
    for given in inputs:
        if given.startswith(PREFIX):
            continue
        root = Path(given)
        for found in paths_of(given, suffixes=SUFFIXES):
            if isinstance(found, InputError):
                raise UsageError(str(found))
            path = Path(found)
            if not path.name.lower().endswith(SUFFIXES):
                raise UsageError(f"cannot read {found!r}: accepted are {', '.join(SUFFIXES)}")
            name = path.relative_to(root) if root.is_dir() else Path(path.name)
            files.append(InputFile(path, name.as_posix(), name.parts[0].partition(".")[0]))
    return files


def input_digests(inputs: Sequence[str]) -> dict[str, str]:
    """What the inputs hold, for the manifest: name -> sha256; a hub name stands for itself."""
    digests = {given: "" for given in inputs if given.startswith(PREFIX)}
    for number, file in enumerate(input_files(inputs)):
        digests[f"{number}:{file.name}"] = digest_of(file.path)
    return digests


def read_raw(
    inputs: Sequence[str], *, text_field: str, source_field: str, failed: Callable[[str], None]
) -> Iterator[RawText]:
    """All documents, in order. What cannot be read is told to `failed`, and the rest is read.

    Args:
        text_field: of JSONL records, Parquet rows and hub rows. source_field: names the stratum where a record has
            it; a dot leads into an object ("meta.pile_set_name").
    """
    for given in inputs:
        if given.startswith(PREFIX):
            for number, row in enumerate(read_hub(given)):
                yield from _row(row, given, f"{given}#{number}", text_field, source_field, failed)
            continue
        for file in input_files([given]):
            name = file.path.name.lower().removesuffix(".gz")
            try:
                if name.endswith(".parquet"):
                    rows = _parquet(file)
                elif name.endswith(".jsonl"):
                    rows = _jsonl(file, text_field, failed)
                else:
                    yield from _plain(file)
                    continue
                for document, row in rows:
                    yield from _row(row, file.source, document, text_field, source_field, failed)
            except (InputError, OSError, EOFError, zlib.error) as error:
                failed(f"{file.path}: {error}")


def _open(path: Path) -> BinaryIO:
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else open(path, "rb")


def _plain(file: InputFile) -> Iterator[RawText]:
    """A plain text in parts that end at a blank line where there is one, and always at a line's end."""
    part: list[str] = []
    size = number = offset = 0
    with _open(file.path) as lines:
        for line in lines:
            text = decode(line.removeprefix(BOM) if offset == 0 else line, file.name, offset=offset)
            offset += len(line)
            if size >= _PART and (not text.strip() or size >= 2 * _PART):
                yield RawText(file.source, f"{file.name}#{number}", "".join(part))
                part, size, number = [], 0, number + 1
            part.append(text)
            size += len(text)
    yield RawText(file.source, f"{file.name}#{number}" if number else file.name, "".join(part))


def _jsonl(file: InputFile, text_field: str, failed: Callable[[str], None]) -> Iterator[tuple[str, dict[str, Any]]]:
    with _open(file.path) as lines:
        for document in read_jsonl(lines, file.name):
            row = dict(document.extra)
            if document.error is None or _field(row, text_field) is not None:
                yield str(document.id), {"text": document.text, **row}
            else:
                failed(document.error)


def _parquet(file: InputFile) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "distill", "reading Parquet") from error
    number = 0
    try:
        for batch in parquet.ParquetFile(file.path).iter_batches(batch_size=_ROWS):
            for row in batch.to_pylist():
                yield f"{file.name}:{number}", row
                number += 1
    except (ArrowException, OSError) as error:
        raise InputError(f"not a Parquet file, or a damaged one: {error}") from error


def _row(
    row: dict[str, Any],
    source: str,
    document: str,
    text_field: str,
    source_field: str,
    failed: Callable[[str], None],
) -> Iterator[RawText]:
    text = _field(row, text_field)
    if not isinstance(text, str) or not is_valid_unicode(text):
        failed(f"{document}: no text in Unicode under {text_field!r}; fields: {', '.join(map(str, row))}")
        return
    named = _field(row, source_field)
    yield RawText(named if isinstance(named, str) and named else source, document, text)


def _field(row: Any, path: str) -> Any:
    for name in path.split("."):
        row = row.get(name) if isinstance(row, dict) else None
    return row
