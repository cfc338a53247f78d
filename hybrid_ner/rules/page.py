"""What rules see of a document (`Page`), and the time each of them may take on it (`Clock`)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import regex

# A word with inner hyphens and apostrophes: the unit in which contexts are counted ("within 5 words").
WORD = regex.compile(r"\w+(?:[-'’]\w+)*")
_WORD_BACKWARDS = regex.compile(r"(?r)\w+(?:[-'’]\w+)*")
# What boundaries are moved by: a run of word characters, or one sign; "company's" ends in "'" and "s".
PIECE = regex.compile(r"\w+|[^\w\s]")
PIECE_BACKWARDS = regex.compile(r"(?r)\w+|[^\w\s]")
# A gazetteer's unit: a run of letters and digits, one sign, or one character of a script without spaces.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}"
_TOKEN = regex.compile(rf"(?V1)[\w--[{_UNSPACED}]]++|\S")
_DIGIT = regex.compile(r"\d")
# No context search looks further than this, so that a page of blanks costs nothing.
_CHARACTERS_A_WORD = 64


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text, in step: `starts[i]`, `ends[i]`, `words[i]`."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    words: tuple[str, ...]


def tokenize(text: str) -> Tokens:
    """Splits a text into the units that gazetteers match."""
    spans = [match.span() for match in _TOKEN.finditer(text)]
    return Tokens(
        tuple(start for start, _ in spans),
        tuple(end for _, end in spans),
        tuple(text[start:end] for start, end in spans),
    )


class Page:
    """One document as rules see it; what several rules need is computed once, and only when asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def tokens(self) -> Tokens:
        return tokenize(self.text)

    @cached_property
    def has_digit(self) -> bool:
        return _DIGIT.search(self.text) is not None

    @cached_property
    def lower(self) -> str:
        """The text in lower case, whose offsets need not be the text's."""
        return self.text.lower()

    @cached_property
    def folded(self) -> tuple[str, ...]:
        """The tokens' words without case."""
        return tuple(word.casefold() for word in self.tokens.words)

    def before(self, start: int, count: int) -> Iterator[str]:
        """The `count` words before offset `start`, nearest first."""
        floor = max(0, start - count * _CHARACTERS_A_WORD)
        return (m.group() for m in islice(_WORD_BACKWARDS.finditer(self.text, floor, start), count))

    def after(self, end: int, count: int) -> Iterator[str]:
        """The `count` words after offset `end`, nearest first."""
        ceiling = end + count * _CHARACTERS_A_WORD
        return (m.group() for m in islice(WORD.finditer(self.text, end, ceiling), count))


class Clock:
    """Bounds what one rule spends on one document, in its thread's own time: a busy machine changes nothing.

    Every regular expression goes through it, and every loop that could run long asks it to `check`.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._deadline: float | None = None  # set at the first question: most rules ask none

    def check(self) -> float:
        """The seconds left.

        Raises:
            TimeoutError: none is left.
        """
        now = time.thread_time()
        if self._deadline is None:
            self._deadline = now + self._seconds
        left = self._deadline - now
        if left <= 0:
            raise TimeoutError("the rule has used up its time on this document")
        return left

    def search(self, pattern: regex.Pattern, text: str) -> regex.Match | None:
        """`pattern.search(text)` within the time left; raises TimeoutError as `check` does."""
        return pattern.search(text, timeout=self.check())

    def find(self, pattern: regex.Pattern, text: str) -> list[regex.Match]:
        """All matches of `pattern` in `text`, within the time left; raises TimeoutError as `check` does."""
        return list(pattern.finditer(text, timeout=self.check()))
