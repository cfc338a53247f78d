"""Listed mentions to exact offsets in their passage; what is not in the passage is dropped and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from hybrid_ner.distill.settings import at_least, one_of
from hybrid_ner.distill.teacher.parse import Listed
from hybrid_ner.words import word_offsets

EXACT, SPELLING, FUZZY, HALLUCINATED = "exact", "spelling", "fuzzy", "hallucinated"
_LONGEST = 300  # characters of a mention
_MOST = 500  # mentions of an answer

Span = tuple[int, int]


@dataclass(frozen=True)
class AlignSettings:
    """How mentions are found.

    Attributes:
        occurrences: "all" places where a mention stands, or the "first".
        distance: most edits (Levenshtein) between a mention and what stands in the passage, for mentions that do
            not stand there as written; 0 asks for the very words. A mention of n characters may differ by n / 5
            edits at most, and never in its digits.
    """

    occurrences: str = "all"
    distance: int = 2

    def __post_init__(self) -> None:
        one_of(self, "occurrences", ("all", "first"))
        at_least(self, 0, "distance")


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention in its passage: code points, end exclusive."""

    start: int
    end: int
    type: str
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Aligned:
    """Mentions in order, each span and type once, and how the listed ones were found: "exact", "spelling" (another
    case or spacing), "fuzzy", "hallucinated"."""

    mentions: tuple[Mention, ...]
    counts: Counter


def align(passage: str, listed: Sequence[Listed], settings: AlignSettings) -> Aligned:
    """Finds the listed mentions; spans begin and end at words, and `passage[start:end]` is what was found.

    A place inside a longer mention of the answer counts only for a mention that stands nowhere else: "York" is not
    marked in "New York" for a York that is named by itself.
    """
    page = _Page(passage)
    counts: Counter = Counter()
    found: list[tuple[Listed, list[Span]]] = []
    for mention in listed[:_MOST]:
        how, spans = page.find(mention, settings.distance)
        counts[how] += 1
        if spans:
            found.append((mention, spans))
    counts[HALLUCINATED] += max(0, len(listed) - _MOST)
    every = {span for _, spans in found for span in spans}
    mentions: dict[tuple[int, int, str], Mention] = {}
    for mention, spans in found:
        free = [span for span in spans if not _inside(span, every)]
        chosen = free or spans
        for start, end in chosen if settings.occurrences == "all" else chosen[:1]:
            key = (start, end, mention.type)
            mentions.setdefault(key, Mention(start, end, mention.type, mention.definition))
    ordered = sorted(mentions.values(), key=lambda m: (m.start, -m.end, m.type))
    return Aligned(tuple(ordered), counts)


def _inside(span: Span, every: set[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end and (start, end) != span for start, end in every)


class _Page:
    """A passage with its words, for looking things up."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = word_offsets(text)
        self._starts = {start for start, _ in self.words}
        self._ends = {end for _, end in self.words}

    def find(self, mention: Listed, distance: int) -> tuple[str, list[Span]]:
        """How a mention was found, and every place of it."""
        text = mention.text
        if not text or len(text) > _LONGEST:
            return HALLUCINATED, []
        given = mention.start
        if given is not None and self.text.startswith(text, given) and self._at_words(given, given + len(text)):
            return EXACT, [(given, given + len(text))]
        for how, spans in ((EXACT, self._exact(text)), (SPELLING, self._spelling(text))):
            if spans:
                return how, spans
        spans = self._fuzzy(text, min(distance, len(text) // 5))
        return (FUZZY, spans) if spans else (HALLUCINATED, [])

    def _at_words(self, start: int, end: int) -> bool:
        return start in self._starts and end in self._ends

    def _exact(self, text: str) -> list[Span]:
        spans, place = [], self.text.find(text)
        while place >= 0:
            if self._at_words(place, place + len(text)):
                spans.append((place, place + len(text)))
                place = self.text.find(text, place + len(text))
            else:
                place = self.text.find(text, place + 1)
        return spans

    def _spelling(self, text: str) -> list[Span]:
        pattern = regex.compile(r"\s+".join(map(regex.escape, text.split())), regex.IGNORECASE)
        return [match.span() for match in pattern.finditer(self.text) if self._at_words(*match.span())]

    def _fuzzy(self, text: str, distance: int) -> list[Span]:
        """The places of fewest edits, none overlapping."""
        if distance < 1:
            return []
        from rapidfuzz.distance import Levenshtein

        digits = _digits(text)
        best: list[tuple[int, int, int]] = []
        for first, (start, _) in enumerate(self.words):
            for _, end in self.words[first:]:
                if end - start > len(text) + distance:
                    break
                if end - start < len(text) - distance:
                    continue
                there = " ".join(self.text[start:end].split())
                edits = Levenshtein.distance(text, there, score_cutoff=distance)
                if edits <= distance and _digits(there) == digits:
                    best.append((edits, start, end))
        least = min(best, default=(0, 0, 0))[0]
        spans: list[Span] = []
        for start, end in sorted((start, end) for edits, start, end in best if edits == least):
            if not spans or start >= spans[-1][1]:
                spans.append((start, end))
        return spans


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
