"""GLiNER's training data: `{"tokenized_text": [...], "ner": [[first, last, label], ...]}`, a list or a line each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hybrid_ner.formats.gold.errors import GoldError, shown
from hybrid_ner.formats.gold.files import field, json_records
from hybrid_ner.formats.gold.record import GoldRecord, Mention


def read_gliner(path: str) -> Iterator[GoldRecord]:
    """Records of the file; tokens are joined by a space, and the last token of a span belongs to it.

    Raises:
        GoldError: a record of another shape, or a span over tokens that are not there.
    """
    for where, default_id, record in json_records(path):
        tokens = field(record, "tokenized_text", list, where)
        if not all(isinstance(token, str) for token in tokens):
            raise GoldError(f"{where}: `tokenized_text` must be a list of strings, got {shown(tokens)}")
        starts, at = [], 0
        for token in tokens:
            starts.append(at)
            at += len(token) + 1
        mentions = tuple(_mention(item, tokens, starts, where) for item in field(record, "ner", list, where))
        record_id = record.get("id")
        yield GoldRecord(where, default_id if record_id is None else record_id, " ".join(tokens), mentions)


def _mention(item: Any, tokens: list[str], starts: list[int], where: str) -> Mention:
    if not isinstance(item, list) or len(item) != 3:
        raise GoldError(f"{where}: a span must be [first token, last token, label], got {shown(item)}")
    first, last, label = item
    if type(first) is not int or type(last) is not int or not 0 <= first <= last < len(tokens):
        raise GoldError(
            f"{where}: the span {shown(item)} is out of range; accepted: token numbers, "
            f"0 <= first <= last < {len(tokens)}"
        )
    return Mention(starts[first], starts[last] + len(tokens[last]), label, where)
