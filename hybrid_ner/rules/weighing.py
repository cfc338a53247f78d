"""All `weigh` rules of a plan as one table: a look-up a trait of a span, whatever the number of rules and words."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hybrid_ner.calibration import logit, sigmoid
from hybrid_ner.rules.traits import traits_of
from hybrid_ner.schema import Decision, Step

if TYPE_CHECKING:
    from hybrid_ner.rules.plan import Bound

STAGE = "rules"
# A type that no one claims a span for is considered from this score on, as a student's proposals are.
FLOOR = 0.05
EDGE = 1e-4  # coarser than elsewhere: evidence is to move the surest of scores

# (label of the rule that says so, what of, how much); plain tuples: a pack may hold a hundred thousand.
Evidence = tuple[str, "tuple[str, str] | None", float]


@dataclass(frozen=True)
class Weighing:
    """The compiled rules.

    Attributes:
        always: type -> evidence that every claim of it meets.
        table: (trait, value) -> (type, label, weight) of every type that it speaks for or against.
        unclaimed: type -> (label of the rule that offers it, logits below the weakest claim).
    """

    always: Mapping[str, Sequence[Evidence]]
    table: Mapping[tuple[str, str], Sequence[tuple[str, str, float]]]
    unclaimed: Mapping[str, tuple[str, float]]

    @classmethod
    def of(cls, bounds: Iterable[Bound]) -> Weighing:
        """Compiles bound rules of the kind `weigh`."""
        always: dict[str, list[Evidence]] = defaultdict(list)
        table: dict[tuple[str, str], list[tuple[str, str, float]]] = defaultdict(list)
        unclaimed: dict[str, tuple[str, float]] = {}
        for bound in bounds:
            label, weights = bound.rule.label, bound.rule.run
            for name in sorted(bound.types):
                if weights.by:
                    always[name].append((label, None, weights.by))
                if weights.unclaimed is not None and weights.unclaimed >= unclaimed.get(name, ("", -math.inf))[1]:
                    unclaimed[name] = (label, weights.unclaimed)
                for trait, values in weights.tables.items():
                    for value, weight in values.items():
                        table[trait, value].append((name, label, weight))
        return cls(dict(always), dict(table), dict(sorted(unclaimed.items())))

    def apply(self, text: str, decisions: Sequence[Decision]) -> list[Decision]:
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
        found: dict[str, list[Evidence]] = {}
        if self.table:
            for trait in traits_of(text, start, end):
                for name, label, weight in self.table.get(trait, ()):
                    found.setdefault(name, []).append((label, trait, weight))
        return found

    def _offers(
        self, start: int, end: int, claims: Sequence[Decision], found: Mapping[str, list[Evidence]]
    ) -> Iterator[Decision]:
        weakest = logit(min(claim.score for claim in claims), EDGE)
        claimed = {claim.type for claim in claims}
        for name, (label, below) in self.unclaimed.items():
            evidence = [*self.always.get(name, ()), *found.get(name, ())]
            base = weakest + below
            if name in claimed or base + math.fsum(weight for _, _, weight in evidence) < _FLOOR_LOGIT:
                continue
            score = round(sigmoid(base), 5)
            step = Step(STAGE, "claim", f"{label}: claimed by other types only, {score:.3f}")
            yield _moved(Decision(start, end, name, score, f"rule:{label}", score, steps=(step,)), evidence)


def _moved(decision: Decision, evidence: Iterable[Evidence]) -> Decision:
    """The decision with the evidence added to its logit, one step a rule."""
    by_rule: dict[str, list[Evidence]] = {}
    for one in evidence:
        by_rule.setdefault(one[0], []).append(one)
    steps, score = [], decision.score
    for label, of in by_rule.items():
        moved = round(sigmoid(logit(score, EDGE) + math.fsum(weight for _, _, weight in of)), 5)
        said = ", ".join(f"{'every' if what is None else ' '.join(what)} {weight:+.2f}" for _, what, weight in of)
        steps.append(Step(STAGE, "weigh", f"{label}: {said}: {score:.3f} -> {moved:.3f}"))
        score = moved
    # Not `dataclasses.replace`, which takes several times as long: this runs for every claim.
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
        (*decision.steps, *steps),
        decision.proposal,
    )


_FLOOR_LOGIT = logit(FLOOR)
