"""Labelled sentences with all that a student proposes in them: what every rule is learned from and tried on.

Whatever is tried runs through the extractor's own `decide`, so a gain measured here is the one that the pack will have.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from hybrid_ner.errors import HybridNERError
from hybrid_ner.evaluate import has_overlaps, spans_of
from hybrid_ner.rules.engine import RuleEngine
from hybrid_ner.rules.pack import Rule, RulePack
from hybrid_ner.schema import Decision, Document, Proposal, TypeSet
from hybrid_ner.scoring import Span

if TYPE_CHECKING:
    from hybrid_ner.extractor import HybridNER

PACK = "fitted"
FOLDS = 5
FEWEST = 10  # sentences; with fewer there is nothing to hold out
_SEED = 0


class FitError(HybridNERError, ValueError):
    """Labelled data that no rules can be learned from."""


@dataclass(frozen=True)
class Example:
    """A labelled sentence.

    Attributes:
        gold: its mentions.
        asked: the types that were looked for in it.
        proposals: what the student offers, however weak.
        fold: the part of the data it is held out with.
    """

    text: str
    gold: frozenset[Span]
    asked: frozenset[str]
    proposals: tuple[Proposal, ...]
    fold: int

    @cached_property
    def decisions(self) -> list[Decision]:
        """The proposals as the stages take them."""
        return [Decision.of(proposal) for proposal in self.proposals]


@dataclass(frozen=True)
class Bench:
    """Examples, and the extractor that rules are tried in.

    Attributes:
        ner: with the packs that the fitted one will be used beside.
        overlap: as the gold has it.
    """

    ner: HybridNER
    types: TypeSet
    overlap: str
    examples: tuple[Example, ...]
    _type_sets: dict[tuple[float | None, ...], TypeSet] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, ner: HybridNER, documents: Sequence[Document], types: TypeSet) -> Bench:
        """Runs the student over labelled documents as `read_gold` yields them.

        Raises:
            FitError: fewer than `FEWEST` documents, or none of them has an entity.
        """
        if len(documents) < FEWEST or not any(document.entities for document in documents):
            labelled = sum(bool(document.entities) for document in documents)
            raise FitError(
                f"{len(documents)} labelled documents, {labelled} of them with entities, are too few to learn from; "
                f"give at least {FEWEST} (20 or more are advised), a sentence or paragraph each"
            )
        types = ner.adapted(ner.lender.lend(types)[0])  # as the extractor will ask them
        order = list(range(len(documents)))
        random.Random(_SEED).shuffle(order)
        folds = {place: rank % FOLDS for rank, place in enumerate(order)}
        proposed = ner.student.propose([document.text for document in documents], types)
        examples = tuple(
            Example(
                document.text,
                frozenset(spans_of(document)),
                frozenset(document.extra.get("asked", types.names)),
                tuple(proposals),
                folds[place],
            )
            for place, (document, proposals) in enumerate(zip(documents, proposed, strict=True))
        )
        return cls(ner, types, "nested" if has_overlaps(documents) else "flat", examples)

    def outside(self, folds: Collection[int]) -> list[Example]:
        """The examples of all folds but these."""
        return [example for example in self.examples if example.fold not in folds]

    def engine(self, rules: Iterable[Rule], thresholds: Mapping[str, float] | None = None) -> RuleEngine:
        """The extractor's packs with these rules behind them."""
        folded = {name.casefold(): bar for name, bar in (thresholds or {}).items()}
        pack = RulePack(PACK, Path(PACK), tuple(rules), folded)
        return replace(self.ner.rules, packs=(*self.ner.rules.packs, pack), _plans={})

    def settle(
        self, engine: RuleEngine, example: Example, claims: Iterable[Decision], thresholds: Mapping[str, float]
    ) -> list[Decision]:
        """What the extractor keeps of an example's claims with this engine and these thresholds of types."""
        ner, types = replace(self.ner, rules=engine), self._barred(thresholds)
        decisions = ner.settle(example.text, claims, types, self.ner.student.threshold, self.overlap)
        return [decision for decision in decisions if decision.kept]

    def _barred(self, thresholds: Mapping[str, float]) -> TypeSet:
        key = tuple(thresholds.get(name) for name in self.types.names)
        if key not in self._type_sets:
            self._type_sets[key] = self.engine((), thresholds).with_thresholds(self.types)
        return self._type_sets[key]
