"""Runs an extractor over the corpora of a suite and scores it; fits one threshold for a whole suite."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from evaluation.corpora import Corpus, Sentence, read_sentences
from evaluation.figures import run_figures
from hybrid_ner.schema import Decision, Document, Entity, EntityType
from hybrid_ner.scoring import ScoringError, Span, align, percent, score

VIEWS: Mapping[str, tuple[str, ...]] = {
    "name": ("name",),
    "definition": ("definition",),
    "both": ("name", "definition"),
}
SWEEP = tuple(round(0.05 + 0.01 * step, 2) for step in range(91))


class Extractor(Protocol):
    """What a suite needs of `HybridNER`: its student has a default `threshold`."""

    student: Any

    def extract_many(
        self, texts: Iterable[Document], types: Sequence[EntityType], **options: Any
    ) -> Iterable[Document]: ...


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold and where it comes from; None is the student's default."""

    value: float | None
    origin: str


@dataclass(frozen=True, slots=True)
class Split:
    """A corpus with the sentences of one split."""

    corpus: Corpus
    sentences: tuple[Sentence, ...]

    @property
    def gold(self) -> list[frozenset[Span]]:
        return [s.gold for s in self.sentences]


@dataclass(frozen=True, slots=True)
class Asked:
    """A type as it is put to an extractor.

    Attributes:
        type: what is asked.
        scores_as: the corpus's type that its spans count for; None for a distractor, whose spans are not scored.
    """

    type: EntityType
    scores_as: str | None


@dataclass(frozen=True, slots=True)
class Predicted:
    """What an extractor found in a split: a sentence's spans with their scores; candidates too if asked for."""

    scored: tuple[dict[Span, float], ...]
    candidates: tuple[dict[Span, float], ...] | None
    seconds: float

    def above(self, threshold: float) -> list[frozenset[Span]]:
        return [frozenset(s for s, value in spans.items() if value >= threshold) for spans in self.scored]


def read_splits(corpora: Iterable[Corpus], split: str, limit: int | None = None) -> list[Split]:
    """The sentences of `split` of every corpus."""
    return [Split(corpus, read_sentences(corpus, split, limit=limit)) for corpus in corpora]


def asked_types(corpus: Corpus, view: str) -> list[EntityType]:
    """The types of a corpus as they are asked in a view.

    Raises:
        ScoringError: the view needs definitions and a type has none.
    """
    undefined = [t.name for t in corpus.types if not t.definition]
    if view != "name" and undefined:
        raise ScoringError(f"corpus {corpus.name!r} has no definition for {undefined}; ask it with the view 'name'")
    return [EntityType(t.name, None if view == "name" else t.definition) for t in corpus.types]


def predict(
    ner: Extractor,
    split: Split,
    view: str,
    threshold: float | None,
    *,
    candidates: bool = False,
    batch_size: int = 32,
    asked: Sequence[Asked] | None = None,
) -> Predicted:
    """Runs the extractor over a split.

    Args:
        candidates: keep every candidate as well with its best score, also those dropped (slower).
        asked: types to ask in place of the corpus's own in that view.

    Raises:
        ScoringError: a document that failed, came back twice or not at all, or has spans of other types.
    """
    asked = asked or [Asked(t, t.name) for t in asked_types(split.corpus, view)]
    names = {a.type.name: a.scores_as for a in asked}
    documents = [Document(s.text, id=s.id) for s in split.sentences]
    spans: dict[str, dict[Span, float]] = {}
    offered: dict[str, dict[Span, float]] = {}
    start = time.perf_counter()
    for document in ner.extract_many(
        documents,
        [a.type for a in asked],
        batch_size=batch_size,
        threshold=threshold,
        overlap="nested" if split.corpus.nested else "flat",
        explain=candidates,
    ):
        if document.error or document.id in spans:
            what = document.error or "it came back twice"
            raise ScoringError(f"corpus {split.corpus.name!r}, sentence {document.id!r}: {what}")
        spans[document.id] = _scored(document.entities, names)
        offered[document.id] = _scored(document.decisions, names)
    seconds = time.perf_counter() - start
    try:
        align(split.sentences, spans, [name for name in names.values() if name is not None])
    except ScoringError as error:
        raise ScoringError(f"corpus {split.corpus.name!r}: {error}") from error
    return Predicted(
        scored=tuple(spans[s.id] for s in split.sentences),
        candidates=tuple(offered[s.id] for s in split.sentences) if candidates else None,
        seconds=seconds,
    )


def _scored(found: Iterable[Entity | Decision], names: Mapping[str, str | None]) -> dict[Span, float]:
    """Spans with their best score, by the names they count for; a type that was not asked keeps its name."""
    named = ((f, names.get(f.type, f.type)) for f in sorted(found, key=lambda f: f.score))
    return {(f.start, f.end, name): f.score for f, name in named if name is not None}


def run(
    ner: Extractor,
    splits: Sequence[Split],
    view: str,
    threshold: Threshold,
    *,
    candidates: bool = False,
    protocols: Sequence[str] = (),
    asked: Callable[[Corpus], Sequence[Asked]] | None = None,
    observe: Callable[[Split, Predicted], None] | None = None,
) -> dict[str, Any]:
    """Scores the extractor at one threshold; the result is a run of a results file.

    Args:
        protocols: names of `PROTOCOLS` to report beside the strict figures.
        asked: the types to ask of a corpus, in place of its own in that view.
        observe: called with every split and what was found in it.
    """
    measured = []
    for split in splits:
        types = asked and asked(split.corpus)
        measured.append((split, predict(ner, split, view, threshold.value, candidates=candidates, asked=types)))
    for split, predicted in measured if observe else ():
        observe(split, predicted)
    return {
        "threshold": {
            "value": ner.student.threshold if threshold.value is None else threshold.value,
            "origin": threshold.origin,
        },
        **run_figures(measured, protocols),
    }


def fit_threshold(ner: Extractor, splits: Sequence[Split], view: str) -> tuple[float, float]:
    """The one threshold with the best average F1 over the splits, and that F1 in percent.

    Everything is extracted once at the lowest threshold of `SWEEP`; the spans above a higher one are what a
    run at the higher one finds, because overlaps are decided by score. Where the pipeline adds repeats of
    found mentions this is an approximation, so report the F1 of a run at the threshold, not this one.
    """
    best, f1 = best_threshold(splits, [predict(ner, split, view, SWEEP[0]) for split in splits])
    return best, percent(f1)


def best_threshold(splits: Sequence[Split], predicted: Sequence[Predicted]) -> tuple[float, float]:
    """The threshold of `SWEEP` with the best mean F1 over the splits, and that F1 in [0, 1]."""
    gold = [split.gold for split in splits]

    def mean_f1(threshold: float) -> float:
        pairs = zip(gold, predicted, strict=True)
        return sum(score(g, p.above(threshold)).micro.f1 for g, p in pairs) / len(gold)

    best = max(SWEEP, key=mean_f1)
    return best, mean_f1(best)
