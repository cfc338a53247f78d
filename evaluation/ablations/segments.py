"""All types in one call, in segments of close types, or one at a time (UniversalNER asks one at a time)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from evaluation.remember import Remembering
from evaluation.variants import Variant
from hybrid_ner.consolidate import consolidate
from hybrid_ner.definitions.encoder import type_text
from hybrid_ner.extractor import HybridNER
from hybrid_ner.schema import Decision, Document, Entity, EntityType, TypeSet
from hybrid_ner.segments import segment

TOGETHER, ALONE = "all types together", "one type at a time"
SIZE = 8


def variants(ner: HybridNER, view: str) -> list[Variant]:
    """The extractor asked in one call, in segments of `SIZE`, and type by type, merged and unmerged."""
    ner = dataclasses.replace(ner, student=Remembering(ner.student))
    ways = {
        TOGETHER: ner,
        f"segments of {SIZE} close types": Segmented(ner, SIZE),
        ALONE: Segmented(ner, 1),
        f"{ALONE}, not merged": Segmented(ner, 1, merge=False),
    }
    return [
        Variant(name, lambda way=way: way, None if name == TOGETHER else TOGETHER, view) for name, way in ways.items()
    ]


class Segmented:
    """Asks an extractor for a few types at a time.

    Args:
        size: the most types a call.
        merge: let spans of different calls that overlap decide by score; else all of them stay.
    """

    def __init__(self, ner: HybridNER, size: int, *, merge: bool = True) -> None:
        self._ner, self._size, self._merge = ner, size, merge
        self.student = ner.student

    def extract_many(
        self, texts: Iterable[Document], types: Sequence[EntityType], *, overlap: str = "flat", **options: Any
    ) -> Iterator[Document]:
        """Arguments as `HybridNER.extract_many`."""
        texts = list(texts)
        asked = [part.types for part in segment(TypeSet.of(types), self._size, self._vectors(types))]
        found = [list(self._ner.extract_many(texts, part, overlap=overlap, **options)) for part in asked]
        for parts in zip(*found, strict=True):
            entities = [e for document in parts for e in document.entities]
            if self._merge:
                entities = _merged(entities, overlap)
            decisions = tuple(d for document in parts for d in document.decisions)
            yield dataclasses.replace(parts[0], entities=tuple(entities), decisions=decisions)

    def _vectors(self, types: Sequence[EntityType]) -> Any:
        encoder = getattr(self.student, "type_encoder", None)
        return None if encoder is None else encoder.encode([type_text(t) for t in types])


def _merged(entities: Sequence[Entity], overlap: str) -> list[Entity]:
    claims = consolidate([Decision(e.start, e.end, e.type, e.score) for e in entities], overlap)
    return [e for e, claim in zip(entities, claims, strict=True) if claim.kept]
