"""Writing text formats: a format says what a document looks like, `TextWriter` where it goes."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Protocol

from hybrid_ner.errors import UsageError
from hybrid_ner.schema import Document


class Writer(Protocol):
    """Takes documents one by one; a context manager."""

    def write(self, document: Document) -> None: ...

    def __enter__(self) -> Writer: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class TextFormat(Protocol):
    """A format written front to back: a head, each document by itself, a tail."""

    def begin(self) -> str: ...

    def document(self, document: Document) -> str: ...

    def end(self) -> str: ...


class TextWriter:
    """Streams one `TextFormat`, as UTF-8 and without changing line ends, to a file or standard output.

    A document is written in one piece. Half surrogate pairs, which UTF-8 cannot carry, become `\\udXXX`.
    When the run ends with an exception the tail is still written: what is there is whole.

    Args:
        path: the file, or None for standard output (where every document is flushed).
        form: the format.
        append: go on after what the file holds; the head is then written only to an empty or a new file.

    Raises:
        UsageError: the file cannot be opened.
    """

    def __init__(self, path: str | None, form: TextFormat, *, append: bool = False) -> None:
        self._form = form
        self._path = path
        if path is None:
            self._file = None
        else:
            try:
                self._file = open(path, "ab" if append else "wb")  # noqa: SIM115 - closed in __exit__
            except OSError as error:
                raise cannot_write(path, error) from error
        if self._file is None or self._file.tell() == 0:
            self._put(form.begin())

    def write(self, document: Document) -> None:
        self._put(self._form.document(document))

    def flush(self) -> None:
        """Hands what is written to the system, so that the file's length tells how far it is good."""
        if self._file is not None:
            self._file.flush()

    def __enter__(self) -> TextWriter:
        return self

    def __exit__(self, kind, error, trace) -> None:
        try:
            self._put(self._form.end())
        finally:
            if self._file is not None:
                self._file.close()

    def _put(self, text: str) -> None:
        if not text:
            return
        if self._file is not None:
            self._file.write(encode(text))
            return
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:  # replaced by a stream of text
            sys.stdout.write(text)
        else:
            sys.stdout.flush()
            buffer.write(encode(text))
        sys.stdout.flush()


def encode(text: str) -> bytes:
    """UTF-8, with half surrogate pairs written as `\\udXXX`."""
    return text.encode("utf-8", "backslashreplace")


def cannot_write(path: str | os.PathLike[str], error: OSError) -> UsageError:
    """The error for an output that cannot be opened."""
    return UsageError(
        f"cannot write {os.fspath(path)!r}: {error.strerror or error}; name a file in an existing folder"
    )
