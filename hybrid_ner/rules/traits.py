"""What `weigh` rules look up of a mention: its words, its shape and the words beside it, as (trait, value) pairs."""

from __future__ import annotations

import regex

from hybrid_ner.rules.conditions import shape_of

TRAITS = ("mention", "first", "last", "holds", "ending", "shape", "before", "after")
# What stands for the word beside a mention at the text's edge.
EDGE = "^"

# A word with inner hyphens and apostrophes, or one sign.
_UNIT = regex.compile(r"\w+(?:[-'’]\w+)*|[^\w\s]")
_UNIT_BACKWARDS = regex.compile(r"(?r)\w+(?:[-'’]\w+)*|[^\w\s]")
_REACH = 64  # characters on either side in which the word beside a mention must end
_ENDING = 3  # letters


def traits_of(text: str, start: int, end: int) -> tuple[tuple[str, str], ...]:
    """The traits of text[start:end], each value once; all but shapes without case.

    `mention`: the whole of it; `first`, `last`, `holds`: its first, last and every word; `ending`: the last three
    letters; `shape`: as `shape_of`; `before`, `after`: the words beside it, "^" at the text's edge.
    """
    written = text[start:end]
    mention = written.casefold()
    words = _UNIT.findall(mention) or [mention]
    before = _UNIT_BACKWARDS.search(text, max(0, start - _REACH), start)
    after = _UNIT.search(text, end, end + _REACH)
    return (
        ("mention", mention),
        ("first", words[0]),
        ("last", words[-1]),
        *(("holds", word) for word in dict.fromkeys(words)),
        ("ending", mention[-_ENDING:]),
        ("shape", shape_of(written)),
        ("before", before.group().casefold() if before else EDGE),
        ("after", after.group().casefold() if after else EDGE),
    )
