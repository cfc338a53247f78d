"""What a reviewer said of entities: accepted, rejected, added or relabelled, each with its place in a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from hybrid_ner.errors import InputError
from hybrid_ner.schema import Document

VERDICTS = ("accepted", "rejected", "added", "relabelled")
ACCEPTED = (
    'a record has "verdict" (one correction, as --store writes them), "corrections" (a list of them) beside the text, '
    'or "entities" (the corrected ones) beside it, compared with --against'
)

Spot = tuple[int, int, str]  # start, end, type


@dataclass(frozen=True, slots=True)
class Correction:
    """One verdict on one entity.

    Attributes:
        document: the id of the document it was made in.
        start, end: where, in code points.
        text: the mention.
        type: what the mention was found as, or for "added" what it is.
        verdict: one of `VERDICTS`.
        to: for "relabelled", what it is.
    """

    document: str
    start: int
    end: int
    text: str
    type: str
    verdict: str
    to: str | None = None

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise InputError(f"unknown verdict {self.verdict!r}; accepted: {', '.join(VERDICTS)}")
        for name in ("text", "type"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.strip():
                raise InputError(f"the {name} of a correction must be a non-empty string, got {value!r}")
        if (self.verdict == "relabelled") != bool(self.to) or not isinstance(self.to, str | None):
            raise InputError(f'"to" goes with the verdict "relabelled" and names a type, got {self.to!r}')
        if not (_whole(self.start) and _whole(self.end) and 0 <= self.start < self.end):
            raise InputError(f"start and end must be whole numbers, 0 <= start < end, got {self.start!r}, {self.end!r}")

    @property
    def key(self) -> tuple[str, int, int, str]:
        """What a later correction replaces: a reviewer may change their mind."""
        return self.document, self.start, self.end, self.type

    def record(self) -> dict[str, Any]:
        """As a line of a store holds it."""
        fields = asdict(self)
        return {"id": fields.pop("document"), **{key: value for key, value in fields.items() if value is not None}}


def corrections_of(document: Document, predicted: Mapping[str, Document] | None = None) -> list[Correction]:
    """The corrections that a record holds.

    Args:
        document: a record as `read_jsonl` gives it.
        predicted: what had been found, by id; needed for records with corrected entities.

    Raises:
        InputError: the record is none of `ACCEPTED`, a span is outside the text, a verdict is unknown, or what was
            predicted for the document is not there or is about another text.
    """
    if document.error is not None:
        raise InputError(document.error)
    fields, ident = document.extra, str(document.id)
    try:
        if "verdict" in fields:
            return [_one(ident, document.text, fields)]
        if "corrections" in fields:
            listed = _list(fields["corrections"], "corrections")
            return [_one(ident, _mention(document.text, item), item) for item in listed]
        if "entities" in fields:
            return compared(ident, document.text, _spots(document), _spots(_prediction(document, predicted)))
    except InputError as error:
        raise InputError(f"{ident}: {error}") from error
    raise InputError(f"{ident}: nothing to learn from; {ACCEPTED}")


def compared(ident: str, text: str, corrected: Iterable[Spot], predicted: Iterable[Spot]) -> list[Correction]:
    """What a reviewer did to the predicted entities of a text to get the corrected ones.

    A span that changed its type is relabelled; one that changed its boundaries is one rejected and one added.
    """
    right, found = set(corrected), set(predicted)
    fresh, made = right - found, []
    for start, end, name in sorted(found):
        other = min((s for s in fresh if s[:2] == (start, end)), default=None)
        verdict, to = ("accepted", None) if (start, end, name) in right else ("rejected", None)
        if verdict == "rejected" and other is not None:
            fresh.remove(other)
            verdict, to = "relabelled", other[2]
        made.append(Correction(ident, start, end, text[start:end], name, verdict, to))
    added = (Correction(ident, *spot[:2], text[slice(*spot[:2])], spot[2], "added") for spot in sorted(fresh))
    return [*made, *added]


def merged(corrections: Iterable[Correction]) -> list[Correction]:
    """The corrections without those that a later one replaces, in the order in which they came first."""
    latest: dict[tuple[str, int, int, str], Correction] = {}
    for correction in corrections:
        latest[correction.key] = correction
    return list(latest.values())


def _one(ident: str, mention: str, fields: Mapping[str, Any]) -> Correction:
    return Correction(ident, *(fields.get(name) for name in ("start", "end")), mention, *_said(fields))


def _said(fields: Mapping[str, Any]) -> Iterator[Any]:
    yield from (fields.get(name) for name in ("type", "verdict", "to"))


def _mention(text: str, item: Any) -> str:
    start, end = (item.get("start"), item.get("end")) if isinstance(item, Mapping) else (None, None)
    if not (_whole(start) and _whole(end) and 0 <= start < end <= len(text)):
        raise InputError(f"a span needs whole numbers, 0 <= start < end <= {len(text)}, got {start!r}, {end!r}")
    return text[start:end]


def _spots(document: Document) -> list[Spot]:
    """Start, end and type of a record's entities."""
    spots = []
    for item in _list(document.extra.get("entities"), "entities"):
        _mention(document.text, item)
        if not isinstance(item.get("type"), str) or not item["type"].strip():
            raise InputError(f"the type of an entity must be a non-empty string, got {item.get('type')!r}")
        spots.append((item["start"], item["end"], item["type"].strip()))
    return spots


def _prediction(document: Document, predicted: Mapping[str, Document] | None) -> Document:
    if predicted is None:
        raise InputError("corrected entities must be compared with what was found; name that file with --against")
    before = predicted.get(str(document.id))
    if before is None or before.error is not None:
        raise InputError("what was found in this document is not in the file of --against")
    if before.text != document.text:
        raise InputError("its text is not the one in the file of --against; correct entities, not texts")
    return before


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise InputError(f"{name} must be a list, got {type(value).__name__}")
    return value


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
