"""`pattern`: proposes what a regular expression matches and, where one is named, a validator accepts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import regex

from hybrid_ner.rules.kinds.base import Hit, Kind, Propose
from hybrid_ner.rules.page import Clock, Page
from hybrid_ner.rules.source import Fields, suggestion
from hybrid_ner.rules.validators import VALIDATORS

ENTITY = "entity"
DIGIT = "digit"  # among `needs`: any digit


def match_pattern(
    page: Page,
    clock: Clock,
    *,
    pattern: regex.Pattern,
    group: str | int,
    validator: str | None,
    valid: Callable[[str], bool] | None,
    score: float,
    needs: Sequence[str] = (),
) -> list[Hit]:
    """Every match of `pattern` whose group `group` is not empty and valid; none in a text with nothing of `needs`."""
    if needs and not any(page.has_digit if part == DIGIT else part in page.lower for part in needs):
        return []
    why = f"pattern matched, valid {validator}" if validator else "pattern matched"
    hits = []
    for match in clock.find(pattern, page.text):
        start, end = match.span(group)
        if start < end and (valid is None or valid(page.text[start:end])):
            hits.append(Hit(start, end, score, why))
    return hits


def build(fields: Fields) -> Propose:
    pattern = fields.pattern("regex")
    validator = fields.text("validator", None)
    if validator is not None and validator not in VALIDATORS:
        message = f"unknown validator {validator!r}; {suggestion(validator, VALIDATORS)}"
        raise fields.error(message, "validator")
    return partial(
        match_pattern,
        pattern=pattern,
        group=ENTITY if ENTITY in pattern.groupindex else 0,
        validator=validator,
        valid=VALIDATORS[validator] if validator else None,
        score=fields.number("score", 0.9, low=0, high=1),
        needs=tuple(part.lower() for part in fields.words("needs")),
    )


KIND = Kind("propose", ("regex", "validator", "score", "needs"), build, needs_types=True)
