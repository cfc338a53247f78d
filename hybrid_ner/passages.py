"""A document as windows of the student's own token budget, none of it left out.

Every window *owns* a stretch of words and reads some context on either side of it. A span belongs to the window that
owns its first word, so overlapping windows never answer twice and nothing falls between two of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hybrid_ner.words import EncodedText

_SENTENCE_ENDS = frozenset(".!?…。！？")


@dataclass(frozen=True, slots=True)
class Passage:
    """Words [begin, end) of a document, of which [own_begin, own_end) may start spans."""

    encoded: EncodedText
    begin: int
    end: int
    own_begin: int
    own_end: int

    @property
    def tokens(self) -> int:
        """Sub-tokens of the passage, special tokens left out."""
        return self.encoded.bounds[self.end] - self.encoded.bounds[self.begin]


def passages(text: str, encoded: EncodedText, *, budget: int, context: int) -> Iterator[Passage]:
    """Windows over a document, in order.

    Args:
        text: the document; its line breaks and full stops say where a window had best end.
        encoded: its words and sub-tokens.
        budget: the most sub-tokens a passage may hold (one word longer than that makes a passage of its own).
        context: words read on either side of what a passage owns; at least the longest span, so that a span that
            starts in a passage also ends in it. Given up where very long words leave no room.
    """
    count, bounds = len(encoded.offsets), encoded.bounds
    if bounds[count] <= budget:
        if count:
            yield Passage(encoded, 0, count, 0, count)
        return
    # Each side's context may take a quarter of the budget, so that every passage owns at least about half of it.
    own_begin = 0
    while own_begin < count:
        # What is left of the budget beside the first owned word; below zero for a word that exceeds it alone.
        room = budget - (bounds[own_begin + 1] - bounds[own_begin])
        begin = _back(bounds, own_begin, context, min(budget // 4, room))
        end = _forward(bounds, begin, count, budget)
        own_end = max(_back(bounds, end, context, budget // 4), own_begin + 1) if end < count else count
        if own_end < count:
            own_end = _sentence_end(text, encoded, own_begin, own_end)
            end = min(end, _ahead(bounds, own_end, context, count, budget // 4))
        yield Passage(encoded, begin, max(end, own_end), own_begin, own_end)
        own_begin = own_end


def _back(bounds: list[int], word: int, words: int, tokens: int) -> int:
    """The word at most `words` words and `tokens` sub-tokens before `word`."""
    first = word
    while first > 0 and word - first < words and bounds[word] - bounds[first - 1] <= tokens:
        first -= 1
    return first


def _ahead(bounds: list[int], word: int, words: int, count: int, tokens: int) -> int:
    last = word
    while last < count and last - word < words and bounds[last + 1] - bounds[word] <= tokens:
        last += 1
    return last


def _forward(bounds: list[int], begin: int, count: int, budget: int) -> int:
    """The end of the longest run of words from `begin` within `budget` sub-tokens; at least one word."""
    from bisect import bisect_right

    return max(begin + 1, min(count, bisect_right(bounds, bounds[begin] + budget) - 1))


def _sentence_end(text: str, encoded: EncodedText, begin: int, end: int) -> int:
    """The last sentence or line end in the second half of words [begin, end), else `end`."""
    offsets = encoded.offsets
    for word in range(end, begin + (end - begin) // 2, -1):
        start, stop = offsets[word - 1]
        if text[start] in _SENTENCE_ENDS or (word < len(offsets) and "\n" in text[stop : offsets[word][0]]):
            return word
    return end
