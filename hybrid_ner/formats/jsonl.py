"""JSONL, in and out: one document a line, the fields that are not ours passed through untouched."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hybrid_ner.errors import InputError
from hybrid_ner.formats.text import BOM, decode, is_valid_unicode
from hybrid_ner.schema import Document, to_dict

_log = logging.getLogger(__name__)

SCORE_DIGITS = 4
MAX_DEPTH = 100  # lists and objects inside one another; Python's own limit depends on who calls


def read_jsonl(
    lines: Iterable[bytes], name: str, *, shown: str | None = None, hint: str = ""
) -> Iterator[Document]:
    """Documents of a JSONL file, a line at a time; blank lines are passed over.

    Args:
        lines: the file's lines as bytes, ended by a newline.
        name: the file; a record without an id gets "NAME:LINE".
        shown: what messages call the file, where it is not `name`.
        hint: added to the message of a line that is not JSON.

    Yields:
        A document for every record. A line that is no record with a text is a document with `.error` set.
    """
    offset = 0
    for number, line in enumerate(lines, 1):
        data = line.removeprefix(BOM) if number == 1 else line
        where = f"{shown or name}, line {number}"
        if data.strip():
            yield _document(data, where, f"{name}:{number}", offset + len(line) - len(data), hint)
        offset += len(line)


def _document(data: bytes, where: str, default_id: str, offset: int, hint: str) -> Document:
    try:
        record = _record(decode(data.rstrip(b"\r\n"), where, offset=offset), where, hint)
    except InputError as error:
        return Document(text="", id=default_id, error=str(error))
    text = record.pop("text", None)
    record_id = record.pop("id", None)
    found = Document(text="", id=default_id if record_id is None else record_id, extra=record)
    if not isinstance(text, str):
        what = "a record without a text" if text is None else f"the text is {_kind(text)}"
        message = f'{where}: {what}; a record is an object such as {{"id": "1", "text": "..."}}'
        return Document(text="", id=found.id, extra=record, error=message)
    if not is_valid_unicode(text):
        message = f"{where}: the text holds half of a surrogate pair (\\ud800 to \\udfff), not valid Unicode"
        return Document(text="", id=found.id, extra=record, error=message)
    return Document(text=text, id=found.id, extra=record)


def _record(line: str, where: str, hint: str) -> dict[str, Any]:
    try:
        record = json.loads(line, parse_constant=_refuse_constant, parse_float=_finite_float)
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: not valid JSON: {error.msg} at column {error.colno}{hint}") from error
    except (ValueError, RecursionError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else error
        raise InputError(f"{where}: not valid JSON: {what}{hint}") from error
    if not isinstance(record, dict):
        raise InputError(f'{where}: a record is an object such as {{"text": "..."}}, this is {_kind(record)}')
    if line.count("[") + line.count("{") > MAX_DEPTH and _depth(record) > MAX_DEPTH:
        raise InputError(f"{where}: the record is nested more than {MAX_DEPTH} deep")
    return record


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, (list, dict))]:
        depth += 1
        level = [item for box in level for item in (box.values() if isinstance(box, dict) else box)]
    return depth


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON value")


def _finite_float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"the number {digits[:40]} is too large")
    return value


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


class JsonlFormat:
    """Writes `{"id", "text", "entities", ...passed-through}` a line, or `{"id", "error", ...passed-through}`.

    Passed-through fields never replace the format's own; those that would are left out, with a note in the
    log.
    """

    def __init__(self, *, explain: bool = False) -> None:
        self._explain = explain
        self._noted: set[str] = set()

    def begin(self) -> str:
        return ""

    def document(self, document: Document) -> str:
        record = document_record(document, explain=self._explain)
        own = {"id", "text", "entities", "error", *record}
        for key, value in document.extra.items():
            if key in own:
                self._note(key)
            else:
                record[key] = value
        return dump_line(record)

    def end(self) -> str:
        return ""

    def _note(self, key: str) -> None:
        if key not in self._noted:
            self._noted.add(key)
            _log.warning("the input field %r is not passed through: the output has its own", key)


def document_record(document: Document, *, explain: bool = False) -> dict[str, Any]:
    """The document's own fields as JSON values, scores rounded to `SCORE_DIGITS` digits."""
    if document.error is not None:
        return {"id": document.id, "error": document.error}
    record = {
        "id": document.id,
        "text": document.text,
        "entities": [_rounded(to_dict(entity)) for entity in document.entities],
    }
    if explain:
        record["decisions"] = [_rounded(to_dict(decision)) for decision in document.decisions]
    return record


def _rounded(record: dict[str, Any]) -> dict[str, Any]:
    for key in ("score", "proposed_score", "raw"):
        if record.get(key) is not None:
            record[key] = round(float(record[key]), SCORE_DIGITS)
    for said in (*([record["proposal"]] if record.get("proposal") else ()), *record.get("views", ())):
        _rounded(said)
    return record


def dump_line(record: Mapping[str, Any]) -> str:
    """One line of JSON; characters as they are, but half surrogate pairs, which only an escape can carry."""
    line = json.dumps(record, ensure_ascii=False)
    return (line if is_valid_unicode(line) else json.dumps(record)) + "\n"
