"""CSV: a row an entity."""

from __future__ import annotations

import csv
import io

from hybrid_ner.formats.jsonl import SCORE_DIGITS
from hybrid_ner.schema import Document

COLUMNS = ("id", "start", "end", "text", "type", "score", "error")


class CsvFormat:
    """Writes `COLUMNS`, quoted as RFC 4180 has it.

    A document without entities, or with an error, is one row with only its id (and error), so that every
    document can be found in the table.
    """

    def begin(self) -> str:
        return _rows([COLUMNS])

    def document(self, document: Document) -> str:
        if document.error is not None or not document.entities:
            return _rows([(document.id, "", "", "", "", "", document.error or "")])
        return _rows(
            (document.id, e.start, e.end, e.text, e.type, round(float(e.score), SCORE_DIGITS), "")
            for e in document.entities
        )

    def end(self) -> str:
        return ""


def _rows(rows) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
