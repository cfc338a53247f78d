"""Label Studio's JSON export, whole (`data`, `annotations`) or short (JSON_MIN: the text and `label` side by side)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hybrid_ner.formats.gold.errors import GoldError, shown
from hybrid_ner.formats.gold.files import field, json_records
from hybrid_ner.formats.gold.record import GoldRecord, Mention


def read_labelstudio(path: str) -> Iterator[GoldRecord]:
    """Tasks of the export; those that were skipped while annotating are no gold and are left out.

    Regions of type `labels` are the mentions (one a label); relations, choices and notes are passed over. Older
    releases count offsets in UTF-16 units: where a text has characters beyond U+FFFF the region's own `text` says
    which it is.

    Raises:
        GoldError: a task that is not annotated or by several people, without a text, or with regions of a kind
            whose offsets are not those of plain text.
    """
    for where, default_id, task in json_records(path):
        if "data" in task:
            text, regions = _text(field(task, "data", dict, where), where), _regions(task, where)
        else:
            text = _text(task, where)
            regions = [(region, where) for region in field(task, "label", list, where)]
        if regions is None:
            continue
        mentions = [mention for value, at in regions for mention in _mentions(value, text, at)]
        task_id = task.get("id")
        yield GoldRecord(where, default_id if task_id is None else task_id, text, tuple(mentions))


def _text(data: dict[str, Any], where: str) -> str:
    """The task's text: the field `text`, or the only one that is a string."""
    strings = {key: value for key, value in data.items() if isinstance(value, str)}
    if "text" not in strings and len(strings) == 1:
        return next(iter(strings.values()))
    return field(data, "text", str, where)


def _regions(task: dict[str, Any], where: str) -> list[tuple[Any, str]] | None:
    """Values of the task's label regions; None for a task that was skipped."""
    made = [a for a in field(task, "annotations", list, where) if isinstance(a, dict)]
    done = [annotation for annotation in made if not annotation.get("was_cancelled")]
    if made and not done:
        return None
    if len(done) != 1:
        what = "no annotation" if not done else f"{len(done)} annotations"
        raise GoldError(
            f"{where}: a task with {what}; exactly one is gold: export annotated tasks, one annotation each"
        )
    regions = []
    for region in field(done[0], "result", list, where):
        kind = region.get("type") if isinstance(region, dict) else None
        if kind == "labels":
            regions.append((region.get("value"), f"{where}, region {region.get('id')}"))
        elif kind is None or str(kind).endswith("labels"):
            raise GoldError(f"{where}: a region of type {shown(kind)}; accepted: 'labels', regions of plain text")
    return regions


def _mentions(value: Any, text: str, where: str) -> list[Mention]:
    if not isinstance(value, dict) or not {"start", "end", "labels"} <= value.keys():
        raise GoldError(f"{where}: a region needs `start`, `end` and `labels`, got {shown(value)}")
    start, end, reads = value["start"], value["end"], value.get("text")
    if not isinstance(value["labels"], list) or not value["labels"]:
        raise GoldError(f"{where}: `labels` must be a list of at least one, got {shown(value['labels'])}")
    if any(ord(character) > 0xFFFF for character in text) and type(start) is int and type(end) is int:
        if reads is None:
            raise GoldError(
                f"{where}: a region without its `text`, in a text with characters beyond U+FFFF: whether its offsets "
                "count code points or UTF-16 units cannot be told"
            )
        if text[start:end] != reads:
            start, end = _code_points(text, start, end)
    return [Mention(start, end, label, where, reads) for label in value["labels"]]


def _code_points(text: str, *units: int) -> tuple[int, ...]:
    """Offsets in UTF-16 units as offsets in code points; one inside a character or out of range becomes -1."""
    at, points = 0, {}
    for point, character in enumerate(text):
        points[at] = point
        at += 2 if ord(character) > 0xFFFF else 1
    points[at] = len(text)
    return tuple(points.get(unit, -1) for unit in units)
