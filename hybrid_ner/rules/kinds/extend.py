"""`extend`: takes listed words and signs that stand directly beside a candidate into it."""

from __future__ import annotations

from functools import partial

import regex

from hybrid_ner.rules.kinds.base import Effect, Judge, Kind
from hybrid_ner.rules.page import Clock, Page
from hybrid_ner.rules.source import Fields
from hybrid_ner.schema import Decision

FIELDS = ("words_before", "words_after")

_AFTER = regex.compile(r"\s?(\w+|[^\w\s])")
_BEFORE = regex.compile(r"(?r)(\w+|[^\w\s])\s?")
_MOST = 8  # words on either side
_REACH = 64  # characters that a word beside a mention may have


def extend(
    page: Page, decision: Decision, clock: Clock, *, before: frozenset[str], after: frozenset[str]
) -> Effect | None:
    """Takes in word after word, on either side, as long as each is listed."""
    text, start, end = page.text, decision.start, decision.end
    for _ in range(_MOST):
        match = _AFTER.match(text, end, end + _REACH) if after else None
        if match is None or match[1].casefold() not in after:
            break
        end = match.end(1)
    for _ in range(_MOST):
        match = _BEFORE.match(text, max(0, start - _REACH), start) if before else None
        if match is None or match[1].casefold() not in before:
            break
        start = match.start(1)
    if (start, end) == (decision.start, decision.end):
        return None
    why = f"[{decision.start}, {decision.end}) -> [{start}, {end})"
    return Effect("extend", why, {"start": start, "end": end})


def build(fields: Fields) -> Judge:
    sides = {field: frozenset(word.casefold() for word in fields.words(field)) for field in FIELDS}
    if not any(sides.values()):
        raise fields.error(f"extend needs at least one of: {', '.join(FIELDS)}")
    return partial(extend, before=sides["words_before"], after=sides["words_after"])


KIND = Kind("trim", FIELDS, build)
