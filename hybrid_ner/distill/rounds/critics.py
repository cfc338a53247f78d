"""Critics: which of a student's own labels are fit to be learned from. After Jung et al. (2023), Impossible
Distillation, where what a weak model says is filtered by models that judge what it cannot say itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hybrid_ner.distill.settings import at_least
from hybrid_ner.extractor import DEFAULT_RULES, HybridNER
from hybrid_ner.rules import load_packs
from hybrid_ner.schema import Decision, EntityType, TypeSet
from hybrid_ner.students.onnx import VIEWS

Label = tuple[int, int, str]


@dataclass(frozen=True)
class CriticSettings:
    """Which critics are asked.

    Attributes:
        confidence: score that a label must have, as a factor on the way from the student's threshold to 1: 0 is the
            threshold itself.
        definitions: it must be found by the type's name alone, and by name and definition alone.
        aliases: it must be found when the type is called by its first alias, too.
        rules: the default rule pack must let it be as it is.
    """

    confidence: float = 0.2
    definitions: bool = True
    aliases: bool = True
    rules: bool = True

    def __post_init__(self) -> None:
        at_least(self, 0, "confidence")


@dataclass(frozen=True, slots=True)
class Judged:
    """A passage's labels: those that all critics let by, those that were proposed, and what each critic rejected."""

    kept: tuple[Label, ...]
    proposed: tuple[Label, ...]
    rejected: Counter


class Critics:
    """A student with the critics of its labels; every critic sees every proposed label.

    Args:
        student: name or folder; None for the default one.
        types: what is asked. Critics that a type gives nothing to (no definition, no alias) let its labels by.
    """

    def __init__(self, student: str | Path | None, types: TypeSet, settings: CriticSettings) -> None:
        self._types, self._settings = types, settings
        self._student = student
        self._labeller, self._packs = self._asked_by(*VIEWS), load_packs(DEFAULT_RULES)
        threshold = self._labeller.student.threshold
        self._least = threshold + settings.confidence * (1 - threshold)
        self._defined = TypeSet(tuple(t for t in types if t.definition)) if any(t.definition for t in types) else None
        self._renamed = _renamed(types)

    def _asked_by(self, *views: str) -> HybridNER:
        """The student by itself, asked by some views of a type."""
        return HybridNER.load(self._student, rules=(), repeat=False, views=views)

    @cached_property
    def _by_name(self) -> HybridNER:
        return self._asked_by("name")

    @cached_property
    def _by_definition(self) -> HybridNER:
        return self._asked_by("definition")

    def judge(self, texts: Sequence[str]) -> Iterator[Judged]:
        """The labels of each text, in order."""
        labelled = list(self._labeller.extract_many(texts, self._types))
        views = {name: self._view(name, texts) for name in ("definitions", "aliases") if getattr(self._settings, name)}
        for number, document in enumerate(labelled):
            scores = {(e.start, e.end, e.type): e.score for e in document.entities}
            rejected = {"confidence": {label for label, score in scores.items() if score < self._least}}
            for name, (concerned, found) in views.items():
                rejected[name] = {s for s in scores if s[2] in concerned and s not in found[number]}
            if self._settings.rules:
                rejected["rules"] = set(scores) - self._let_by(document.text, scores)
            out = set().union(*rejected.values())
            kept = tuple(label for label in scores if label not in out)
            counts = Counter({name: len(labels) for name, labels in rejected.items()})
            yield Judged(kept, tuple(scores), counts)

    def _view(self, name: str, texts: Sequence[str]) -> tuple[set[str], list[set[Label]]]:
        """The types that another view exists of, and what is found by that view in each text."""
        if name == "definitions":
            if self._defined is None:
                return set(), [set() for _ in texts]
            runs = [list(ner.extract_many(texts, self._defined)) for ner in (self._by_name, self._by_definition)]
            found = [{(e.start, e.end, e.type) for e in a.entities} for a in runs[0]]
            also = [{(e.start, e.end, e.type) for e in b.entities} for b in runs[1]]
            return set(self._defined.names), [one & other for one, other in zip(found, also, strict=True)]
        if self._renamed is None:
            return set(), [set() for _ in texts]
        types, original = self._renamed
        documents = self._by_name.extract_many(texts, types)
        concerned = {own for alias, own in original.items() if alias != own}
        return concerned, [{(e.start, e.end, original[e.type]) for e in d.entities} for d in documents]

    def _let_by(self, text: str, scores: dict[Label, float]) -> set[Label]:
        decisions = [Decision(*label, score, proposed_score=score) for label, score in scores.items()]
        judged = self._packs.apply(text, decisions, self._types)
        return {(d.start, d.end, d.type) for d in judged if d.kept and d.source == "student"}


def _renamed(types: TypeSet) -> tuple[TypeSet, dict[str, str]] | None:
    """The types under their first alias, and alias -> type; None where no type has one that is free."""
    names = {t.name.casefold() for t in types}
    original: dict[str, str] = {}
    for entity_type in types:
        free = [a for a in entity_type.aliases if a.casefold() not in names]
        name = free[0] if free else entity_type.name
        names.add(name.casefold())
        original[name] = entity_type.name
    if all(alias == own for alias, own in original.items()):
        return None
    return TypeSet(tuple(EntityType(alias) for alias in original)), original
