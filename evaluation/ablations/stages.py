"""What the stages after the student are worth: added one by one, and each left out in turn."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

from evaluation.remember import Remembering
from evaluation.variants import Variant
from hybrid_ner.consolidate import REPEAT_SOURCE
from hybrid_ner.consolidate import STAGE as CONSOLIDATION
from hybrid_ner.extractor import HybridNER
from hybrid_ner.rules import load_packs
from hybrid_ner.schema import Decision, Document, Entity

ALL = "all stages"
# Chosen on the dev splits, with repeats: the most precision over the student alone for at most a point of recall.
KEPT_MARGIN = 0.12


def variants(ner: HybridNER, view: str, by_definition: HybridNER | None = None) -> list[Variant]:
    """The stages of `ner`; proposals are made once for all variants.

    Args:
        by_definition: the same with a student that reads definitions only, for a row of its own.
    """
    full = dataclasses.replace(ner, student=Remembering(ner.student))
    unruled = dataclasses.replace(full, rules=load_packs(()))
    unjudged = dataclasses.replace(full, use_index=False)
    neither = dataclasses.replace(unruled, use_index=False)
    kept = dataclasses.replace(full, close_calls="both", margin=KEPT_MARGIN)

    def variant(name: str, extractor: Any, stages: str, view: str = view) -> Variant:
        return Variant(name, lambda: extractor, None if name == ALL else ALL, view, settings={"stages": stages})

    defined = []
    if by_definition is not None:
        reader = Unconsolidated(dataclasses.replace(neither, student=by_definition.student))
        defined = [variant("student alone, by definition", reader, "student", "definition")]
    return [
        variant(ALL, full, "student, index, rules, consolidation"),
        variant("student alone, by name", Unconsolidated(neither), "student", "name"),
        *defined,
        variant("student alone", Unconsolidated(neither), "student"),
        variant("student + index", Unconsolidated(unruled), "student, index"),
        variant("student + index + rules", Unconsolidated(full), "student, index, rules"),
        variant("the same, close calls kept", Unconsolidated(kept), "student, index by margin, rules"),
        variant(
            "the same, and repeats", Unconsolidated(kept, repeats=True), "student, index by margin, rules, repeats"
        ),
        variant("all but the index", unjudged, "student, rules, consolidation"),
        variant("all but the rules", unruled, "student, index, consolidation"),
        variant("all but repeats", dataclasses.replace(full, repeat=False), "student, index, rules, overlaps"),
    ]


class Unconsolidated:
    """An extractor without its last stage: what gave way to an overlapping span stays, repeats only if asked for.

    Read off the decisions, so that the stages before it are the extractor's own.
    """

    def __init__(self, ner: HybridNER, repeats: bool = False) -> None:
        self._ner, self.student, self._repeats = ner, ner.student, repeats

    def extract_many(self, texts: Iterable[Document], types: Any, **options: Any) -> Iterator[Document]:
        """Arguments as `HybridNER.extract_many`; always explained."""
        for document in self._ner.extract_many(texts, types, **{**options, "explain": True}):
            yield dataclasses.replace(document, entities=tuple(_entities(document, self._repeats)))


def _entities(document: Document, repeats: bool) -> Iterator[Entity]:
    best: dict[tuple[int, int, str], Decision] = {}
    for decision in document.decisions:
        if (decision.kept or _gave_way(decision)) and (repeats or decision.source != REPEAT_SOURCE):
            key = decision.start, decision.end, decision.type
            best[key] = max(best.get(key, decision), decision, key=lambda d: d.score)
    for (start, end, name), decision in best.items():
        yield Entity(start, end, document.text[start:end], name, decision.score)


def _gave_way(decision: Decision) -> bool:
    last = decision.steps[-1] if decision.steps else None
    return last is not None and (last.stage, last.action) == (CONSOLIDATION, "drop")
