"""spaCy: a DocBin file, which `spacy.tokens.DocBin().from_disk(path)` and `spacy train` read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hybrid_ner.errors import MissingExtraError
from hybrid_ner.formats.flat import flat_choice, pieces
from hybrid_ner.formats.jsonl import SCORE_DIGITS
from hybrid_ner.formats.streams import cannot_write
from hybrid_ner.schema import Document, Entity

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

SPANS_KEY = "hybrid_ner"


class DocBinWriter:
    """Collects documents and writes them as one DocBin when closed.

    A DocBin is compressed as a whole, so unlike the other formats it is held in memory until then, and after
    an exception nothing is written. See `to_doc` for what a Doc holds.

    Args:
        path: the file.

    Raises:
        MissingExtraError: spaCy is not installed.
        UsageError: the file cannot be written.
    """

    def __init__(self, path: str) -> None:
        try:
            from spacy.tokens import DocBin
            from spacy.vocab import Vocab
        except ImportError as error:
            raise MissingExtraError("spacy", "spacy", "writing a DocBin") from error
        self._path = path
        self._vocab = Vocab()
        self._docs = DocBin(store_user_data=True)
        try:
            open(path, "wb").close()  # better to fail now than after the last document
        except OSError as error:
            raise cannot_write(path, error) from error

    def write(self, document: Document) -> None:
        self._docs.add(to_doc(document, self._vocab))

    def __enter__(self) -> DocBinWriter:
        return self

    def __exit__(self, kind, error, trace) -> None:
        if kind is None:
            self._docs.to_disk(self._path)


def to_doc(document: Document, vocab: Vocab) -> Doc:
    """The document as a spaCy Doc with the same text.

    Tokens are words, other characters and white space, cut where an entity starts or ends, so every entity
    aligns. `doc.spans["hybrid_ner"]` has all entities, their scores in `.attrs["scores"]`; `doc.ents` has
    them without overlaps. `doc.user_data["record"]` is JSON with id, error and passed-through fields (JSON
    because msgpack, in which a DocBin is stored, takes no integers beyond 64 bits).
    """
    from spacy.tokens import Doc, SpanGroup

    entities = [entity for entity in document.entities if entity.start < entity.end]
    words, spaces = _words_and_spaces(document.text, entities)
    doc = Doc(vocab, words=words, spaces=spaces)
    doc.ents = [_span(doc, entity) for entity in flat_choice(entities)]
    doc.spans[SPANS_KEY] = SpanGroup(
        doc,
        name=SPANS_KEY,
        spans=[_span(doc, entity) for entity in entities],
        attrs={"scores": [round(float(entity.score), SCORE_DIGITS) for entity in entities]},
    )
    record = {**document.extra, "id": document.id}
    if document.error is not None:
        record["error"] = document.error
    doc.user_data["record"] = json.dumps(record)
    return doc


def _span(doc: Doc, entity: Entity):
    return doc.char_span(entity.start, entity.end, label=entity.type, alignment_mode="strict")


def _words_and_spaces(text: str, entities: Sequence[Entity]) -> tuple[list[str], list[bool]]:
    """spaCy keeps one space after a token as a flag; a space at which an entity starts or ends is a token."""
    starts = {entity.start for entity in entities}
    ends = {entity.end for entity in entities}
    words: list[str] = []
    spaces: list[bool] = []
    for start, end in pieces(text, entities):
        free = start not in starts and start + 1 not in ends
        if text[start] == " " and free and words and not spaces[-1]:
            spaces[-1] = True
            start += 1
        if start < end:
            words.append(text[start:end])
            spaces.append(False)
    return words, spaces
