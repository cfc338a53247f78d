"""`rescore`: multiplies a candidate's score and adds to it when all conditions hold."""

from __future__ import annotations

from functools import partial

from hybrid_ner.rules.conditions import FIELDS, Condition, read_conditions
from hybrid_ner.rules.kinds.base import Effect, Judge, Kind
from hybrid_ner.rules.page import Clock, Page
from hybrid_ner.rules.source import Fields
from hybrid_ner.schema import Decision


def rescore(
    page: Page,
    decision: Decision,
    clock: Clock,
    *,
    conditions: tuple[Condition, ...],
    multiply: float,
    add: float,
) -> Effect | None:
    """The new score is `score * multiply + add`, clipped to [0, 1]."""
    found = [condition(page, decision, clock) for condition in conditions]
    if not all(found):
        return None
    score = min(1.0, max(0.0, decision.score * multiply + add))
    return Effect("rescore", f"{' and '.join(found)}: {decision.score:.3f} -> {score:.3f}", {"score": score})


def build(fields: Fields) -> Judge:
    conditions = read_conditions(fields)
    if not conditions:
        raise fields.error(f"rescore needs at least one of: {', '.join(FIELDS)}")
    if "add" not in fields and "multiply" not in fields:
        raise fields.error("rescore needs `add` or `multiply`")
    multiply = fields.number("multiply", 1.0, low=0, high=100)
    add = fields.number("add", 0.0, low=-1, high=1)
    return partial(rescore, conditions=conditions, multiply=multiply, add=add)


KIND = Kind("rescore", ("add", "multiply", *FIELDS), build)
