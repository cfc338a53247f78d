"""CoNLL: a token a line with its BIO tag, documents apart by an empty line."""

from __future__ import annotations

import logging
import re

from hybrid_ner.formats.flat import flat_choice, pieces
from hybrid_ner.schema import Document

_log = logging.getLogger(__name__)


class ConllFormat:
    """Writes `# id = ...` and then `TOKEN<TAB>TAG` lines; a paragraph of the text ends with an empty line.

    Tokens are words and single other characters, cut where an entity starts or ends, so a tag never covers
    more or less than its entity. Of overlapping entities the one with the highest score is written, and the
    log says at the end how many were left out. White space in a type's name becomes `_`. A document that
    failed is a `# error = ...` line.
    """

    def __init__(self) -> None:
        self._left_out = 0

    def begin(self) -> str:
        return ""

    def document(self, document: Document) -> str:
        lines = [f"# id = {_one_line(document.id)}"]
        if document.error is not None:
            lines.append(f"# error = {_one_line(document.error)}")
        else:
            lines += self._tagged(document)
        return "\n".join(lines).rstrip("\n") + "\n\n"

    def end(self) -> str:
        if self._left_out:
            _log.warning("CoNLL holds no overlaps: %d overlapping or empty entities left out", self._left_out)
        return ""

    def _tagged(self, document: Document) -> list[str]:
        entities = flat_choice(document.entities)
        self._left_out += len(document.entities) - len(entities)
        waiting = list(reversed(entities))
        lines, inside, new = [], None, False
        for start, end in pieces(document.text, entities):
            if inside is not None and inside.end <= start:
                inside = None
            if waiting and waiting[-1].start <= start:
                inside, new = waiting.pop(), True
            piece = document.text[start:end]
            if not piece.strip():
                if inside is None and piece.count("\n") > 1 and lines:
                    lines.append("")
                continue
            tag = "O" if inside is None else f"{'B' if new else 'I'}-{_label(inside.type)}"
            new = False
            lines.append(f"{piece}\t{tag}")
        return lines


def _label(name: str) -> str:
    return re.sub(r"\s+", "_", name)


def _one_line(value: object) -> str:
    return "" if value is None else " ".join(str(value).split())
