"""What a rule can ask of a mention: its text, its shape, its words, the words around it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import chain

import regex

from hybrid_ner.rules.page import WORD, Clock, Page
from hybrid_ner.rules.source import Fields
from hybrid_ner.schema import Decision

# Says what it found ("'Dr' within 2 words before"), or "" where the condition does not hold.
Condition = Callable[[Page, Decision, Clock], str]

FIELDS = ("regex", "shape", "words", "case_sensitive", "before", "after", "near", "within")


def shape_of(mention: str) -> str:
    """The shape of a mention, runs collapsed: "iPhone 12" is "xXx d", "U.S." is "X.X."."""
    shape = ""
    for char in mention:
        if char.isupper():
            mark = "X"
        elif char.isalpha():
            mark = "x"
        elif char.isdigit():
            mark = "d"
        else:
            mark = " " if char.isspace() else char
        if not shape.endswith(mark):
            shape += mark
    return shape


def read_conditions(fields: Fields) -> tuple[Condition, ...]:
    """The conditions that a rule's fields state, in a fixed order.

    Raises:
        RulePackError: a field of the wrong type, a context word that is not one word, `within` without words.
    """
    conditions: list[Condition] = []
    pattern = fields.pattern("regex", None)
    if pattern is not None:
        conditions.append(partial(_matches, pattern=pattern))
    if "shape" in fields:
        conditions.append(partial(_has_shape, shapes=frozenset(fields.words("shape"))))
    sensitive = fields.flag("case_sensitive")
    if "words" in fields:
        words = fields.words("words")
        listed = frozenset(words if sensitive else (word.casefold() for word in words))
        conditions.append(partial(_is_listed, words=listed, sensitive=sensitive))
    elif "case_sensitive" in fields:
        raise fields.error("case_sensitive belongs to `words`, and this rule has none", "case_sensitive")
    within = fields.number("within", 5, low=1, high=50, whole=True)
    sides = [side for side in ("before", "after", "near") if side in fields]
    for side in sides:
        conditions.append(partial(_in_context, side=side, within=within, words=_context_words(fields, side)))
    if "within" in fields and not sides:
        raise fields.error("within needs `before`, `after` or `near` beside it", "within")
    return tuple(conditions)


def _context_words(fields: Fields, side: str) -> frozenset[str]:
    words = fields.words(side)
    for word in words:
        if WORD.fullmatch(word) is None:
            raise fields.error(f"{side} lists single words, got {word!r}", side)
    return frozenset(word.casefold() for word in words)


def _matches(page: Page, decision: Decision, clock: Clock, *, pattern: regex.Pattern) -> str:
    return "matches regex" if clock.search(pattern, page.text[decision.start : decision.end]) else ""


def _has_shape(page: Page, decision: Decision, clock: Clock, *, shapes: frozenset[str]) -> str:
    shape = shape_of(page.text[decision.start : decision.end])
    return f"has shape {shape!r}" if shape in shapes else ""


def _is_listed(
    page: Page, decision: Decision, clock: Clock, *, words: frozenset[str], sensitive: bool
) -> str:
    mention = page.text[decision.start : decision.end]
    return "is a listed word" if (mention if sensitive else mention.casefold()) in words else ""


def _in_context(
    page: Page, decision: Decision, clock: Clock, *, side: str, within: int, words: frozenset[str]
) -> str:
    before = page.before(decision.start, within) if side != "after" else ()
    after = page.after(decision.end, within) if side != "before" else ()
    for word in chain(before, after):
        if word.casefold() in words:
            return f"has {word!r} {side} it"
    return ""
