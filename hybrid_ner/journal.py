"""How far a run's output is good, kept beside it in OUTPUT.progress, so that an interrupted run can go on.

The journal holds how many input documents are done, a digest of them, and how long the output was then. Going
on means: skip these documents (checking that they are the same ones), cut the output to that length, append.
It stays after the run, so that an output is never taken for finished, or for one's own, on its name alone.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hybrid_ner.errors import UsageError
from hybrid_ner.schema import Document, to_dict

VERSION = 1


@dataclass(frozen=True, slots=True)
class Progress:
    """The state in the journal.

    Attributes:
        settings: setting -> digest of its value; a run goes on only with the same ones.
        documents: input documents whose results are in the output.
        failed: how many of them carry an error.
        bytes: the output's length then.
        digest: chained over the documents done.
        complete: whether the inputs were read to their end.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    documents: int = 0
    failed: int = 0
    bytes: int = 0
    digest: str = ""
    complete: bool = False


def settings_digests(settings: Mapping[str, Any]) -> dict[str, str]:
    """A short digest of each setting's value (any JSON-ready value or schema object)."""
    return {name: _digest("", to_dict(value)) for name, value in settings.items()}


def _digest(previous: str, value: Any) -> str:
    encoded = json.dumps(value, sort_keys=True, default=str).encode("ascii")
    return hashlib.blake2b(previous.encode("ascii") + encoded, digest_size=12).hexdigest()


def _add_document(digest: str, document: Document) -> str:
    return _digest(digest, [document.id, document.text, to_dict(document.extra)])


def journal_path(output: Path) -> Path:
    """Where the journal of `output` is."""
    return output.with_name(output.name + ".progress")


def load_progress(output: Path, settings: Mapping[str, str]) -> Progress:
    """Where to go on with `output`; nothing done yet if there is neither a journal nor an output.

    Raises:
        UsageError: the output is not from a run with these settings, or was changed since.
    """
    path = journal_path(output)
    advice = "start again without --resume to overwrite it"
    if not path.exists():
        # An empty output is that of a run stopped before it did anything.
        if output.exists() and output.stat().st_size:
            raise UsageError(
                f"{output} cannot be resumed: no {path.name} beside it says how far it got; {advice}"
            )
        return Progress(settings=settings)
    progress = _read(path, advice)
    names = [*settings, *(name for name in progress.settings if name not in settings)]
    changed = [name for name in names if progress.settings.get(name) != settings.get(name)]
    if changed:
        raise UsageError(
            f"{output} cannot be resumed: it was made with other settings (changed: {', '.join(changed)}); "
            f"use the same ones, or {advice}"
        )
    length = output.stat().st_size if output.exists() else 0
    if length < progress.bytes:
        raise UsageError(
            f"{output} cannot be resumed: it has {length} bytes, {path.name} says {progress.bytes}; {advice}"
        )
    return progress


def _read(path: Path, advice: str) -> Progress:
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        if fields.pop("version") != VERSION:
            raise ValueError("another version")
        progress = Progress(**fields)
        counts = (progress.documents, progress.failed, progress.bytes)
        if not all(isinstance(n, int) and n >= 0 for n in counts) or not isinstance(progress.settings, dict):
            raise ValueError("fields of the wrong kind")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            f"{path} is not a progress file of this version ({error}); {advice} without it"
        ) from error
    return progress


def skip_done(documents: Iterable[Document], progress: Progress, output: Path) -> Iterator[Document]:
    """Reads past the documents that are done; returns an iterator over the others.

    Raises:
        UsageError: they are not the documents the output was made from.
    """
    remaining = iter(documents)
    digest = ""
    for _ in range(progress.documents):
        document = next(remaining, None)
        if document is None:
            break
        digest = _add_document(digest, document)
    if digest != progress.digest:
        raise UsageError(
            f"{output} cannot be resumed: the inputs do not begin with the {progress.documents} documents "
            f"it was made from; give the same inputs in the same order, or start again without --resume"
        )
    return remaining


class Journal:
    """Keeps the progress of a run; on disk at most `every` seconds old, in memory always current.

    Args:
        output: the file being written.
        progress: where the run starts.
        every: seconds between saves.
    """

    def __init__(self, output: Path, progress: Progress, *, every: float = 1.0) -> None:
        self.output = output
        self.progress = progress
        self._path = journal_path(output)
        self._every = every
        self._saved_at = -float("inf")

    def prepare_output(self) -> None:
        """Before the output is opened: cuts what came after the progress, or forgets an older run's."""
        if self.progress.bytes:
            os.truncate(self.output, self.progress.bytes)
        else:
            self._path.unlink(missing_ok=True)

    def advance(self, batch: Iterable[Document], *, failed: int) -> None:
        """Notes that the results of these input documents are flushed to the output."""
        done, digest = self.progress.documents, self.progress.digest
        for document in batch:
            done, digest = done + 1, _add_document(digest, document)
        self.progress = dataclasses.replace(
            self.progress,
            documents=done,
            failed=self.progress.failed + failed,
            bytes=self.output.stat().st_size,
            digest=digest,
            complete=False,
        )
        if time.monotonic() - self._saved_at >= self._every:
            self.save()

    def finish(self) -> None:
        """Notes that all inputs are done and the output is closed."""
        self.progress = dataclasses.replace(self.progress, bytes=self.output.stat().st_size, complete=True)
        self.save()

    def save(self) -> None:
        """Writes the journal, after the output it speaks of is on disk, in one step."""
        if self.progress.bytes:
            with open(self.output, "rb+") as written:
                os.fsync(written.fileno())
        fresh = self._path.with_name(self._path.name + ".new")
        fresh.write_text(
            json.dumps({"version": VERSION, **to_dict(self.progress)}, indent=1), encoding="utf-8"
        )
        os.replace(fresh, self._path)
        self._saved_at = time.monotonic()
