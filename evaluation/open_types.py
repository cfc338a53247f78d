"""Types of an open vocabulary: a teacher's labels that no student learned from, each passage asked for its own types.

A passage is asked, by name, for the types that its mentions have first, and for a few types of other passages. The dev
suite has next to no people, works and places; this has little else, so that weights are chosen by the two together.
What flatters the figure: the texts are of the training corpora, whose own labels a student may have learned from, and
the teacher's habits are those of the passages that were trained on.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evaluation.remember import Remembering
from hybrid_ner.extractor import HybridNER
from hybrid_ner.scoring import Counts, percent
from hybrid_ner.training.labels import HELD, labelled_passages

LABELS = Path(__file__).parents[1] / "labels"
DISTRACTORS = 6
SEED = 0
SWEEP = tuple(round(0.04 * step, 2) for step in range(1, 11))


@dataclass(frozen=True, slots=True)
class Passage:
    """A labelled text: (start, end) -> the type of the mention; `asked` are those types and a few others."""

    text: str
    gold: Mapping[tuple[int, int], str]
    asked: tuple[str, ...]


def read_passages(data: Path, labels: Path = LABELS, kind: str = "passages") -> list[Passage]:
    """The texts held back from training, with what each is asked.

    Args:
        kind: "passages" of the corpora, or "documents" of offices and trades that the teacher wrote.

    Raises:
        InputError: the labels or a corpus cannot be read.
    """
    found = [
        (one.text, {(e["start"], e["end"]): e["types"][0] for e in one.entities})
        for one in labelled_passages(labels / HELD[kind], data)
        if one.entities
    ]
    vocabulary = sorted({name for _, gold in found for name in gold.values()})
    draw = random.Random(SEED)
    passages = []
    for text, gold in found:
        own = sorted(set(gold.values()))
        rest = [name for name in vocabulary if name not in own]
        others = draw.sample(rest, min(DISTRACTORS, len(rest)))
        passages.append(Passage(text, gold, (*own, *others)))
    return passages


def measure_open_types(
    ner: HybridNER, passages: Sequence[Passage], thresholds: Sequence[float] = SWEEP
) -> list[dict[str, Any]]:
    """Strict micro precision, recall and F1 over the passages, a row a threshold."""
    ner = replace(ner, student=Remembering(ner.student))
    return [{"threshold": bar, **_row(_counts(ner, passages, bar))} for bar in thresholds]


def _counts(ner: HybridNER, passages: Sequence[Passage], threshold: float) -> Counts:
    total = Counts()
    for passage in passages:
        document = ner.extract(passage.text, list(passage.asked), threshold=threshold)
        total += Counts.of(
            {(*span, name) for span, name in passage.gold.items()},
            {(e.start, e.end, e.type) for e in document.entities},
        )
    return total


def _row(counts: Counts) -> dict[str, float]:
    return {key: percent(getattr(counts, key)) for key in ("precision", "recall", "f1")}
