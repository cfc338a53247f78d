"""spaCy's DocBin (`.spacy`), as `spacy train` and our own writer have it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hybrid_ner.errors import MissingExtraError
from hybrid_ner.formats.docbin import SPANS_KEY
from hybrid_ner.formats.gold.errors import GoldError
from hybrid_ner.formats.gold.record import GoldRecord, Mention

if TYPE_CHECKING:
    from spacy.tokens import Doc

ENTS = "ents"


def read_docbin(path: str, *, spans_key: str | None = None) -> Iterator[GoldRecord]:
    """Documents of the file; a DocBin is compressed as a whole, so it is held in memory as a whole.

    Args:
        spans_key: "ents" for `doc.ents`, or a key of `doc.spans`. By default our writer's key where it is there,
            and otherwise whichever of the two holds spans.

    Raises:
        MissingExtraError: spaCy is not installed.
        GoldError: no DocBin, a document that was never annotated, or spans in several places and no `spans_key`.
    """
    try:
        from spacy.tokens import DocBin
        from spacy.vocab import Vocab
    except ImportError as error:
        raise MissingExtraError("spacy", "spacy", "reading a DocBin") from error
    try:
        docs = list(DocBin().from_disk(path).get_docs(Vocab()))
    except Exception as error:  # whatever unpacking what is no DocBin comes to
        raise GoldError(f"{path}: cannot be read as a spaCy DocBin: {error}") from error
    for number, doc in enumerate(docs, 1):
        where = f"{path}, record {number}"
        record = _own_record(doc)
        if record.get("error") is not None:
            raise GoldError(f"{where}: a document that failed has no entities to read")
        spans = _spans(doc, where, spans_key)
        mentions = tuple(Mention(s.start_char, s.end_char, s.label_, where) for s in spans)
        record_id = record.get("id")
        yield GoldRecord(where, f"{path}:{number}" if record_id is None else record_id, doc.text, mentions)


def _own_record(doc: Doc) -> dict[str, Any]:
    """What our writer keeps beside a document; empty for others' documents."""
    try:
        record = json.loads(doc.user_data["record"])
    except (KeyError, TypeError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _spans(doc: Doc, where: str, key: str | None) -> Any:
    groups = [name for name, group in doc.spans.items() if len(group)]
    if key is None and SPANS_KEY in doc.spans:
        key = SPANS_KEY
    if key is None:
        places = [*([ENTS] if doc.ents else []), *groups]
        if len(places) > 1:
            raise GoldError(f"{where}: spans in {', '.join(places)}; choose with --spans-key")
        if not places and len(doc.spans):
            return ()
        key = places[0] if places else ENTS
    if key != ENTS:
        if key not in doc.spans:
            raise GoldError(f"{where}: no span group {key!r}; the document has {[ENTS, *doc.spans]}")
        return doc.spans[key]
    if len(doc) and not doc.has_annotation("ENT_IOB", require_complete=True):
        raise GoldError(
            f"{where}: not, or only partly, annotated with entities; scoring it would count what is open as wrong"
        )
    return doc.ents
