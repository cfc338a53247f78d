"""Which rules run for the types asked, worked out once a type set."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from hybrid_ner.rules.kinds import EARLY_STAGES, STAGES
from hybrid_ner.rules.kinds.gazetteer import ListedNames
from hybrid_ner.rules.lists import NameLists
from hybrid_ner.rules.pack import Rule, RulePack
from hybrid_ner.rules.weighing import Weighing
from hybrid_ner.schema import EntityType, TypeSet

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bound:
    """A rule tied to the asked types it is for.

    Attributes:
        types: their names as they were asked.
        target: the asked name of the type a relabel rule gives.
    """

    rule: Rule
    types: frozenset[str]
    target: str | None


@dataclass(frozen=True)
class Plan:
    """The rules to run, by stage, in the order of the packs and of the rules in them."""

    stages: Mapping[str, tuple[Bound, ...]]

    @cached_property
    def weighing(self) -> Weighing:
        """The rules of the stage "weigh" as one table."""
        return Weighing.of(self.stages.get("weigh", ()))

    @cached_property
    def lists(self) -> Mapping[str, NameLists]:
        """For the stages that propose, their exact gazetteers as one, numbered by their places in the stage."""
        found = {
            stage: {
                place: bound.rule.run for place, bound in enumerate(rules) if isinstance(bound.rule.run, ListedNames)
            }
            for stage, rules in self.stages.items()
        }
        return {stage: NameLists.of(lists) for stage, lists in found.items() if lists}


def make_plan(packs: Iterable[RulePack], types: TypeSet) -> Plan:
    """The plan of packs for the types asked.

    A rule none of whose types is asked is left out; a pack of which nothing is left is noted in the log.
    """
    stages: dict[str, list[Bound]] = {stage: [] for stage in (*EARLY_STAGES, *STAGES)}
    for pack in packs:
        bound = [made for rule in pack.rules if (made := _bind(rule, types)) is not None]
        if not bound and pack.rules:
            log.warning("rule pack %r is skipped: none of its rules is for a type that is asked", pack.name)
        for made in bound:
            stages[made.rule.stage].append(made)
    return Plan({stage: tuple(rules) for stage, rules in stages.items() if rules})


def bound_labels(packs: Iterable[RulePack], types: TypeSet) -> frozenset[str]:
    """The labels of the rules that are for types asked."""
    return frozenset(rule.label for pack in packs for rule in pack.rules if _bind(rule, types) is not None)


def _bind(rule: Rule, types: TypeSet) -> Bound | None:
    names = [
        asked.name
        for asked in types
        if (not rule.types or rule.types & _names(asked)) and not rule.excluded & _names(asked)
    ]
    target = None
    if rule.target is not None:
        named = sorted(asked.name for asked in types if rule.target in _names(asked))
        # A type of that very name goes before one that only has it as an alias.
        target = next((name for name in named if name.casefold() == rule.target), next(iter(named), None))
        if target is None:
            return None
        names = [name for name in names if name != target]
    return Bound(rule, frozenset(names), target) if names else None


def _names(asked: EntityType) -> frozenset[str]:
    return frozenset(name.casefold() for name in (asked.name, *asked.aliases))
