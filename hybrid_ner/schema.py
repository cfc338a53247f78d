"""What travels between the stages: frozen dataclasses, offsets in Unicode code points, end exclusive."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Union

from hybrid_ner.errors import TypesError

KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What labelled sentences taught one student about a type.

    Attributes:
        rule: label of the `adapt` rule it comes from.
        student: fingerprint of the student it was learned with; it means nothing to another.
        vector: half-precision numbers, little-endian: added to the type's vectors.
    """

    rule: str
    student: str
    vector: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class EntityType:
    """A type a user asks for.

    Attributes:
        name: what entities of the type are labelled with in the output.
        definition: one sentence saying what counts, or None.
        aliases: other names for the same type, used as further views of it.
        threshold: score in [0, 1] from which its entities are kept; None takes the student's.
        is_a: the wider type it is a kind of: another type asked, or one of the library (`hybrid_ner.hierarchy`).
        adaptation: what an `adapt` rule has learned of it; set by the extractor.
    """

    name: str
    definition: str | None = None
    aliases: tuple[str, ...] = ()
    threshold: float | None = None
    is_a: str | None = None
    adaptation: Adaptation | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise TypesError(f"a type's name must be a non-empty string, got {self.name!r}")
        if self.definition is not None and not isinstance(self.definition, str):
            raise TypesError(
                f"the definition of type {self.name!r} must be a string or absent, got {self.definition!r}"
            )
        if isinstance(self.aliases, str) or not all(isinstance(a, str) and a.strip() for a in self.aliases):
            raise TypesError(
                f"the aliases of type {self.name!r} must be a list of non-empty strings, got {self.aliases!r}"
            )
        if self.threshold is not None and not (
            isinstance(self.threshold, (int, float))
            and not isinstance(self.threshold, bool)
            and 0 <= self.threshold <= 1
        ):
            raise TypesError(
                f"the threshold of type {self.name!r} must be a number from 0 to 1, got {self.threshold!r}"
            )
        if self.is_a is not None and not (isinstance(self.is_a, str) and self.is_a.strip()):
            raise TypesError(f"is_a of type {self.name!r} must be the name of a wider type, got {self.is_a!r}")
        for text in (self.name, self.definition or "", self.is_a or "", *self.aliases):
            if any("\ud800" <= character <= "\udfff" for character in text):
                raise TypesError(f"type {self.name!r} holds half of a surrogate pair, not valid Unicode: {text!r}")
        object.__setattr__(self, "name", self.name.strip())
        object.__setattr__(self, "aliases", tuple(a.strip() for a in self.aliases))
        object.__setattr__(self, "definition", (self.definition or "").strip() or None)
        object.__setattr__(self, "is_a", self.is_a and self.is_a.strip())


TypesLike = Union["TypeSet", str, Iterable[str | EntityType], Mapping[str, str | None]]


