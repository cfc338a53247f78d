"""What a training split says of its mentions: as what each was marked, and how often it stood there unmarked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from evaluation.corpora import Sentence
from hybrid_ner.words import word_offsets

Words = tuple[str, ...]


def marked(sentences: Iterable[Sentence]) -> dict[Words, Counter[str]]:
    """Mention, as words -> type -> how often it was marked so; without those that begin or end inside a word."""
    found: dict[Words, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        offsets = word_offsets(sentence.text)
        starts = {start: i for i, (start, _) in enumerate(offsets)}
        ends = {end: i for i, (_, end) in enumerate(offsets)}
        for start, end, name in sentence.gold:
            if start in starts and end in ends:
                words = (sentence.text[s:e] for s, e in offsets[starts[start] : ends[end] + 1])
                found[tuple(words)][name] += 1
    return found


def unmarked(mentions: Iterable[Words], sentences: Iterable[Sentence]) -> Counter[Words]:
    """How often each mention stands where nothing is marked: "cancer" in a marked "breast cancer" does not count."""
    index = Index(mentions)
    counts: Counter[Words] = Counter()
    for sentence in sentences:
        offsets = word_offsets(sentence.text)
        words = [sentence.text[start:end] for start, end in offsets]
        free = [not any(s < end and start < e for s, e, _ in sentence.gold) for start, end in offsets]
        counts.update(m for i in range(len(words)) for m in index.at(words, i) if all(free[i : i + len(m)]))
    return counts


class Index:
    """Mentions by their first word, to be looked up anywhere in a text."""

    def __init__(self, mentions: Iterable[Words]) -> None:
        self._mentions = frozenset(mentions)
        lengths: Mapping[str, set[int]] = defaultdict(set)
        for mention in self._mentions:
            lengths[mention[0]].add(len(mention))
        self._lengths = {word: sorted(of, reverse=True) for word, of in lengths.items()}

    def at(self, words: Sequence[str], place: int) -> Iterable[Words]:
        """The mentions that begin at a word, the longest first."""
        for length in self._lengths.get(words[place], ()):
            mention = tuple(words[place : place + length])
            if mention in self._mentions:
                yield mention
