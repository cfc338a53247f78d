"""Critics: which of a student's own labels are fit to be learned from. After Jung et al. (2023), Impossible
Distillation, where what a weak model says is filtered by models that judge what it cannot say itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hybrid_ner.distill.settings import at_least
from hybrid_ner.errors import UsageError
from hybrid_ner.extractor import DEFAULT_RULES, HybridNER
from hybrid_ner.rules import load_packs
from hybrid_ner.schema import Decision, Document, TypeSet

Label = tuple[int, int, str]
CRITICS = ("confidence", "views", "rules")


@dataclass(frozen=True)
class CriticSettings:
    """What a label must pass to be learned from, and what is left open instead of being called wrong.

    Attributes:
        confidence: score that a label must have, as a factor on the way from the student's threshold to 1: 0 is the
            threshold itself.
        views: share of the ways to ask for its type (name, aliases, definition) by each of which alone the label must
            reach the threshold: 1 is unanimity, 0 asks none of them.
        rules: the default rule pack must let it be as it is.
        doubt: share of the threshold from which on a span that is no label is left open: it may be a mention or not.
    """

    confidence: float = 0.2
    views: float = 0.5
    rules: bool = True
    doubt: float = 0.5

    def __post_init__(self) -> None:
        at_least(self, 0, "confidence", "views", "doubt")
        if max(self.views, self.doubt) > 1:
            raise UsageError(f"views and doubt are {self.views} and {self.doubt}; accepted: 0 to 1")


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said of a passage.

    Attributes:
        kept: labels that all critics let by. proposed: all labels.
        doubtful: (start, end) of spans that may be mentions and are not among the kept.
        rejected: how many labels each critic rejected.
    """

    kept: tuple[Label, ...]
    proposed: tuple[Label, ...]
    doubtful: tuple[tuple[int, int], ...]
    rejected: Counter


class Critics:
    """A student with the critics of its labels; every critic sees every label.

    Args:
        student: name or folder; None for the default one.
        types: what is asked.
    """

    def __init__(self, student: str | Path | None, types: TypeSet, settings: CriticSettings) -> None:
        self._settings = settings
        self._ner, self._packs = HybridNER.load(student, rules=(), repeat=False), load_packs(DEFAULT_RULES)
        usual = self._ner.student.threshold
        self._thresholds = {t.name: usual if t.threshold is None else t.threshold for t in types}
        self._types = TypeSet(tuple(replace(t, threshold=settings.doubt * self._thresholds[t.name]) for t in types))

    def judge(self, texts: Sequence[str]) -> Iterator[Judged]:
        """The labels of each text, in order."""
        return map(self._judged, self._ner.extract_many(texts, self._types, explain=True))

    def _judged(self, document: Document) -> Judged:
        found = {(d.start, d.end, d.type): d for d in document.decisions if d.kept}
        labels = {label: d for label, d in found.items() if d.score >= self._thresholds[d.type]}
        rejected = {
            "confidence": {label for label, d in labels.items() if d.score < self._least(d)},
            "views": {label for label, d in labels.items() if self._agreement(d) < self._settings.views},
        }
        if self._settings.rules:
            rejected["rules"] = set(labels) - self._let_by(document.text, labels.values())
        kept = [label for label in labels if not any(label in out for out in rejected.values())]
        doubtful = sorted({label[:2] for label in found if label not in kept})
        counts = Counter({name: len(out) for name, out in rejected.items()})
        return Judged(tuple(kept), tuple(labels), tuple(doubtful), counts)

    def _least(self, decision: Decision) -> float:
        threshold = self._thresholds[decision.type]
        return threshold + self._settings.confidence * (1 - threshold)

    def _agreement(self, decision: Decision) -> float:
        """The share of the views that would have said it alone."""
        views = decision.proposal.views if decision.proposal else ()
        agreeing = sum(view.score >= self._thresholds[decision.type] for view in views)
        return agreeing / len(views) if views else 1.0

    def _let_by(self, text: str, labels: Sequence[Decision]) -> set[Label]:
        plain = [Decision(d.start, d.end, d.type, d.score, proposed_score=d.score) for d in labels]
        judged = self._packs.apply(text, plain, self._types)
        return {(d.start, d.end, d.type) for d in judged if d.kept and d.source == "student"}
