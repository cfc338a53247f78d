"""How good an extractor is on a user's own labelled data: gold documents, predictions for them, a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hybrid_ner.formats.gold import GoldError, located_gold
from hybrid_ner.schema import Document, TypeSet
from hybrid_ner.scoring import Scores, ScoringError, Span, align, percent, score

PROTOCOL = "strict span micro-F1: start, end and type all equal, each span once a document"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores with what they were made of.

    Attributes:
        documents, gold, predicted: how many were scored.
        notes: what the gold data did not hold as spans, or was left out, counted (see `formats.gold`); "unasked"
            are predictions of types that were not looked for in their document.
    """

    types: tuple[str, ...]
    scores: Scores
    documents: int
    gold: int
    predicted: int
    notes: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; ratios in percent, two decimals."""
        return {
            "protocol": PROTOCOL,
            "types": list(self.types),
            "documents": self.documents,
            "gold": self.gold,
            "predicted": self.predicted,
            **self.scores.micro.to_dict(),
            "macro_f1": percent(self.scores.macro_f1),
            "boundary": self.scores.boundary.to_dict(),
            "per_type": {name: counts.to_dict() for name, counts in self.scores.per_type.items()},
            "notes": dict(self.notes),
        }


def evaluate(gold: Sequence[Document], predicted: Mapping[str, Iterable[Span]], types: TypeSet) -> Evaluation:
    """Scores predictions, by document id, against gold documents as `read_gold` yields them.

    Where gold looked only for some types in a document, predictions of others are not scored there.

    Raises:
        ScoringError: an id missing or unknown, a span outside its text, or of a type that was not asked.
        GoldError: no gold entity at all: every score would be 0, whatever was predicted.
    """
    if not any(document.entities for document in gold):
        raise GoldError(
            f"the {len(gold)} gold documents have no entity of the types asked ({', '.join(types.names)}); is it the "
            "right file, column or group of spans?"
        )
    aligned = align(gold, predicted, types.names)
    notes = Counter({"unasked": 0})
    scored = []
    for document, spans in zip(gold, aligned, strict=True):
        asked = document.extra.get("asked", types.names)
        scored.append([span for span in spans if span[2] in asked])
        notes["unasked"] += len(spans) - len(scored[-1])
        notes.update({name: count for name, count in document.extra.items() if isinstance(count, int)})
    spans = [spans_of(document) for document in gold]
    return Evaluation(
        types=types.names,
        scores=score(spans, scored),
        documents=len(gold),
        gold=sum(map(len, spans)),
        predicted=sum(map(len, scored)),
        notes={name: count for name, count in sorted(notes.items()) if count},
    )


def predict(extracted: Iterable[Document]) -> dict[str, list[Span]]:
    """The spans of extracted documents by id.

    Raises:
        ScoringError: a document that failed.
    """
    found = {}
    for document in extracted:
        if document.error is not None:
            raise ScoringError(f"document {document.id!r} cannot be scored: {document.error}")
        found[document.id] = spans_of(document)
    return found


def read_predictions(path: str, gold: Sequence[Document], types: TypeSet) -> dict[str, list[Span]]:
    """The spans of a JSONL file of `hybrid-ner extract`, by document id; the documents come in any order.

    Raises:
        GoldError: a broken line, an id given twice, offsets out of range, a type that was not asked.
        ScoringError: an id missing or unknown, or another text than gold has under the id.
    """
    texts = {document.id: document.text for document in gold}
    found = {}
    for where, document in located_gold(path, "jsonl", types=types):
        if texts.get(document.id, document.text) != document.text:
            raise ScoringError(f"{where}: the text of {document.id!r} is not the one that gold has under this id")
        found[document.id] = spans_of(document)
    try:
        align(gold, found, types.names)
    except ScoringError as error:
        raise ScoringError(f"{path}: {error}") from error
    return found


def has_overlaps(documents: Iterable[Document]) -> bool:
    """Whether any two entities of a document overlap; entities are in order of their starts."""
    for document in documents:
        reach = 0
        for entity in document.entities:
            if entity.start < reach:
                return True
            reach = entity.end
    return False


def spans_of(document: Document) -> list[Span]:
    """A document's entities as the scorer takes them."""
    return [(entity.start, entity.end, entity.type) for entity in document.entities]
