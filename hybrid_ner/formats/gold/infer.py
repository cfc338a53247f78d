"""Which format a labelled file is in, by its suffix or, where that says too little, by what it begins with."""

from __future__ import annotations

import os
import re

from hybrid_ner.formats.gold.errors import GoldError
from hybrid_ner.formats.gold.files import json_records, lines
from hybrid_ner.formats.gold.tags import is_tag

_SUFFIXES = {
    ".conll": "conll",
    ".bio": "conll",
    ".bioes": "conll",
    ".iob": "conll",
    ".iob2": "conll",
    ".iobes": "conll",
    ".spacy": "docbin",
    ".pubtator": "pubtator",
}
# Fields that a record of the format has, and no other's.
_FIELDS = {
    "gliner": {"tokenized_text", "ner"},
    "uniner": {"conversations"},
    "jsonl": {"text", "entities"},
    "prodigy": {"text", "spans"},
    "labelstudio": {"data", "annotations"},
    "labelstudio (short)": {"label", "annotation_id"},
    "prodigy (no spans)": {"text", "_input_hash"},
}


def infer_format(path: str, formats: tuple[str, ...]) -> str:
    """The format's name.

    Raises:
        GoldError: it cannot be told; the message lists the formats. Or the file cannot be read or is empty.
    """
    if os.path.isdir(path):
        return "brat"
    plain = path.lower().removesuffix(".gz")
    suffix = os.path.splitext(plain)[1]
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    found = _of_json(path) if suffix in (".json", ".jsonl") else _of_text(path)
    if len(found) != 1:
        why = f"it could be any of {', '.join(found)}" if found else "its beginning is like none that is known"
        raise GoldError(f"{path}: the format cannot be told: {why}; name it with --gold-format: {', '.join(formats)}")
    return found[0]


def _of_json(path: str) -> list[str]:
    for _, _, record in json_records(path):
        fitting = [name.split(" ")[0] for name, fields in _FIELDS.items() if fields <= record.keys()]
        return list(dict.fromkeys(fitting))
    raise GoldError(f"{path}: the file is empty; there is nothing to score")


def _of_text(path: str) -> list[str]:
    columns: list[str] = []
    for _, line in lines(path):
        columns = line.split() or columns
        if re.match(r"[^|\s]+\|t\|", line):
            return ["pubtator"]
        if columns and (columns[0] == "-DOCSTART-" or (len(columns) > 1 and is_tag(columns[-1]))):
            return ["conll"]
        if columns and columns[0] != "#":
            return []
    if not columns:
        raise GoldError(f"{path}: the file is empty; there is nothing to score")
    return []
