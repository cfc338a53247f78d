"""INPUTs to documents: lazily, in order, one in memory at a time. What cannot be read is a document too."""

from __future__ import annotations

import io
import itertools
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from hybrid_ner.errors import InputError, UsageError
from hybrid_ner.formats.jsonl import read_jsonl
from hybrid_ner.formats.sources import STDIN, paths_of
from hybrid_ner.formats.text import BOM, read_text
from hybrid_ner.schema import Document

_BLANK = b" \t\r\n"


def read_inputs(inputs: Sequence[str], *, skip: Collection[Path] = ()) -> Iterator[Document]:
    """The documents of all inputs.

    A `.jsonl` file holds a document a line; every other file is one document, with the path as its id.
    Standard input (`-`) is taken for JSONL when its first character that is not blank is `{`, for one
    document otherwise. Files are UTF-8; a byte order mark at the start is no part of the text and offsets do
    not count it. Line ends stay as they are in the file.

    Args:
        inputs: files, folders, globs, `-`.
        skip: resolved paths to leave out of folders and globs.

    Yields:
        Documents. One that cannot be read has `.error` set, naming the file and, where it applies, the line;
        its text is empty.

    Raises:
        UsageError: no input at all (on the first document asked for).
    """
    if not inputs:
        raise UsageError("no input; name a .txt or .jsonl file, a folder, a glob, or - for standard input")
    stdin_read = False
    for given in inputs:
        if given == STDIN:
            if stdin_read:
                yield _failed(STDIN, "standard input can be read only once; name - once")
            else:
                yield from _read_stdin()
            stdin_read = True
            continue
        for path in paths_of(given, skip=skip):
            if isinstance(path, InputError):
                yield _failed(given, str(path))
            else:
                yield from _read_file(path)


def _read_file(path: str) -> Iterator[Document]:
    try:
        with open(path, "rb") as file:
            if path.lower().endswith(".jsonl"):
                yield from read_jsonl(file, path)
            else:
                yield read_text(file.read(), path)
    except OSError as error:
        yield _failed(path, f"cannot read {path!r}: {error.strerror or error}")


def _read_stdin() -> Iterator[Document]:
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:  # replaced by a stream of text
        stream = io.BytesIO(sys.stdin.read().encode("utf-8", "surrogatepass"))
    head = _up_to_content(stream)
    if b"".join(head).removeprefix(BOM).lstrip(_BLANK).startswith(b"{"):
        yield from read_jsonl(
            itertools.chain(head, stream),
            STDIN,
            shown="standard input",
            hint="; standard input that begins with '{' is read as JSONL",
        )
    else:
        yield read_text(b"".join(head) + stream.read(), STDIN, shown="standard input")


def _up_to_content(stream: BinaryIO) -> list[bytes]:
    """The stream's first lines, up to the first that is not blank."""
    head = []
    for line in stream:
        head.append(line)
        if line.removeprefix(BOM).strip(_BLANK):
            break
    return head


def _failed(given: str, message: str) -> Document:
    return Document(text="", id=given, error=message)
