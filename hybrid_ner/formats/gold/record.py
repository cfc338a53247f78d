"""What a reader of labelled data hands over, and the checks that every format shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hybrid_ner.formats.gold.errors import GoldError, shown
from hybrid_ner.formats.gold.labels import Labels
from hybrid_ner.formats.text import is_valid_unicode
from hybrid_ner.schema import Document, Entity


@dataclass(frozen=True, slots=True)
class Mention:
    """A labelled span as a file has it, unchecked.

    Attributes:
        start, end: offsets in code points into the record's text, end exclusive.
        label: as the file spells it.
        where: "FILE, line N", for messages.
        text: what the file says the mention reads, or None where it does not say.
    """

    start: Any
    end: Any
    label: Any
    where: str
    text: Any = None


@dataclass(frozen=True, slots=True)
class GoldRecord:
    """A document as a file has it, unchecked.

    Attributes:
        id: the file's own, or one made of file and line, as `hybrid-ner extract` makes it.
        asked: the labels that were looked for; None where all were.
        notes: what was done to it on the way, counted: "unmatched", "covered", "skipped".
    """

    where: str
    id: Any
    text: str
    mentions: tuple[Mention, ...]
    asked: tuple[str, ...] | None = None
    notes: Mapping[str, int] = field(default_factory=dict)


def to_document(record: GoldRecord, labels: Labels) -> Document:
    """The record as a checked document.

    Returns:
        A document with entities of score 1.0, each span and type once, and its id as a string. Its `extra` has
        the record's notes, "left_out" (spans whose label is mapped to nothing) and, where not all types were
        looked for, "asked" (the names of those that were).

    Raises:
        GoldError: a text that is no Unicode, a label that is no text or not accepted, offsets out of range, or a
            mention that does not read as the file says.
    """
    if not isinstance(record.text, str):
        raise GoldError(f"{record.where}: the text must be a string, got {shown(record.text)}")
    if not is_valid_unicode(record.text):
        raise GoldError(f"{record.where}: the text holds half of a surrogate pair, not valid Unicode")
    entities, left_out = set(), 0
    for mention in record.mentions:
        _check(mention, record.text)
        name = labels.name_of(mention.label, mention.where)
        if name is None:
            left_out += 1
        else:
            entities.add(Entity(mention.start, mention.end, record.text[mention.start : mention.end], name, 1.0))
    extra: dict[str, Any] = {**record.notes}
    if left_out:
        extra["left_out"] = left_out
    if record.asked is not None:
        extra["asked"] = labels.known(record.asked)
    ordered = sorted(entities, key=lambda e: (e.start, -e.end, e.type))
    return Document(record.text, tuple(ordered), id=str(record.id), extra=extra)


def _check(mention: Mention, text: str) -> None:
    start, end, label = mention.start, mention.end, mention.label
    if not isinstance(label, str) or not label.strip():
        raise GoldError(f"{mention.where}: a label must be a non-empty string, got {shown(label)}")
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        raise GoldError(
            f"{mention.where}: the offsets [{shown(start)}, {shown(end)}) of a {label!r} are out of range; accepted: "
            f"whole numbers, 0 <= start < end <= {len(text)}, counted in Unicode code points"
        )
    if mention.text is not None and mention.text != text[start:end]:
        raise GoldError(
            f"{mention.where}: the {label!r} at [{start}, {end}) should read {shown(mention.text)} but the text has "
            f"{shown(text[start:end])}; are the offsets counted in other units, or is the text another one?"
        )
