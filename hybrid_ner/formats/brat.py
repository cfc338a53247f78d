"""brat standoff: a folder with a .txt and an .ann file a document."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import BinaryIO

from hybrid_ner.errors import UsageError
from hybrid_ner.formats.jsonl import SCORE_DIGITS
from hybrid_ner.formats.streams import cannot_write, encode
from hybrid_ner.schema import Document, Entity

_log = logging.getLogger(__name__)

# Everything that ends a line for the programs that read .ann files.
_LINES = re.compile(r"[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_MAX_NAME = 80  # characters; at most 4 bytes each, and file systems take 255 bytes


class BratWriter:
    """Writes each document as NAME.txt and NAME.ann, and `annotation.conf` with the types at the end.

    NAME is made from the document's id: only letters, digits, `.`, `-` and `_`, so it stays inside the
    folder; when taken, the document's number is added. Offsets count the characters of NAME.txt. A mention
    that runs over a line end is a discontinuous one, as brat wants it. Scores are notes. Documents that
    failed are lines of `errors.jsonl`.

    Args:
        path: the folder; made when missing, and otherwise it must be empty.

    Raises:
        UsageError: the folder cannot be made or is not empty.
    """

    def __init__(self, path: str) -> None:
        self._folder = Path(path)
        self._written = 0
        self._types: set[str] = set()
        try:
            self._folder.mkdir(exist_ok=True)
            if any(self._folder.iterdir()):
                raise UsageError(
                    f"the folder {path!r} is not empty; name a new or an empty one for brat files"
                )
        except OSError as error:
            raise cannot_write(path, error) from error

    def write(self, document: Document) -> None:
        self._written += 1
        if document.error is not None:
            with open(self._folder / "errors.jsonl", "a", encoding="utf-8") as file:
                file.write(json.dumps({"id": document.id, "error": document.error}) + "\n")
            return
        with self._new_file(document) as file:
            file.write(encode(document.text))
            target = Path(file.name).with_suffix(".ann")
        target.write_bytes(encode(self._annotations(document)))

    def __enter__(self) -> BratWriter:
        return self

    def __exit__(self, kind, error, trace) -> None:
        sections = [
            "[entities]",
            *sorted(self._types),
            "",
            "[relations]",
            "",
            "[events]",
            "",
            "[attributes]",
            "",
        ]
        (self._folder / "annotation.conf").write_bytes(encode("\n".join(sections)))

    def _new_file(self, document: Document) -> BinaryIO:
        name = _safe_name(document.id)
        taken = 0
        while True:
            suffix = "" if not taken else f"-{self._written}" if taken == 1 else f"-{self._written}.{taken}"
            try:
                return open(self._folder / f"{name}{suffix}.txt", "xb")
            except FileExistsError:
                taken += 1

    def _annotations(self, document: Document) -> str:
        lines = []
        for number, entity in enumerate(document.entities, 1):
            fragments = _fragments(document.text, entity)
            if not fragments:
                _log.warning("brat: an entity that is only line ends is left out")
                continue
            label = _label(entity.type)
            self._types.add(label)
            offsets = ";".join(f"{start} {end}" for start, end in fragments)
            mention = " ".join(document.text[start:end] for start, end in fragments)
            lines.append(f"T{number}\t{label} {offsets}\t{mention}\n")
            lines.append(
                f"#{number}\tAnnotatorNotes T{number}\tscore {round(float(entity.score), SCORE_DIGITS)}\n"
            )
        return "".join(lines)


def _fragments(text: str, entity: Entity) -> list[tuple[int, int]]:
    return [
        (entity.start + match.start(), entity.start + match.end())
        for match in _LINES.finditer(text[entity.start : entity.end])
    ]


def _label(name: str) -> str:
    return re.sub(r"[^\w-]+", "_", name)


def _safe_name(document_id: object) -> str:
    """A file name from an id: no separator, no leading dot, never empty."""
    name = re.sub(r"\.(txt|jsonl)$", "", str(document_id), flags=re.IGNORECASE)
    name = re.sub(r"[^\w.-]+", "_", name).strip("._-")
    return name[-_MAX_NAME:].strip("._-") or "document"
