"""Readers of labelled data, one format a file; `read_gold` opens any of them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from hybrid_ner.errors import UsageError
from hybrid_ner.formats.gold.errors import GoldError
from hybrid_ner.formats.gold.infer import infer_format
from hybrid_ner.formats.gold.labels import Labels
from hybrid_ner.formats.gold.record import to_document
from hybrid_ner.schema import Document, TypeSet

__all__ = ["GOLD_FORMATS", "GoldError", "located_gold", "read_gold"]

# name -> (its reader, the options it takes)
_READERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "jsonl": ("jsonl:read_jsonl_gold", ()),
    "conll": ("conll:read_conll", ("column", "token_column", "scheme")),
    "brat": ("brat:read_brat", ("discontinuous",)),
    "docbin": ("docbin:read_docbin", ("spans_key",)),
    "gliner": ("gliner:read_gliner", ()),
    "uniner": ("uniner:read_uniner", ()),
    "labelstudio": ("labelstudio:read_labelstudio", ()),
    "prodigy": ("prodigy:read_prodigy", ()),
    "pubtator": ("pubtator:read_pubtator", ()),
}
GOLD_FORMATS = tuple(_READERS)


def read_gold(
    path: str,
    format: str | None = None,
    *,
    types: TypeSet | None = None,
    mapping: Mapping[str, str] | None = None,
    **options: Any,
) -> Iterator[Document]:
    """The documents of a labelled file, checked one by one as they are asked for.

    Args:
        path: the file (`.gz` allowed for text formats) or, for brat, the folder.
        format: a name in `GOLD_FORMATS`; None to tell it from the suffix or the content.
        types: the types asked; a label that is none of them is then an error.
        mapping: label of the file -> type name, or "" to leave its spans out.
        options: the reader's own: conll `column`, `token_column`, `scheme`; brat `discontinuous`; docbin
            `spans_key`.

    Yields:
        Documents with gold entities of score 1.0, a string as their id and, in `extra`, what was done on the way
        (see `to_document`).

    Raises:
        GoldError: anything that would make a score wrong; the message names file and line or record. Also an id
            given twice, and a file without documents.
        UsageError: an unknown format, or an option that the format does not have.
        MissingExtraError: a DocBin, and spaCy is not installed.
    """
    for _, document in located_gold(path, format, types=types, mapping=mapping, **options):
        yield document


def located_gold(
    path: str,
    format: str | None = None,
    *,
    types: TypeSet | None = None,
    mapping: Mapping[str, str] | None = None,
    **options: Any,
) -> Iterator[tuple[str, Document]]:
    """As `read_gold`, each document with where it stands: "FILE, line N"."""
    labels = Labels(types, mapping)
    if format is not None and format not in _READERS:
        raise UsageError(f"unknown format of labelled data {format!r}; accepted: {', '.join(GOLD_FORMATS)}")
    format = format or infer_format(path, GOLD_FORMATS)
    reader, accepted = _READERS[format]
    foreign = sorted(options.keys() - set(accepted))
    if foreign:
        raise UsageError(
            f"the format {format!r} has no option {', '.join(foreign)}; it has: {', '.join(accepted) or 'none'}"
        )
    module, _, function = reader.partition(":")
    read = getattr(importlib.import_module(f"{__name__}.{module}"), function)
    seen: dict[str, str] = {}
    for record in read(path, **options):
        document = to_document(record, labels)
        if document.id in seen:
            raise GoldError(f"{record.where}: the id {document.id!r} is given twice, first: {seen[document.id]}")
        seen[document.id] = record.where
        yield record.where, document
    if not seen:
        raise GoldError(f"{path}: no document in it; there is nothing to score")