@dataclass(frozen=True)
class TypeSet:
    """The types asked together: at least one, names unique whatever their case. Iterates over `EntityType`s.

    Hashed once: type sets are keys of several caches that every document looks into.
    """

    types: tuple[EntityType, ...]

    def __post_init__(self) -> None:
        if not self.types:
            raise TypesError("the type list is empty; name at least one type, for example: person,organization")
        seen: dict[str, str] = {}
        for entity_type in self.types:
            key = entity_type.name.casefold()
            if key in seen:
                raise TypesError(
                    f"type {entity_type.name!r} is named twice (first as {seen[key]!r}); names must differ beyond case"
                )
            seen[key] = entity_type.name
        object.__setattr__(self, "_hash", hash(self.types))

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type, tuple]:
        return TypeSet, (self.types,)  # made anew where it is unpickled: hashes of strings differ between processes

    @classmethod
    def of(cls, types: TypesLike) -> TypeSet:
        """Builds a type set from what users write.

        Args:
            types: a `TypeSet`, one name, a list of names and `EntityType`s, or a mapping name -> definition (or None).

        Raises:
            TypesError: no type, a name given twice, or an element of another kind.
        """
        if isinstance(types, cls):
            return types
        if isinstance(types, (str, EntityType)):
            types = [types]
        if isinstance(types, Mapping):
            return cls(tuple(EntityType(name, definition) for name, definition in types.items()))
        made = []
        for item in types:
            if isinstance(item, str):
                item = EntityType(item)
            if not isinstance(item, EntityType):
                raise TypesError(f"a type must be a name or an EntityType, got {item!r}")
            made.append(item)
        return cls(tuple(made))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(t.name for t in self.types)

    def __iter__(self) -> Iterator[EntityType]:
        return iter(self.types)

    def __len__(self) -> int:
        return len(self.types)

    def __getitem__(self, index: int) -> EntityType:
        return self.types[index]

    def get(self, name: str) -> EntityType | None:
        """The type of that name (any case), or None."""
        key = name.casefold()
        return next((t for t in self.types if t.name.casefold() == key), None)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text, [start, end)."""

    start: int
    end: int


class View(NamedTuple):  # a hundred a document: a tuple costs a third of a dataclass
    """What one way of asking for a type says of a span.

    Attributes:
        view: "name", "alias" or "definition".
        query: the text that was asked.
        score: calibrated score in [0, 1], had it been the only view.
    """

    view: str
    query: str
    score: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """A span that a student offers for a type; offsets into the document.

    Attributes:
        score: calibrated, in [0, 1], all views taken together.
        raw: the same before calibration, where the student tells.
        view: the views that proposed it, "name and definition"; empty where the student has only one way to ask.
        views: every view that was asked, also those that would not have proposed it.
        adapted: the label of the rule that adapted the type, and the score it would have without it.
    """

    start: int
    end: int
    type: str
    score: float
    raw: float | None = None
    view: str = ""
    views: tuple[View, ...] = ()
    adapted: tuple[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What one stage did to a candidate: `stage` (index, rules, threshold, consolidate), `action`, and why."""

    stage: str
    action: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A candidate on its way through the stages, with everything that was done to it.

    Attributes:
        start, end, type, score: as they stand now.
        source: who proposed it: "student", "rule:PACK/RULE", or "repeat".
        proposed_score: the score it came in with.
        kept: False once a stage dropped it.
        reason: the sentence that says why it was dropped (or why it is kept).
        rival: the closest competing type, where there was one.
        steps: the trail, oldest first.
        proposal: what the student said, before any stage; None where it was not the student.
    """

    start: int
    end: int
    type: str
    score: float
    source: str = "student"
    proposed_score: float | None = None
    kept: bool = True
    reason: str = KEPT
    rival: str | None = None
    steps: tuple[Step, ...] = ()
    proposal: Proposal | None = None

    @classmethod
    def of(cls, proposal: Proposal) -> Decision:
        """A student's proposal as the stages take it."""
        steps: tuple[Step, ...] = ()
        if proposal.adapted is not None:
            label, without = proposal.adapted
            steps = (Step("rules", "adapt", f"{label}: {without:.3f} -> {proposal.score:.3f}"),)
        return cls(
            proposal.start,
            proposal.end,
            proposal.type,
            proposal.score,
            proposed_score=proposal.score,
            steps=steps,
            proposal=proposal,
        )

    def drop(self, stage: str, reason: str, *, rival: str | None = None) -> Decision:
        """The same candidate, dropped by `stage` for `reason` (a sentence)."""
        return Decision(
            self.start,
            self.end,
            self.type,
            self.score,
            self.source,
            self.proposed_score,
            False,
            reason,
            rival or self.rival,
            (*self.steps, Step(stage, "drop", reason)),
            self.proposal,
        )  # by hand: `dataclasses.replace` takes three times as long, and with many types most candidates end here

    def change(self, stage: str, action: str, detail: str = "", **fields: Any) -> Decision:
        """The same candidate with `fields` replaced (start, end, type, score, rival) and a step recorded."""
        return dataclasses.replace(self, steps=(*self.steps, Step(stage, action, detail)), **fields)


@dataclass(frozen=True, slots=True)
class Entity:
    """An extracted entity: `text` is always the document's `text[start:end]`."""

    start: int
    end: int
    text: str
    type: str
    score: float


@dataclass(frozen=True, slots=True)
class Document:
    """A text with what was found in it.

    Attributes:
        text: the original text, untouched.
        entities: kept entities, by (start, -end, type).
        id: the caller's identifier, or None.
        decisions: every candidate, kept and dropped (filled when asked to explain).
        extra: the input record's other fields, passed through.
        error: why the document could not be processed, or None.
    """

    text: str
    entities: tuple[Entity, ...] = ()
    id: Any = None
    decisions: tuple[Decision, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None


def to_dict(value: Any) -> Any:
    """Plain JSON-ready values of any schema object (dataclasses to dicts, tuples to lists)."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_dict(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, View):
        return value._asdict()
    if isinstance(value, Mapping):
        return {key: to_dict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_dict(item) for item in value]
    return value


_NESTED = {
    "TypeSet": {"types": EntityType},
    "Proposal": {"views": View},
    "Decision": {"steps": Step},
    "Document": {"entities": Entity, "decisions": Decision},
}


def from_dict(cls: type, value: Mapping[str, Any]) -> Any:
    """The inverse of `to_dict` for any schema class.

    Raises:
        TypeError: a field the class does not have, or a missing one.
    """
    fields = dict(value)
    for name, item_cls in _NESTED.get(cls.__name__, {}).items():
        if name in fields:
            fields[name] = tuple(from_dict(item_cls, item) for item in fields[name])
    if cls is Decision and fields.get("proposal") is not None:
        fields["proposal"] = from_dict(Proposal, fields["proposal"])
    if cls is Proposal and fields.get("adapted") is not None:
        fields["adapted"] = tuple(fields["adapted"])
    if cls is EntityType and "aliases" in fields:
        fields["aliases"] = tuple(fields["aliases"])
    return cls(**fields)
