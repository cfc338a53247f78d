"""Words like a given word, out of a gazetteer's vocabulary: what fuzzy matching walks its trie with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

# One word may differ more than the whole name: "Jhon Smith" is 90 % of "John Smith", "Jhon" 75 % of "John".
_WORD_CUTOFF = 70.0
_SHORTEST = 4
_MOST_CANDIDATES = 5
_MEMORY = 100_000


@dataclass(frozen=True)
class SimilarWords:
    """A vocabulary, blocked by first letter and length: only words in near blocks are compared."""

    words: frozenset[str]
    blocks: dict[tuple[str, int], tuple[str, ...]]
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, words: Iterable[str]) -> SimilarWords:
        vocabulary = dict.fromkeys(words)
        blocks: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word in vocabulary:
            if len(word) >= _SHORTEST:
                blocks[word[0], len(word)].append(word)
        return cls(frozenset(vocabulary), {key: tuple(block) for key, block in blocks.items()})

    def to(self, word: str) -> tuple[str, ...]:
        """The vocabulary's words that `word` may stand for, itself first. Short words have no variants."""
        if word not in self._known:
            if len(self._known) >= _MEMORY:
                self._known.clear()
            self._known[word] = self._search(word)
        return self._known[word]

    def _search(self, word: str) -> tuple[str, ...]:
        from rapidfuzz import fuzz, process

        exact = (word,) if word in self.words else ()
        if len(word) < _SHORTEST:
            return exact
        # ratio = 200 * matches / (len(a) + len(b)), so other lengths cannot reach the cutoff.
        shortest = int(len(word) * _WORD_CUTOFF / (200 - _WORD_CUTOFF))
        longest = int(len(word) * (200 - _WORD_CUTOFF) / _WORD_CUTOFF) + 1
        choices = [
            near for size in range(shortest, longest + 1) for near in self.blocks.get((word[0], size), ())
        ]
        found = process.extract(
            word, choices, scorer=fuzz.ratio, score_cutoff=_WORD_CUTOFF, limit=_MOST_CANDIDATES
        )
        return exact + tuple(near for near, _, _ in found if near != word)


def similarity(mention: str, entry: str, case_sensitive: bool) -> float:
    """How alike a mention and a listed name are, 0 to 100 (rapidfuzz's normalized indel similarity)."""
    from rapidfuzz import fuzz

    if not case_sensitive:
        mention, entry = mention.casefold(), entry.casefold()
    return fuzz.ratio(mention, entry)
