"""`trim`: moves a candidate's boundaries inwards, past what does not belong to a name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from hybrid_ner.rules.kinds.base import Effect, Judge, Kind
from hybrid_ner.rules.page import PIECE, PIECE_BACKWARDS, Clock, Page
from hybrid_ner.rules.source import Fields
from hybrid_ner.schema import Decision

FIELDS = (
    "whitespace", "quotes", "brackets", "possessive", "articles", "before_capital", "trailing", "first_words",
    "last_words",
)  # fmt: skip

# Opening quote -> what may close it. Apostrophes only count as a pair: alone they belong to words.
_QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "‹": "›", "'": "'", "‘": "’", "`": "'`"}
_CLOSING_QUOTES = frozenset("".join(_QUOTES.values()))
_APOSTROPHES = "'‘’`"
_BRACKETS = {"(": ")", "[": "]", "{": "}", "（": "）", "［": "］", "【": "】", "「": "」", "《": "》"}
_OPENING = {close: open_ for open_, close in _BRACKETS.items()}

# (text, start, end) of a non-empty span -> the span after the cut, which may be empty
Cut = Callable[[str, int, int], "tuple[int, int]"]


def trim(page: Page, decision: Decision, clock: Clock, *, cuts: tuple[Cut, ...]) -> Effect | None:
    """Cuts again and again until nothing more comes off; a span with nothing left is dropped."""
    text, start, end = page.text, decision.start, decision.end
    previous = None
    while previous != (start, end):
        previous = (start, end)
        for cut in cuts:
            if start >= end:
                return Effect("drop", "nothing is left of the mention after trimming")
            start, end = cut(text, start, end)
    if (start, end) == (decision.start, decision.end):
        return None
    why = f"[{decision.start}, {decision.end}) -> [{start}, {end})"
    return Effect("trim", why, {"start": start, "end": end})


def cut_whitespace(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def cut_quotes(text: str, start: int, end: int) -> tuple[int, int]:
    """Takes off a pair around the whole span, or one double quote whose partner is outside."""
    first, last = text[start], text[end - 1]
    if first in _QUOTES:
        closing = _QUOTES[first]
        inner = text[start + 1 : end - 1]
        if end - start > 1 and last in closing and not any(mark in inner for mark in (first, *closing)):
            return start + 1, end - 1
        if first not in _APOSTROPHES and not any(mark in text[start + 1 : end] for mark in closing):
            return start + 1, end
    # A double quote after a digit is a unit: 5'11".
    if last in _CLOSING_QUOTES and last not in _APOSTROPHES and not text[end - 2 : end - 1].isdigit():
        openers = [mark for mark, closing in _QUOTES.items() if last in closing]
        if not any(mark in text[start : end - 1] for mark in openers):
            return start, end - 1
    return start, end


def cut_brackets(text: str, start: int, end: int) -> tuple[int, int]:
    """Takes off a pair around the whole span, or one bracket whose partner is outside."""
    first, last = text[start], text[end - 1]
    if first in _BRACKETS:
        partner = _partner(text, range(start, end), first, _BRACKETS[first])
        if partner is None:
            return start + 1, end
        if partner == end - 1:
            return start + 1, end - 1
    if last in _OPENING and _partner(text, range(end - 1, start - 1, -1), last, _OPENING[last]) is None:
        return start, end - 1
    return start, end


def _partner(text: str, places: range, mark: str, other: str) -> int | None:
    depth = 0
    for place in places:
        if text[place] == mark:
            depth += 1
        elif text[place] == other:
            depth -= 1
            if depth == 0:
                return place
    return None


def cut_possessive(text: str, start: int, end: int) -> tuple[int, int]:
    """Takes off a trailing 's, or the bare apostrophe of a plural."""
    if end - start > 2 and text[end - 1] in "sS" and text[end - 2] in "'’":
        return start, end - 2
    if end - start > 2 and text[end - 1] in "'’" and text[end - 2] in "sS":
        return start, end - 1
    return start, end


def cut_articles(
    text: str, start: int, end: int, *, articles: tuple[str, ...], before_capital: bool
) -> tuple[int, int]:
    """Takes off a leading article, in the very case it is listed in, when something follows it."""
    for article in articles:
        if text.startswith(article, start):
            rest, _ = cut_whitespace(text, start + len(article), end)
            if start + len(article) < rest < end and (not before_capital or text[rest].isupper()):
                return rest, end
    return start, end


def cut_trailing(text: str, start: int, end: int, *, marks: str) -> tuple[int, int]:
    """Takes off trailing marks; a period only where it ends a sentence."""
    while (
        start < end and text[end - 1] in marks and (text[end - 1] != "." or _ends_sentence(text, start, end))
    ):
        end -= 1
    return start, end


def _ends_sentence(text: str, start: int, end: int) -> bool:
    # Short words and words with inner periods are taken for abbreviations (Inc., U.S., Prof.), and so is
    # any word after which the sentence goes on in lower case.
    word = text[start : end - 1].rsplit(None, 1)[-1:]
    if not word or len(word[0]) <= 4 or "." in word[0]:
        return False
    rest = text[end : end + 2]
    return not rest or (rest[0].isspace() and not rest[1:].islower())


def cut_first_word(text: str, start: int, end: int, *, words: frozenset[str]) -> tuple[int, int]:
    """Takes off a listed first word or sign, in any case, when something follows it."""
    match = PIECE.match(text, start, end)
    if match is None or match.group().casefold() not in words:
        return start, end
    rest, _ = cut_whitespace(text, match.end(), end)
    return (rest, end) if rest < end else (start, end)


def cut_last_word(text: str, start: int, end: int, *, words: frozenset[str]) -> tuple[int, int]:
    """Takes off a listed last word or sign, in any case, when something stands before it."""
    match = PIECE_BACKWARDS.search(text, start, end)
    if match is None or match.end() != end or match.group().casefold() not in words:
        return start, end
    _, rest = cut_whitespace(text, start, match.start())
    return (start, rest) if start < rest else (start, end)


def build(fields: Fields) -> Judge:
    cuts: list[Cut] = [cut_whitespace] if fields.flag("whitespace", True) else []
    if (marks := fields.text("trailing", None)) is not None:
        cuts.append(partial(cut_trailing, marks=marks))
    cuts += [cut_quotes] * fields.flag("quotes") + [cut_brackets] * fields.flag("brackets")
    cuts += [cut_possessive] * fields.flag("possessive")
    if articles := fields.words("articles"):
        before_capital = fields.flag("before_capital")
        cuts.append(partial(cut_articles, articles=articles, before_capital=before_capital))
    elif "before_capital" in fields:
        raise fields.error("before_capital belongs to `articles`, and this rule has none", "before_capital")
    for field, cut in (("first_words", cut_first_word), ("last_words", cut_last_word)):
        if words := fields.words(field):
            cuts.append(partial(cut, words=frozenset(word.casefold() for word in words)))
    if not cuts:
        raise fields.error(f"trim has nothing to cut; give at least one of: {', '.join(FIELDS)}")
    return partial(trim, cuts=tuple(cuts))


KIND = Kind("trim", FIELDS, build)
