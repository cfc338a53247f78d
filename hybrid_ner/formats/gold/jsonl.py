"""This project's JSONL: `{"id"?, "text", "entities": [{"start", "end", "type", "text"?}]}` a line (or one list)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hybrid_ner.formats.gold.errors import GoldError, shown
from hybrid_ner.formats.gold.files import field, json_records
from hybrid_ner.formats.gold.record import GoldRecord, Mention


def read_jsonl_gold(path: str) -> Iterator[GoldRecord]:
    """Records of the file; other fields are passed over.

    Raises:
        GoldError: a record with an error in place of entities, or of another shape.
    """
    for where, default_id, record in json_records(path):
        if "error" in record and "entities" not in record:
            raise GoldError(f"{where}: a document that failed ({shown(record['error'])}) has no entities to read")
        text = field(record, "text", str, where)
        found = field(record, "entities", list, where)
        record_id = record.get("id")
        mentions = tuple(span_of(item, where, "type") for item in found)
        yield GoldRecord(where, default_id if record_id is None else record_id, text, mentions)


def span_of(item: Any, where: str, label: str) -> Mention:
    """A span that is an object with `start`, `end`, its label under `label`, and perhaps its `text`.

    Raises:
        GoldError: it is none.
    """
    if not isinstance(item, dict) or not {"start", "end", label} <= item.keys():
        raise GoldError(f"{where}: a span needs `start`, `end` and `{label}`, got {shown(item)}")
    return Mention(item["start"], item["end"], item[label], where, item.get("text"))
