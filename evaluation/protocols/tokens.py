"""Token-level F1: every word of a mention counts, whatever the mention's exact boundaries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evaluation.protocols.tally import Tally
from hybrid_ner.scoring import Span
from hybrid_ner.words import word_offsets


def tally(gold: frozenset[Span], predicted: frozenset[Span], text: str) -> Tally:
    """Counts (word, type) pairs; a word belongs to a span that covers any part of it."""
    if not gold and not predicted:
        return Tally()
    words = word_offsets(text)
    wanted, found = _words_of(gold, words), _words_of(predicted, words)
    return Tally(len(wanted & found), len(wanted), len(found))


def _words_of(spans: Iterable[Span], words: Sequence[tuple[int, int]]) -> set[tuple[int, str]]:
    return {
        (number, type_name)
        for start, end, type_name in spans
        for number, (word_start, word_end) in enumerate(words)
        if word_start < end and start < word_end
    }
