"""The rule engine: adapt, claim, weigh; then, types having competed, propose, trim, filter, relabel, rescore."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hybrid_ner.errors import RulePackError
from hybrid_ner.rules.kinds import STAGES
from hybrid_ner.rules.kinds.base import Effect, Hit
from hybrid_ner.rules.lists import NameLists
from hybrid_ner.rules.pack import RulePack, load_pack
from hybrid_ner.rules.page import Clock, Page
from hybrid_ner.rules.plan import Bound, Plan, make_plan
from hybrid_ner.schema import Adaptation, Decision, EntityType, Step, TypeSet

log = logging.getLogger(__name__)

STAGE = "rules"
TIME_LIMIT = 0.5
_CHARACTERS_A_LIMIT = 1_000_000
_MOST_PLANS = 64


@dataclass(frozen=True)
class RuleEngine:
    """Applies packs to candidates.

    Attributes:
        packs: in the order in which their rules run within a stage.
        time_limit: seconds a rule may take on one document (for each started million characters of it).
        overlay: the engine of the packs that are overlays; it has the last word.
    """

    packs: tuple[RulePack, ...] = ()
    time_limit: float = TIME_LIMIT
    _plans: dict[Any, Plan] = field(default_factory=dict, compare=False, repr=False)
    overlay: RuleEngine | None = None

    def with_thresholds(self, types: TypeSet) -> TypeSet:
        """The types with the packs' thresholds, where a type sets none of its own; a later pack goes before."""
        bars = {name: bar for pack in self.packs for name, bar in pack.thresholds.items()}
        if not bars:
            return types
        return TypeSet(tuple(_barred(asked, bars) for asked in types))

    def adapted(self, types: TypeSet, student: str | None) -> TypeSet:
        """The types with what `adapt` rules have learned of them; of two rules for a type, the later one counts.

        Args:
            student: its fingerprint; None for one that cannot be adapted. Rules learned with another are skipped with
                a note in the log.
        """
        learned: dict[str, Adaptation] = {}
        for bound in self._plan(types).stages.get("adapt", ()):
            label, held = bound.rule.label, bound.rule.run
            if held.student != student:
                log.warning("rule %s is skipped: it was learned with another student; fit it again", label)
                continue
            for asked in types:
                names = (name.casefold() for name in (asked.name, *asked.aliases))
                vector = next((held.vectors[name] for name in names if name in held.vectors), None)
                if vector is not None and asked.name in bound.types:
                    learned[asked.name] = Adaptation(label, held.student, vector)
        if not learned:
            return types
        return TypeSet(tuple(replace(t, adaptation=learned.get(t.name, t.adaptation)) for t in types))

    def moves_claims(self, types: TypeSet) -> bool:
        """Whether any rule for one of `types` acts before types compete for a span."""
        return bool(self._plan(types).stages.keys() & {"claim", "weigh"})

    def claim(self, text: str, decisions: Iterable[Decision], types: TypeSet) -> list[Decision]:
        """What is done before types compete for a span: `competes` rules propose, `weigh` rules move scores.

        Arguments and result as `apply`.
        """
        plan = self._plan(types)
        current = list(decisions)
        if not self.moves_claims(types):
            return current
        if "claim" in plan.stages:
            current = self._staged(text, current, plan, ("claim",))
        if "weigh" in plan.stages:
            current = plan.weighing.apply(text, current)
        return sorted(current, key=_order)

    def apply(self, text: str, decisions: Iterable[Decision], types: TypeSet) -> list[Decision]:
        """Runs every rule that is for a type of `types` over the candidates of one document.

        Args:
            text: the document, which offsets refer to.
            decisions: candidates; those already dropped come back as they are.
            types: the types asked; names of decisions are theirs.

        Returns:
            All candidates, kept and dropped, with new ones that rules propose, by (start, -end, type).
        """
        current = sorted(self._staged(text, list(decisions), self._plan(types), STAGES), key=_order)
        return self.overlay.apply(text, current, types) if self.overlay else current

    def _staged(self, text: str, current: list[Decision], plan: Plan, stages: Iterable[str]) -> list[Decision]:
        if not plan.stages:
            return current
        page = Page(text)
        seconds = self.time_limit * (1 + len(text) // _CHARACTERS_A_LIMIT)
        current = _settle(current)
        for stage in stages:
            rules = plan.stages.get(stage, ())
            if stage in ("claim", "propose"):
                after = _propose_all(rules, plan.lists.get(stage), page, current, seconds)
            else:
                after = _judge_all(rules, page, current, seconds)
            current = current if after is current else _settle(after)
        return current

    def _plan(self, types: TypeSet) -> Plan:
        plan = self._plans.get(types)
        if plan is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            named = tuple((asked.name, asked.aliases) for asked in types)  # thresholds change no plan
            if named not in self._plans:
                self._plans[named] = make_plan(self.packs, types)
            plan = self._plans[types] = self._plans[named]
        return plan


def load_packs(names: Iterable[str | Path], *, time_limit: float = TIME_LIMIT) -> RuleEngine:
    """An engine for packs given by name or path; without any it changes nothing.

    Raises:
        RulePackError: a pack that cannot be loaded, or two of the same name.
    """
    packs: dict[str, RulePack] = {}
    for name in [names] if isinstance(names, (str, Path)) else names:
        pack = load_pack(name)
        if pack.name in packs:
            raise RulePackError(
                f"{pack.path}: a rule pack named {pack.name!r} is already loaded, "
                f"from {packs[pack.name].path}; name each pack once"
            )
        packs[pack.name] = pack
    overlays = tuple(pack for pack in packs.values() if pack.overlay)
    ordinary = tuple(pack for pack in packs.values() if not pack.overlay)
    return RuleEngine(ordinary, time_limit, overlay=RuleEngine(overlays, time_limit) if overlays else None)


def _barred(asked: EntityType, bars: Mapping[str, float]) -> EntityType:
    if asked.threshold is not None:
        return asked
    found = (bars[name.casefold()] for name in (asked.name, *asked.aliases) if name.casefold() in bars)
    return replace(asked, threshold=next(found, None))


def _propose_all(
    rules: Sequence[Bound], lists: NameLists | None, page: Page, current: list[Decision], seconds: float
) -> list[Decision]:
    """Adds what every rule finds; exact gazetteers are looked up together, if there is time for that."""
    listed: Mapping[int, list[Hit]] | None = {}
    if lists is not None:
        try:
            listed = lists.find(page, Clock(seconds))
        except TimeoutError:
            listed = None  # each alone, so that the one that takes long is stopped and named
    for place, bound in enumerate(rules):
        if listed is not None and lists is not None and place in lists.scores:
            hits = listed.get(place, ())
        else:
            try:
                hits = bound.rule.run(page, Clock(seconds))
            except TimeoutError:
                _say_stopped(bound, seconds)
                continue
        if hits:
            current = _propose(bound, hits, current)
    return current


def _propose(bound: Bound, hits: Iterable[Hit], current: list[Decision]) -> list[Decision]:
    """Adds hits; a candidate already there gets the higher of the two scores."""
    current, names = list(current), sorted(bound.types)
    places = {_key(decision): place for place, decision in enumerate(current) if decision.kept}
    for hit in hits:
        why = f"{bound.rule.label}: {hit.why}"
        for name in names:
            key = (hit.start, hit.end, name)
            if key not in places:
                places[key] = len(current)
                current.append(_candidate(key, hit.score, bound.rule.label, why))
                continue
            known = current[places[key]]
            if hit.score > known.score:
                current[places[key]] = known.change(STAGE, "raise", why, score=hit.score)
            else:
                current[places[key]] = known.change(STAGE, "confirm", why)
    return current


def _candidate(key: tuple[int, int, str], score: float, label: str, why: str) -> Decision:
    return Decision(*key, score, f"rule:{label}", score, steps=(Step(STAGE, "propose", why),))


def _judge_all(rules: Sequence[Bound], page: Page, current: list[Decision], seconds: float) -> list[Decision]:
    """Puts every kept candidate before the rules for its type. Returns `current` itself where none had an effect.

    When a rule runs out of time nothing of what it did counts, so that the candidates' order cannot matter.
    """
    given = current
    places: dict[str, list[int]] = defaultdict(list)
    for place, decision in enumerate(current):
        if decision.kept:
            places[decision.type].append(place)
    for bound in rules:
        if bound.types.isdisjoint(places):
            continue
        judge, clock = bound.rule.run, Clock(seconds)
        present = [place for name in places if name in bound.types for place in places[name]]
        try:
            effects = [(place, effect) for place in present if (effect := judge(page, current[place], clock))]
        except TimeoutError:
            _say_stopped(bound, seconds)
            continue
        if effects and current is given:
            current = list(given)
        for place, effect in effects:
            before = current[place]
            current[place] = after = _enact(before, effect, bound.rule.label, bound.target)
            if not after.kept or after.type != before.type:
                places[before.type].remove(place)
                if after.kept:
                    places[after.type].append(place)
    return current


def _say_stopped(bound: Bound, seconds: float) -> None:
    log.warning(
        "rule %s took more than %.1f s on a document and was stopped; the document goes on without it",
        bound.rule.label,
        seconds,
    )


def _enact(decision: Decision, effect: Effect, label: str, target: str | None) -> Decision:
    why = f"{label}: {effect.why}"
    if effect.action == "drop":
        return decision.drop(STAGE, why)
    changes = {"type": target} if target is not None else effect.changes
    return decision.change(STAGE, effect.action, why, **changes)


def _settle(current: list[Decision]) -> list[Decision]:
    """Where kept candidates share span and type, keeps the one with the best score and drops the others."""
    groups: dict[tuple[int, int, str], list[int]] = defaultdict(list)
    for place, decision in enumerate(current):
        if decision.kept:
            groups[_key(decision)].append(place)
    for places in groups.values():
        if len(places) > 1:
            best = min(places, key=lambda place: _order(current[place]))
            reason = f"same span and type as another candidate, scored {current[best].score:.3f}"
            for place in places:
                if place != best:
                    current[place] = current[place].drop(STAGE, reason)
    return current


def _key(decision: Decision) -> tuple[int, int, str]:
    return decision.start, decision.end, decision.type


def _order(decision: Decision) -> tuple[Any, ...]:
    """Sorts candidates by place, score and then every field, so that no tie is left to the given order."""
    return (
        decision.start,
        -decision.end,
        decision.type,
        -decision.score,
        decision.source,
        decision.reason,
        decision.rival or "",
        decision.proposed_score or 0.0,
        tuple((step.stage, step.action, step.detail) for step in decision.steps),
    )
