"""Entities onto a spaCy Doc: character offsets to token spans, scores beside them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from spacy.tokens import Doc, Span, SpanGroup

from hybrid_ner.errors import InputError
from hybrid_ner.schema import Document

if TYPE_CHECKING:
    from hybrid_ner.integrations.spacy import Settings

SCORE = "hybrid_ner_score"
# In doc.user_data: "START:END:LABEL" -> score. spaCy's own extensions cannot tell two labels of a span apart.
SCORES_KEY = "hybrid_ner.scores"


def register_score() -> None:
    """Makes `span._.hybrid_ner_score` known: an entity's score, or None for a span of another origin."""
    if not Span.has_extension(SCORE):
        Span.set_extension(SCORE, getter=_score)


def _score(span: Span) -> float | None:
    return span.doc.user_data.get(SCORES_KEY, {}).get(_key(span))


def _key(span: Span) -> str:
    return f"{span.start_char}:{span.end_char}:{span.label_}"


def annotate(doc: Doc, result: Document, settings: Settings) -> None:
    """Puts the entities of `result` on `doc`, each widened to whole tokens.

    Raises:
        InputError: the document could not be processed.
    """
    if result.error is not None:
        raise InputError(result.error)
    found: dict[str, tuple[Span, float]] = {}
    for entity in result.entities:
        span = doc.char_span(entity.start, entity.end, label=entity.type, alignment_mode="expand")
        if span is None:
            continue
        # Two entities may become one when widened: the better one stays.
        if entity.score > found.get(_key(span), (None, -1.0))[1]:
            found[_key(span)] = (span, float(entity.score))
    if settings.overlap == "flat":
        doc.ents = _merged(doc.ents, _flat(found.values()), overwrite=settings.overwrite_ents)
    else:
        group = SpanGroup(doc, name=settings.spans_key, spans=[span for span, _ in found.values()])
        group.attrs["scores"] = np.array([score for _, score in found.values()], dtype="float32")
        doc.spans[settings.spans_key] = group
    scores = {key: score for key, (_, score) in found.items()}
    doc.user_data[SCORES_KEY] = {**doc.user_data.get(SCORES_KEY, {}), **scores}


def _flat(scored: Iterable[tuple[Span, float]]) -> list[Span]:
    """Without overlaps that widening made: the higher score wins, then the longer span, then the earlier."""
    ranked = sorted(scored, key=lambda item: (-item[1], -len(item[0]), item[0].start, item[0].label_))
    return _merged([], [span for span, _ in ranked], overwrite=False)


def _merged(present: Iterable[Span], new: Iterable[Span], *, overwrite: bool) -> list[Span]:
    """Both lists without overlaps, `new` first to `overwrite`; of each list the earlier spans win."""
    strong, weak = (list(new), list(present)) if overwrite else (list(present), list(new))
    taken: set[int] = set()
    kept = []
    for span in [*strong, *weak]:
        tokens = range(span.start, span.end)
        if taken.isdisjoint(tokens):
            taken.update(tokens)
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)
