"""The rules that act before types compete for a span: names and patterns that propose, weights that decide.

Weights must see proposals as new text will give them, so those of a sentence are made by rules that were learned from
other sentences (cross-fitting); the same again inside each fold that is held out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hybrid_ner.fitting.bench import FOLDS, Bench, Example
from hybrid_ner.fitting.names import name_rules, pattern_rules
from hybrid_ner.fitting.specs import Spec, rules_of
from hybrid_ner.fitting.weights import RIDGE, UNCLAIMED, Claims, Learned, learn
from hybrid_ner.rules.engine import RuleEngine
from hybrid_ner.rules.traits import TRAITS
from hybrid_ner.schema import Decision

_LEAST = 0.1  # logits; a weight below it is left out of a pack
_COMMON = 3  # sentences a word is seen in before it may be quoted from data that may not be


@dataclass(frozen=True)
class FirstStage:
    """Learns from all examples outside some folds.

    Attributes:
        slugs: type -> its part of rules' ids.
        quote: whether gold mentions may be listed in the pack; words that occur in several sentences always may.
    """

    bench: Bench
    slugs: dict[str, str]
    quote: bool = True
    ridge: float = RIDGE
    _engines: dict[frozenset[int], RuleEngine] = field(default_factory=dict)

    def specs(self, held_out: Sequence[int] = ()) -> list[Spec]:
        """Rules learned from the examples of all other folds."""
        traits = TRAITS if self.quote else tuple(trait for trait in TRAITS if trait != "mention")
        claims = Claims.of(self._cross_fitted(held_out), self.bench.types.names, traits)
        examples = self.bench.outside(held_out)
        learned = learn(claims, self.ridge, least=1 if self.quote else _COMMON)
        return [*self._proposing(examples), *self._weights(learned)]

    def _proposing(self, examples: Sequence[Example]) -> list[Spec]:
        names = name_rules(examples, self.slugs) if self.quote else ()
        return [*names, *pattern_rules(examples, self.slugs)]

    def _cross_fitted(self, held_out: Sequence[int]) -> list[tuple[Example, list[Decision]]]:
        pairs = []
        for fold in range(FOLDS):
            if fold in held_out:
                continue
            outside = frozenset((*held_out, fold))
            if outside not in self._engines:
                rules = rules_of("fitted", self._proposing(self.bench.outside(outside)))
                self._engines[outside] = self.bench.engine(rules.values())
            engine = self._engines[outside]
            pairs += [
                (example, engine.claim(example.text, example.decisions, self.bench.types))
                for example in self.bench.examples
                if example.fold == fold
            ]
        return pairs

    def _weights(self, learned: Learned) -> Iterator[Spec]:
        for name, slug in self.slugs.items():
            tables: dict[str, dict[str, float]] = defaultdict(dict)
            ordered = sorted(learned.weights.get(name, {}).items(), key=lambda item: (-abs(item[1]), item[0]))
            for (trait, value), weight in ordered:
                if abs(weight) >= _LEAST and value.strip() == value:
                    tables[trait][value] = round(weight, 2)
            yield {
                "id": f"{slug}-words",
                "kind": "weigh",
                "types": name,
                "by": round(learned.always.get(name, 0.0), 2),
                "unclaimed": UNCLAIMED,
                **{trait: tables[trait] for trait in TRAITS if trait in tables},
            }
