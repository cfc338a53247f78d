"""A document in windows for students that count tokens in their own way, and mentions back to places in it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hybrid_ner.conversations.answers import locate
from hybrid_ner.passages import passages
from hybrid_ner.schema import Proposal
from hybrid_ner.words import EncodedText, word_offsets

CONTEXT_WORDS = 32  # read on either side of what a window owns: longer than almost any mention

# Text -> where each of its tokens begins, in order.
TokenStarts = Callable[[str], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a document: its text, where it begins, and between which offsets its mentions may start."""

    text: str
    start: int
    own_start: int
    own_end: int


@dataclass(frozen=True, slots=True)
class Mention:
    """A string that a window is said to hold, with its type and score in [0, 1]."""

    text: str
    type: str
    score: float


def windows(text: str, token_starts: TokenStarts, budget: int) -> list[Window]:
    """Windows of at most `budget` tokens that cover every word (a single longer word makes a window of its own)."""
    offsets = word_offsets(text)
    if not offsets:
        return []
    # A token, of white space too, counts for the word that begins last before it.
    begins = [start for start, _ in offsets]
    counts = [0] * len(offsets)
    for start in token_starts(text):
        counts[max(0, bisect_right(begins, start) - 1)] += 1
    bounds = [0]
    for count in counts:
        bounds.append(bounds[-1] + count)
    encoded = EncodedText(offsets, [], [], bounds)
    return [
        Window(
            text[begins[p.begin] : offsets[p.end - 1][1]],
            begins[p.begin],
            begins[p.own_begin],
            begins[p.own_end] if p.own_end < len(offsets) else len(text),
        )
        for p in passages(text, encoded, budget=budget, context=CONTEXT_WORDS)
    ]


def words_as_tokens(text: str) -> list[int]:
    """Stands in for a tokenizer that is not at hand: a token every four characters of a word, at least one."""
    return [at for start, end in word_offsets(text) for at in range(start, end, 4)]


def proposals(read: Iterable[tuple[Window, Iterable[Mention]]], policy: str) -> list[Proposal]:
    """The places of a document's mentions, each span and type once with its best score, in order.

    Args:
        read: its windows, and what is said to be in them; what does not stand in its window is left out.
        policy: "every" place of a mention in its window, or the "first".
    """
    best: dict[tuple[int, int, str], float] = {}
    for span, score in _places(read, policy):
        best[span] = max(score, best.get(span, 0.0))
    return [Proposal(start, end, name, score) for (start, end, name), score in sorted(best.items())]


def _places(
    read: Iterable[tuple[Window, Iterable[Mention]]], policy: str
) -> Iterator[tuple[tuple[int, int, str], float]]:
    for window, mentions in read:
        for mention in mentions:
            for start, end in locate(mention.text, window.text, policy):
                if window.own_start <= start + window.start < window.own_end:
                    yield (start + window.start, end + window.start, mention.type), mention.score
