"""`relabel`: gives a candidate of the types `from` the type `to` when all conditions hold."""

from __future__ import annotations

from functools import partial

from hybrid_ner.rules.conditions import FIELDS, Condition, read_conditions
from hybrid_ner.rules.kinds.base import Effect, Judge, Kind
from hybrid_ner.rules.page import Clock, Page
from hybrid_ner.rules.source import Fields
from hybrid_ner.schema import Decision


def relabel(
    page: Page, decision: Decision, clock: Clock, *, conditions: tuple[Condition, ...]
) -> Effect | None:
    """Asks for the new type, which the engine fills in: `to` as it is written in the asked types."""
    found = [condition(page, decision, clock) for condition in conditions]
    return Effect("relabel", " and ".join(found)) if all(found) else None


def build(fields: Fields) -> Judge:
    conditions = read_conditions(fields)
    if not conditions:
        raise fields.error(f"relabel needs at least one of: {', '.join(FIELDS)}")
    return partial(relabel, conditions=conditions)


KIND = Kind("relabel", ("from", "to", *FIELDS), build)
