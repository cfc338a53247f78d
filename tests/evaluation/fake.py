"""A fake extractor: finds given surfaces with given scores, wherever they stand."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from hybrid_ner.schema import Decision, Document, Entity, EntityType

# What the fake finds in the made corpora of conftest.py.
FOUND = {
    "Ada Lovelace": ("person", 0.9),
    "Charles": ("person", 0.4),
    "London": ("location", 0.6),
    "Paris": ("location", 0.3),
    "far": ("location", 0.2),
    "University of London": ("organization", 0.8),
}


class FakeNER:
    """Tags every first occurrence of the surfaces; remembers how it was called."""

    def __init__(self, surfaces: Mapping[str, tuple[str, float]], default_threshold: float = 0.5) -> None:
        self.surfaces, self.default = surfaces, default_threshold
        self.student = SimpleNamespace(threshold=default_threshold)
        self.calls: list[dict[str, Any]] = []

    def extract_many(
        self,
        texts: Iterable[Document],
        types: Sequence[EntityType],
        *,
        threshold: float | None = None,
        **options: Any,
    ) -> Iterable[Document]:
        self.calls.append({"types": list(types), "threshold": threshold, **options})
        floor = self.default if threshold is None else threshold
        asked = {t.name for t in types}
        for document in texts:
            found = [
                Entity(document.text.index(s), document.text.index(s) + len(s), s, name, value)
                for s, (name, value) in self.surfaces.items()
                if s in document.text and name in asked
            ]
            kept = tuple(e for e in found if e.score >= floor)
            decisions = (
                tuple(Decision(e.start, e.end, e.type, e.score) for e in found) if options["explain"] else ()
            )
            yield dataclasses.replace(document, entities=kept, decisions=decisions)
