"""`require`: drops a candidate unless all of its conditions hold."""

from __future__ import annotations

from functools import partial

from hybrid_ner.rules.conditions import FIELDS, Condition, read_conditions
from hybrid_ner.rules.kinds.base import Effect, Judge, Kind
from hybrid_ner.rules.page import Clock, Page
from hybrid_ner.rules.source import Fields
from hybrid_ner.schema import Decision


def require(
    page: Page, decision: Decision, clock: Clock, *, conditions: tuple[Condition, ...]
) -> Effect | None:
    """Drops the candidate at the first condition that does not hold."""
    if all(condition(page, decision, clock) for condition in conditions):
        return None
    return Effect("drop", "mention or context is not what the rule requires")


def build(fields: Fields) -> Judge:
    conditions = read_conditions(fields)
    if not conditions:
        raise fields.error(f"require needs at least one of: {', '.join(FIELDS)}")
    return partial(require, conditions=conditions)


KIND = Kind("filter", FIELDS, build)
