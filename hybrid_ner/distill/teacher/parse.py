"""Answers to mentions: lenient about form, in linear time, and never by evaluating anything.

Every bracketed group in the answer is read, whatever stands around it: a code fence, prose, a list without its end. A
group says a mention when it is a tuple (entity, type[, definition]), an object with such keys, or a mapping.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hybrid_ner.distill.teacher.protocol import CUT, FILTERED, Reply

PARSED, REPAIRED, REFUSED, EMPTY, UNREADABLE = "parsed", "repaired", "refused", "empty", "unreadable"
OUTCOMES = (PARSED, REPAIRED, REFUSED, EMPTY, UNREADABLE)

_LONGEST = 200_000  # characters of an answer that are read; a passage of 256 tokens needs a hundredth of that
_DEPTH = 20
_CLOSERS = {'"': '"', "'": "'", "“": "”", "‘": "’", "«": "»"}
_STOPS = {quote: re.compile(rf"\\.|{closer}|\n", re.DOTALL) for quote, closer in _CLOSERS.items()}
_START = re.compile(r"""[\[({](?=\s*(?:["'“‘«\[({]|[\])}]))""")
_PIECE = re.compile(r"""\s+|[\[({]|[\])}]|[,:;]|["'“‘«]|[^\s\[\](){},:;"'“‘«]+""")
_AFTER = re.compile(r"\s*(?:[,;:)\]}]|\Z)")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_REFUSAL = re.compile(
    r"\b(?:I(?:'|’)?m sorry|I am sorry|I can(?:not|(?:'|’)t)|I(?:'| a)m (?:unable|not able)|as an AI|I won(?:'|’)t|"
    r"I apologi[sz]e|unable to (?:assist|help|comply))",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"\b(?:no|none|any|not|n/a)\b[^.]{0,60}\b(?:entit|mention)|\A\W{0,9}(?:none|n/a|nothing)\W{0,9}\Z", re.IGNORECASE
)
_ENTITY_KEYS = ("entity", "mention", "text", "span", "name", "value", "word")
_TYPE_KEYS = ("type", "entity_type", "label", "category", "class", "tag", "entity type", "type of entity")
_DEFINITION_KEYS = ("definition", "description", "definition of type")
_NO_TYPES = {*_ENTITY_KEYS, *_TYPE_KEYS, *_DEFINITION_KEYS, "start", "end", "entities", "mentions", "result", "types"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A mention as the teacher listed it; `start` where it gave an offset."""

    text: str
    type: str
    definition: str = ""
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer says.

    Attributes:
        outcome: "parsed" (exactly one whole list), "repaired" (mentions were read out of something else),
            "refused", "empty" (it says that there are none) or "unreadable".
        whole: the list came to its end, so what it does not list is not there.
    """

    outcome: str
    mentions: tuple[Listed, ...] = ()
    whole: bool = True


@dataclass
class _Group:
    """A bracketed group: strings, numbers as text, groups; `pairs` where colons joined two of them."""

    opener: str
    items: list[Any] = field(default_factory=list)
    pairs: list[tuple[str, Any]] = field(default_factory=list)
    key: str | None = None
    bare: list[str] = field(default_factory=list)

    def add(self, item: Any) -> None:
        if self.key is None:
            self.items.append(item)
        else:
            self.pairs.append((self.key, item))
            self.key = None

    def end_bare(self) -> None:
        if self.bare:
            word = "".join(self.bare).strip()
            self.add("" if word in ("null", "None") else word)
            self.bare = []

    def colon(self) -> None:
        self.end_bare()
        if self.key is None and self.items and isinstance(self.items[-1], str):
            self.key = self.items.pop()


def parse_answer(reply: Reply) -> Answer:
    """Reads an answer. Never raises, whatever it holds."""
    if reply.finish == FILTERED:
        return Answer(REFUSED)
    text = reply.text[:_LONGEST].strip()
    reader = _Reader(text)
    mentions = tuple(dict.fromkeys(m for group in reader.groups() for m in _mentions(group)))
    whole = reader.whole and reply.finish != CUT and len(reply.text) <= _LONGEST
    if mentions:
        return Answer(PARSED if reader.clean and whole else REPAIRED, mentions, whole)
    if _REFUSAL.search(text):
        return Answer(REFUSED)
    if not text or reader.empty or _NOTHING.search(text):
        return Answer(EMPTY, whole=whole)
    return Answer(UNREADABLE)


class _Reader:
    """Finds the outermost groups of a text, in one pass.

    Attributes:
        whole: every group was closed, and none had to be given up. clean: one group was all there was.
        empty: a group without anything in it was read.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self.whole, self.clean, self.empty = True, False, False

    def groups(self) -> Iterator[_Group]:
        place, count = 0, 0
        while match := _START.search(self._text, place):
            group, end = self._group(match.start())
            count += 1
            self.clean = count == 1 and match.start() == 0 and end == len(self._text) and self.whole
            place = end
            yield group

    def _group(self, place: int) -> tuple[_Group, int]:
        """The group that begins at `place`, and where it ends."""
        text = self._text
        root = current = _Group(text[place])
        stack = [root]
        place += 1
        while place < len(text):
            match = _PIECE.match(text, place)
            piece = match[0]
            place = match.end()
            if piece in "[({":
                current.end_bare()
                if len(stack) < _DEPTH:
                    inner = _Group(piece)
                    current.add(inner)
                    stack.append(inner)
                    current = inner
            elif piece in "])}":
                current.end_bare()
                stack.pop()
                if not stack:
                    self.empty = self.empty or not (root.items or root.pairs)
                    return root, place
                current = stack[-1]
            elif piece in ",;":
                current.end_bare()
            elif piece == ":":
                current.colon()
            elif piece in _CLOSERS and not current.bare:
                string, place = self._string(place, piece)
                if string is not None:
                    current.add(string)
                else:
                    self.whole = False
                    if len(stack) > 1:  # the group is given up, the ones around it go on
                        stack.pop()
                        current = stack[-1]
            elif not piece.isspace() or current.bare:
                current.bare.append(piece)
        self.whole = False
        return root, len(text)

    def _string(self, place: int, quote: str) -> tuple[str | None, int]:
        """The string whose opening quote is before `place`; None where it is not closed before the line ends.

        A quote closes only before a comma, a colon, a bracket or the end: others belong to the string.
        """
        for match in _STOPS[quote].finditer(self._text, place):
            if match[0] == "\n":
                return None, match.end()
            if match[0] == _CLOSERS[quote] and _AFTER.match(self._text, match.end()):
                return _unescaped(self._text[place : match.start()]), match.end()
        return None, len(self._text)


def _unescaped(string: str) -> str:
    if "\\" not in string:
        return string

    def meant(match: re.Match[str]) -> str:
        code = match[1]
        return chr(int(code[1:], 16)) if len(code) == 5 else _ESCAPES.get(code, code)

    return _ESCAPE.sub(meant, string).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _mentions(root: _Group) -> Iterator[Listed]:
    """The mentions of a group and of those inside it, in order; what has no type or no text is passed over."""
    stack = [(root, False)]
    while stack:
        group, within = stack.pop()
        yield from (m for m in _read(group, within) if m.text and m.type)
        inner = [(item, True) for item in group.items if isinstance(item, _Group)]
        inner += [(value, False) for _, value in group.pairs if isinstance(value, _Group)]
        stack += reversed(inner)


def _read(group: _Group, within: bool) -> Iterator[Listed]:
    """The mentions of a group itself; a list of strings is a tuple only `within` another list."""
    strings = [item for item in group.items if isinstance(item, str)]
    if group.pairs:
        yield from _object({key.strip().casefold(): value for key, value in group.pairs}, group)
    elif len(strings) == len(group.items) and len(strings) in (2, 3) and (within or group.opener == "("):
        yield Listed(*map(_tidy, strings))


def _object(values: dict[str, Any], group: _Group) -> Iterator[Listed]:
    """{"entity": ..., "type": ...}, or {type: [entities]}, or {entity: type}."""
    entity, kind, definition = (
        next((values[key] for key in keys if isinstance(values.get(key), str)), None)
        for keys in (_ENTITY_KEYS, _TYPE_KEYS, _DEFINITION_KEYS)
    )
    if entity is not None and kind is not None:
        start = values.get("start")
        offset = int(start) if isinstance(start, str) and start.isdecimal() and len(start) < 10 else None
        yield Listed(_tidy(entity), _tidy(kind), _tidy(definition or ""), offset)
        return
    for key, value in group.pairs:
        if key.strip().casefold() in _NO_TYPES:
            continue
        if isinstance(value, str):
            yield Listed(_tidy(key), _tidy(value))
        elif value.opener == "[" and not value.pairs:
            yield from (Listed(_tidy(item), _tidy(key)) for item in value.items if isinstance(item, str))


def _tidy(text: str) -> str:
    return " ".join(text.split())
