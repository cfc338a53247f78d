"""Prodigy's JSONL (`prodigy db-out`): `{"text", "spans": [{"start", "end", "label"}], "answer"}` a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hybrid_ner.formats.gold.errors import GoldError, shown
from hybrid_ner.formats.gold.files import field, json_records
from hybrid_ner.formats.gold.jsonl import span_of
from hybrid_ner.formats.gold.record import GoldRecord

_ANSWERS = ("accept", "reject", "ignore")


def read_prodigy(path: str) -> Iterator[GoldRecord]:
    """The accepted examples of the file; those rejected or ignored are no gold and are left out.

    Raises:
        GoldError: an example without spans and without an answer, one that was annotated twice, or yes/no answers
            about single spans, which say nothing of the rest of the text.
    """
    seen: dict[Any, str] = {}
    for where, default_id, record in json_records(path):
        answer = record.get("answer", "accept")
        if answer not in _ANSWERS:
            raise GoldError(f"{where}: unknown answer {shown(answer)}; accepted: {', '.join(_ANSWERS)}")
        if record.get("_view_id") == "ner":
            raise GoldError(
                f"{where}: a yes/no answer about one span (_view_id 'ner') leaves the rest of the text open; score "
                "against examples made with ner.manual or ner.correct"
            )
        if answer != "accept":
            continue
        _refuse_second(record, where, seen)
        text = field(record, "text", str, where)
        spans = field(record, "spans", list, where) if "spans" in record or "answer" not in record else []
        record_id = record.get("id")
        mentions = tuple(span_of(span, where, "label") for span in spans)
        yield GoldRecord(where, default_id if record_id is None else record_id, text, mentions)


def _refuse_second(record: dict[str, Any], where: str, seen: dict[Any, str]) -> None:
    """Prodigy numbers inputs; one number twice is one text annotated by two people, or twice."""
    number = record.get("_input_hash")
    if isinstance(number, (int, str)):
        if number in seen:
            raise GoldError(
                f"{where}: this input (_input_hash {number}) is annotated already, {seen[number]}; decide between "
                "them first, for example with prodigy's review recipe"
            )
        seen[number] = where
