"""Trying rules: every sentence judged by rules learned without it, through the engine's and extractor's own stages.

Hundreds of sets of rules are tried that differ in one rule, so what a rule cannot have changed is looked up: claims by
the proposing rules that have something to say in a sentence, weighed claims by type (a `weigh` rule moves claims of its
types and of no other), and counts by all that led to them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hybrid_ner.fitting.bench import Bench
from hybrid_ner.rules.engine import RuleEngine
from hybrid_ner.rules.kinds import EARLY_STAGES
from hybrid_ner.rules.pack import Rule
from hybrid_ner.rules.page import Clock, Page
from hybrid_ner.schema import Decision
from hybrid_ner.scoring import Counts

# For each fold, the rules learned outside it, by id.
ByFold = Sequence[Mapping[str, Rule]]
_SECONDS = 5.0  # for a learned pattern on a sentence


@dataclass
class Trials:
    """Tries subsets of rules on held-out sentences.

    Attributes:
        rules: of each fold, those learned outside it. An id names the same rule in every fold.
    """

    bench: Bench
    rules: ByFold
    _cache: dict[Any, Any] = field(default_factory=dict, repr=False)

    def with_rules(self, more: ByFold) -> Trials:
        """The same with more rules, which run after types have competed."""
        return Trials(self.bench, [{**old, **new} for old, new in zip(self.rules, more, strict=True)], self._cache)

    def counts(self, ids: Collection[str], thresholds: Mapping[str, float]) -> list[Counts]:
        """Counts of every example, found with the rules of `ids` that were learned outside its fold."""
        return [self._counts(place, frozenset(ids), thresholds) for place in range(len(self.bench.examples))]

    def found(self, place: int, ids: Collection[str], thresholds: Mapping[str, float]) -> list[Decision]:
        """What is kept in the example at `place`."""
        return self._found(place, *self._parts(place, frozenset(ids)), thresholds)

    def _counts(self, place: int, ids: frozenset[str], thresholds: Mapping[str, float]) -> Counts:
        proposing, weighed, late = self._parts(place, ids)
        bars = tuple(thresholds.get(name) for name in sorted(self._present(place, proposing, weighed)))
        key = (place, proposing, weighed, late, bars)
        if key not in self._cache:
            example = self.bench.examples[place]
            decisions = self._found(place, proposing, weighed, late, thresholds)
            found = {(d.start, d.end, d.type) for d in decisions if d.type in example.asked}
            self._cache[key] = Counts.of(example.gold, found)
        return self._cache[key]

    def _parts(self, place: int, ids: frozenset[str]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """Of `ids`, what can matter in the example: proposing rules with a hit; types that are weighed; late rules."""
        rules = self.rules[self.bench.examples[place].fold]
        proposing = self._hitting(place) & ids
        names = {n for i in ids if i in rules and rules[i].stage == "weigh" for n in self._names(rules[i])}
        moved = self._moved(place, proposing)
        late = frozenset(i for i in ids if i in rules and rules[i].stage not in EARLY_STAGES)
        return proposing, frozenset(names & moved), late

    def _found(
        self,
        place: int,
        proposing: frozenset[str],
        weighed: frozenset[str],
        late: frozenset[str],
        thresholds: Mapping[str, float],
    ) -> list[Decision]:
        example = self.bench.examples[place]
        plain, moved = self._claims(place, proposing)
        claims = [d for d in plain if d.type not in weighed] + [d for d in moved if d.type in weighed]
        engine = self._engine(example.fold, late)
        return self.bench.settle(engine, example, claims, thresholds)

    def _present(self, place: int, proposing: frozenset[str], weighed: frozenset[str]) -> set[str]:
        plain, moved = self._claims(place, proposing)
        return {d.type for d in plain} | {d.type for d in moved if d.type in weighed}

    def _moved(self, place: int, proposing: frozenset[str]) -> set[str]:
        """Types whose claims weighing changes."""
        key = ("moved", place, proposing)
        if key not in self._cache:
            plain, moved = (_by_type(claims) for claims in self._claims(place, proposing))
            self._cache[key] = {name for name in {*plain, *moved} if plain.get(name) != moved.get(name)}
        return self._cache[key]

    def _claims(self, place: int, proposing: frozenset[str]) -> tuple[list[Decision], list[Decision]]:
        """The claims before and after all weighing."""
        key = ("claims", place, proposing)
        if key not in self._cache:
            example = self.bench.examples[place]
            rules = self.rules[example.fold]
            weighing = frozenset(i for i, rule in rules.items() if rule.stage == "weigh")
            types = self.bench.types
            self._cache[key] = tuple(
                self._engine(example.fold, ids).claim(example.text, example.decisions, types)
                for ids in (proposing, proposing | weighing)
            )
        return self._cache[key]

    def _hitting(self, place: int) -> frozenset[str]:
        key = ("hitting", place)
        if key not in self._cache:
            example = self.bench.examples[place]
            page, rules = Page(example.text), self.rules[example.fold]
            claiming = ((i, rule) for i, rule in rules.items() if rule.stage == "claim")
            self._cache[key] = frozenset(i for i, rule in claiming if rule.run(page, Clock(_SECONDS)))
        return self._cache[key]

    def _engine(self, fold: int, ids: frozenset[str]) -> RuleEngine:
        key = ("engine", fold, ids)
        if key not in self._cache:
            self._cache[key] = self.bench.engine(rule for i, rule in self.rules[fold].items() if i in ids)
        return self._cache[key]

    def _names(self, rule: Rule) -> list[str]:
        return [name for name in self.bench.types.names if name.casefold() in rule.types]


def _by_type(claims: Sequence[Decision]) -> dict[str, list[Decision]]:
    by_type: dict[str, list[Decision]] = defaultdict(list)
    for claim in claims:
        by_type[claim.type].append(claim)
    return by_type
