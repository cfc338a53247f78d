"""`reject`: drops a candidate when any of its conditions holds, or its length is outside the limits."""

from __future__ import annotations

from functools import partial

from hybrid_ner.rules.conditions import FIELDS, Condition, read_conditions
from hybrid_ner.rules.kinds.base import Effect, Judge, Kind
from hybrid_ner.rules.page import Clock, Page
from hybrid_ner.rules.source import Fields
from hybrid_ner.schema import Decision

LIMITS = ("min_chars", "max_chars", "min_words", "max_words")


def reject(
    page: Page,
    decision: Decision,
    clock: Clock,
    *,
    conditions: tuple[Condition, ...],
    chars: tuple[int, int] | None,
    words: tuple[int, int] | None,
) -> Effect | None:
    """Drops the candidate when a condition holds; `chars` and `words` are its length's (least, most)."""
    for condition in conditions:
        if found := condition(page, decision, clock):
            return Effect("drop", f"mention {found}")
    if chars and not chars[0] <= decision.end - decision.start <= chars[1]:
        return Effect("drop", f"mention is outside {chars[0]} to {chars[1]} characters")
    if words and not words[0] <= len(page.text[decision.start : decision.end].split()) <= words[1]:
        return Effect("drop", f"mention is outside {words[0]} to {words[1]} words")
    return None


def build(fields: Fields) -> Judge:
    conditions = read_conditions(fields)
    chars, words = _limits(fields, "chars"), _limits(fields, "words")
    if not (conditions or chars or words):
        raise fields.error(f"reject needs at least one of: {', '.join((*FIELDS, *LIMITS))}")
    return partial(reject, conditions=conditions, chars=chars, words=words)


def _limits(fields: Fields, unit: str) -> tuple[int, int] | None:
    if f"min_{unit}" not in fields and f"max_{unit}" not in fields:
        return None
    least = fields.number(f"min_{unit}", 0, low=0, high=10_000, whole=True)
    most = fields.number(f"max_{unit}", 10_000, low=0, high=10_000, whole=True)
    if least > most:
        raise fields.error(f"min_{unit} ({least}) is above max_{unit} ({most})", f"min_{unit}")
    return least, most


KIND = Kind("filter", (*FIELDS, *LIMITS), build)
