"""All `weigh` rules of a plan as one table: a look-up a trait of a span, whatever the number of rules and words."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hybrid_ner.rules.plan import Bound
from hybrid_ner.rules.traits import traits_of
from hybrid_ner.schema import Decision, Step

STAGE = "rules"
# A type that no one claims a span for is considered from this score on, as a student's proposals are.
FLOOR = 0.05
_EDGE = 1e-4


@dataclass(frozen=True, slots=True)
class Evidence:
    """One weight that applied: who says so, what of, how much."""

    label: str
    what: str
    weight: float


@dataclass(frozen=True)
class Weighing:
    """The compiled rules.

    Attributes:
        always: type -> evidence that every claim of it meets.
        table: (trait, value) -> the types it speaks for or against, with the evidence.
        unclaimed: type -> (label of the rule that offers it, logits below the weakest claim).
    """

    always: Mapping[str, tuple[Evidence, ...]]
    table: Mapping[tuple[str, str], tuple[tuple[str, Evidence], ...]]
    unclaimed: Mapping[str, tuple[str, float]]

    @classmethod
    def of(cls, bounds: Iterable[Bound]) -> Weighing:
        """Compiles bound rules of the kind `weigh`."""
        always: dict[str, list[Evidence]] = defaultdict(list)
        table: dict[tuple[str, str], list[tuple[str, Evidence]]] = defaultdict(list)
        unclaimed: dict[str, tuple[str, float]] = {}
        for bound in bounds:
            label, weights = bound.rule.label, bound.rule.run
            for name in sorted(bound.types):
                if weights.by:
                    always[name].append(Evidence(label, "type", weights.by))
                if weights.unclaimed is not None:
                    unclaimed[name] = max(unclaimed.get(name, (label, -math.inf)), (label, weights.unclaimed), key=_last)
                for trait, values in weights.tables.items():
                    for value, weight in values.items():
                        table[trait, value].append((name, Evidence(label, f"{trait} {value!r}", weight)))
        return cls(
            {name: tuple(evidence) for name, evidence in always.items()},
            {key: tuple(entries) for key, entries in table.items()},
            dict(sorted(unclaimed.items())),
        )

    def apply(self, text: str, decisions: list[Decision]) -> list[Decision]:
        """The decisions with their scores moved, followed by claims of types that no one offered."""
        result = list(decisions)
        spans: dict[tuple[int, int], list[int]] = defaultdict(list)
        for place, decision in enumerate(decisions):
            if decision.kept:
                spans[decision.start, decision.end].append(place)
        for (start, end), places in spans.items():
            found = self._evidence(text, start, end)
            for place in places:
                evidence = [*self.always.get(decisions[place].type, ()), *found.get(decisions[place].type, ())]
                if evidence:
                    result[place] = _moved(decisions[place], evidence)
            if self.unclaimed:
                result += self._offers(start, end, [decisions[place] for place in places], found)
        return result

    def _evidence(self, text: str, start: int, end: int) -> dict[str, list[Evidence]]:
        found: dict[str, list[Evidence]] = defaultdict(list)
        if self.table:
            for trait in traits_of(text, start, end):
                for name, evidence in self.table.get(trait, ()):
                    found[name].append(evidence)
        return found

    def _offers(
        self, start: int, end: int, claims: list[Decision], found: Mapping[str, list[Evidence]]
    ) -> Iterable[Decision]:
        weakest = logit(min(claim.score for claim in claims))
        claimed = {claim.type for claim in claims}
        for name, (label, below) in self.unclaimed.items():
            if name in claimed:
                continue
            evidence = [*self.always.get(name, ()), *found.get(name, ())]
            base = weakest + below
            if base + math.fsum(e.weight for e in evidence) < _FLOOR_LOGIT:
                continue
            score = round(sigmoid(base), 5)
            step = Step(STAGE, "claim", f"{label}: claimed by other types only, {score:.3f}")
            offered = Decision(start, end, name, score, f"rule:{label}", score, steps=(step,))
            yield _moved(offered, evidence) if evidence else offered


def _moved(decision: Decision, evidence: list[Evidence]) -> Decision:
    score = round(sigmoid(logit(decision.score) + math.fsum(e.weight for e in evidence)), 5)
    by_rule: dict[str, list[Evidence]] = defaultdict(list)
    for one in evidence:
        by_rule[one.label].append(one)
    steps = [
        Step(STAGE, "weigh", f"{label}: " + ", ".join(f"{e.what} {e.weight:+.2f}" for e in of))
        for label, of in by_rule.items()
    ]
    moved = Step(STAGE, "rescore", f"weighed: {decision.score:.3f} -> {score:.3f}")
    return Decision(
        decision.start,
        decision.end,
        decision.type,
        score,
        decision.source,
        decision.proposed_score,
        decision.kept,
        decision.reason,
        decision.rival,
        (*decision.steps, *steps, moved),
    )


def logit(score: float) -> float:
    """The logit of a score, which is first brought a ten-thousandth off 0 and 1."""
    score = min(max(score, _EDGE), 1 - _EDGE)
    return math.log(score / (1 - score))


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def _last(pair: tuple[str, float]) -> float:
    return pair[1]


_FLOOR_LOGIT = logit(FLOOR)
