"""Lines and JSON records of a labelled file, each with where it stands; `.gz` files are unpacked on the way."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from hybrid_ner.errors import InputError
from hybrid_ner.formats.gold.errors import GoldError, shown
from hybrid_ner.formats.text import BOM, decode


def lines(path: str) -> Iterator[tuple[int, str]]:
    """Line numbers and lines without their ends (\\n or \\r\\n), one at a time.

    Raises:
        GoldError: the file cannot be read, unpacked or is not UTF-8.
    """
    number = offset = 0
    try:
        with _opened(path) as file:
            for number, raw in enumerate(file, 1):
                data = raw.removeprefix(BOM) if number == 1 else raw
                yield number, decode(data.rstrip(b"\r\n"), f"{path}, line {number}", offset=offset)
                offset += len(raw)
    except InputError as error:
        raise GoldError(str(error)) from error
    except (OSError, EOFError, zlib.error) as error:
        where = f"{path}, after line {number}" if number else path
        raise GoldError(f"{where}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def json_records(path: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The objects of a JSON list or of a JSONL file.

    Yields:
        ("FILE, line N" or "FILE, record N", an id made of it, the object).

    Raises:
        GoldError: as `lines`, or what is there is neither.
    """
    rows = lines(path)
    begun = False
    for number, line in rows:
        if not begun and line.lstrip().startswith("["):
            rest = "\n".join([line, *(text for _, text in rows)])
            yield from _listed(rest, path, number - 1)
        elif line.strip():
            record = _parsed(line, path, number - 1)
            begun = True
            yield f"{path}, line {number}", f"{path}:{number}", _object(record, f"{path}, line {number}")


def _listed(text: str, path: str, before: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for number, record in enumerate(_parsed(text, path, before), 1):
        where = f"{path}, record {number}"
        yield where, f"{path}:{number}", _object(record, where)


def _parsed(text: str, path: str, before: int) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise GoldError(
            f"{path}, line {before + error.lineno}: not valid JSON: {error.msg} at column {error.colno}; accepted: "
            "an object a line, or one list of objects"
        ) from error
    except (ValueError, RecursionError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else error
        raise GoldError(f"{path}, line {before + 1}: not valid JSON: {what}") from error


def _object(record: Any, where: str) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise GoldError(f"{where}: expected an object, got {shown(record)}")
    return record


def field(record: dict[str, Any], name: str, kind: type, where: str) -> Any:
    """A field that must be there and of a kind.

    Raises:
        GoldError: it is not.
    """
    value = record.get(name)
    if not isinstance(value, kind):
        spelt = {list: "a list", str: "a string", dict: "an object"}[kind]
        got = shown(value) if name in record else f"only the fields {shown(sorted(record))}"
        raise GoldError(f"{where}: expected `{name}`, {spelt}; got {got}")
    return value


def _opened(path: str) -> BinaryIO:
    return gzip.open(path, "rb") if path.lower().endswith(".gz") else open(path, "rb")
