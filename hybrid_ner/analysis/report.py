"""What each rule of some packs does on labelled data, and what it is worth there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from hybrid_ner.rules.engine import RuleEngine
from hybrid_ner.rules.plan import bound_labels
from hybrid_ner.schema import Decision, Document, Proposal, TypeSet
from hybrid_ner.scoring import Counts, Span

if TYPE_CHECKING:
    from hybrid_ner.extractor import HybridNER

_STAGE = "rules"
_FOR = ("propose", "raise", "confirm", "claim")


@dataclass(frozen=True)
class RuleFigures:
    """One rule on labelled data.

    Attributes:
        status: "acts"; "dead", it is for asked types and did nothing; "skipped", none of its types is asked.
        candidates, documents: on how many it acted.
        right, wrong: mentions it adds that are gold or not, and mentions it takes away that are not gold or are.
        gain: the points of F1 that are lost without it.
    """

    label: str
    kind: str
    status: str
    candidates: int = 0
    documents: int = 0
    right: int = 0
    wrong: int = 0
    gain: float = 0.0

    @property
    def accuracy(self) -> float | None:
        """The share of what it changes that is right, in percent; None where it changes nothing that is kept."""
        changed = self.right + self.wrong
        return 100 * self.right / changed if changed else None


@dataclass(frozen=True)
class Report:
    """All rules, and pairs of them that meet.

    Attributes:
        touched, candidates: candidates that a rule acted on, of all.
        overlaps: pairs of rules that acted on the same candidate, with how often; most often first.
        conflicts: (rule that proposes, raises or confirms, rule that drops) of one candidate, likewise.
    """

    f1: float
    documents: int
    candidates: int
    touched: int
    rules: tuple[RuleFigures, ...]
    overlaps: tuple[tuple[str, str, int], ...]
    conflicts: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class _Read:
    document: Document
    proposals: list[Proposal]
    decisions: list[Decision]


def report(
    ner: HybridNER, gold: Sequence[Document], types: TypeSet, *, threshold: float | None = None, overlap: str = "flat"
) -> Report:
    """Runs the extractor over gold documents as `read_gold` yields them, and once more without each rule that acts.

    Only documents in which a rule left a trace are read again without it, by the extractor's own stages.
    """
    bar = ner.student.threshold if threshold is None else threshold
    types = ner.adapted(ner.lender.lend(types)[0])
    reader = _Reader(ner, types, bar, overlap)
    proposed = ner.student.propose([document.text for document in gold], types)
    read = [_Read(d, p, reader.decisions(d, p)) for d, p in zip(gold, proposed, strict=True)]
    traces = [[_trace(decision) for decision in one.decisions] for one in read]
    total = sum((_counts(one.document, _kept(one.decisions)) for one in read), Counts())
    bound = bound_labels(ner.rules.packs, types)
    rules = []
    for rule in (rule for pack in ner.rules.packs for rule in pack.rules):
        places = [place for place, of in enumerate(traces) if any(rule.label in trace for trace in of)]
        if not places:
            rules.append(RuleFigures(rule.label, rule.kind, "dead" if rule.label in bound else "skipped"))
            continue
        acted = sum(rule.label in trace for place in places for trace in traces[place])
        worth = reader.without(rule.label, [read[place] for place in places], total)
        rules.append(RuleFigures(rule.label, rule.kind, "acts", acted, len(places), **worth))
    flat = [trace for of in traces for trace in of]
    return Report(
        f1=100 * total.f1,
        documents=len(gold),
        candidates=len(flat),
        touched=sum(bool(trace) for trace in flat),
        rules=tuple(rules),
        overlaps=_ranked(Counter(pair for trace in flat for pair in combinations(sorted(trace), 2))),
        conflicts=_ranked(Counter(pair for trace in flat for pair in _opposed(trace))),
    )


@dataclass(frozen=True)
class _Reader:
    ner: HybridNER
    types: TypeSet
    threshold: float
    overlap: str

    def decisions(self, document: Document, proposals: Sequence[Proposal], rules: RuleEngine | None = None) -> list:
        ner = self.ner if rules is None else replace(self.ner, rules=rules)
        types = ner.rules.with_thresholds(self.types)
        return ner.decide(document.text, proposals, types, self.threshold, self.overlap)

    def without(self, label: str, read: Sequence[_Read], total: Counts) -> dict[str, Any]:
        """What is right and wrong of what the rule changes, and the F1 that it brings."""
        packs = (replace(p, rules=tuple(r for r in p.rules if r.label != label)) for p in self.ner.rules.packs)
        engine = replace(self.ner.rules, packs=tuple(packs), _plans={})
        right = wrong = 0
        lost = total
        for one in read:
            found, other = _kept(one.decisions), _kept(self.decisions(one.document, one.proposals, engine))
            gold = _gold(one.document)
            added, taken = found - other, other - found
            right += len(added & gold) + len(taken - gold)
            wrong += len(added - gold) + len(taken & gold)
            before, after = _counts(one.document, found), _counts(one.document, other)
            lost = Counts(*(getattr(lost, n) - getattr(before, n) + getattr(after, n) for n in ("tp", "fp", "fn")))
        return {"right": right, "wrong": wrong, "gain": 100 * (total.f1 - lost.f1)}


def _trace(decision: Decision) -> dict[str, set[str]]:
    """Label of a rule -> what it did to the candidate."""
    trace: dict[str, set[str]] = {}
    for step in decision.steps:
        label, colon, _ = step.detail.partition(":")
        if step.stage == _STAGE and colon and "/" in label:
            trace.setdefault(label, set()).add(step.action)
    return trace


def _opposed(trace: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    for label, actions in trace.items():
        if actions & set(_FOR):
            yield from ((label, other) for other, done in trace.items() if "drop" in done and other != label)


def _ranked(pairs: Counter[tuple[str, str]]) -> tuple[tuple[str, str, int], ...]:
    return tuple((a, b, n) for (a, b), n in sorted(pairs.items(), key=lambda item: (-item[1], item[0])))


def _kept(decisions: Sequence[Decision]) -> set[Span]:
    return {(d.start, d.end, d.type) for d in decisions if d.kept}


def _gold(document: Document) -> set[Span]:
    return {(e.start, e.end, e.type) for e in document.entities}


def _counts(document: Document, found: set[Span]) -> Counts:
    asked = document.extra.get("asked")
    return Counts.of(_gold(document), found if asked is None else {span for span in found if span[2] in asked})
