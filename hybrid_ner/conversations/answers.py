"""Answers: JSON lists of mentions (or of mention and type), written, read leniently, and found again in the text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hybrid_ner.errors import UsageError
from hybrid_ner.formats.gold.uniner import occurrences
from hybrid_ner.schema import EntityType

POLICIES = ("every", "first")
_LONGEST = 20_000  # characters read of an answer: a server may send anything
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SINGLE = re.compile(r"(?<=[\[,(\s])'((?:[^'\\]|\\.|'(?=\w))*)'(?=\s*[\],)]|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answered:
    """A mention that an answer names.

    Attributes:
        mention: the string, as the answer has it. type: name of the type.
        start, end: where it stands in the answer, closing quote included.
    """

    mention: str
    type: str
    start: int
    end: int


def write_answer(mentions: Iterable[tuple[str, str]], form: str) -> str:
    """The answer that names (mention, type) pairs, each once, in the order given; form as `Template.answers`."""
    distinct = list(dict.fromkeys(mentions))
    values = [list(pair) for pair in distinct] if form == "pairs" else list(dict.fromkeys(m for m, _ in distinct))
    return json.dumps(values, ensure_ascii=False)


def read_answer(answer: str, types: Sequence[EntityType], form: str) -> list[Answered]:
    """What an answer to a question about `types` names; each mention of a type once.

    Lenient: prose and code fences around the list, a list cut off and single quotes are all read for what they hold;
    nothing is ever evaluated. A pair whose type was not asked is left out, and so is an empty mention.
    """
    # A list nested or not begins with the first bracket; what stands in front of it is prose.
    answer = answer[:_LONGEST]
    begin = answer.find("[")
    if begin < 0:
        return []
    strings = _strings(answer, begin, _STRING) or _strings(answer, begin, _SINGLE)
    if form == "pairs":
        asked = {t.name.casefold(): t.name for t in types}
        named = [
            Answered(mention, asked[name.casefold()], start, end)
            for (mention, start, end), (name, _, _) in zip(strings[::2], strings[1::2], strict=False)
            if name.casefold() in asked
        ]
    else:
        named = [Answered(mention, types[0].name, start, end) for mention, start, end in strings]
    once = {(found.mention, found.type): found for found in reversed(named) if found.mention.strip()}
    return sorted(once.values(), key=lambda found: found.start)


def locate(mention: str, text: str, policy: str = "every") -> list[tuple[int, int]]:
    """Where a mention stands in a text, as (start, end).

    Exactly as written, whole words before parts of words; only where there is no such place, whatever the case and
    the white space.

    Raises:
        UsageError: an unknown policy.
    """
    if policy not in POLICIES:
        raise UsageError(f"unknown policy {policy!r} for the places of a mention; accepted: {', '.join(POLICIES)}")
    places = [(at, at + len(mention)) for at in occurrences(mention, text)]
    if not places and mention.strip():
        loose = r"\s+".join(re.escape(word) for word in mention.split())
        places = [match.span() for match in re.finditer(rf"(?<!\w){loose}(?!\w)", text, re.IGNORECASE)]
    return places[:1] if policy == "first" else places


def _strings(answer: str, begin: int, pattern: re.Pattern[str]) -> list[tuple[str, int, int]]:
    """(content, start, end) of the list's strings, until the bracket that closes it."""
    found, at, depth = [], begin, 0
    while at < len(answer):
        match = pattern.match(answer, at)
        if match is not None:
            found.append((_unescaped(match[1]), match.start(1), match.end()))
            at = match.end()
            continue
        depth += (answer[at] == "[") - (answer[at] == "]")
        if depth == 0:
            break
        at += 1
    return found


def _unescaped(content: str) -> str:
    try:
        return json.loads(f'"{content}"', strict=False)
    except ValueError:
        return content.replace("\\", "")
