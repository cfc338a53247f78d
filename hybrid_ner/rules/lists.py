"""The exact gazetteers of a plan as one trie: a text is walked once, whatever the number of lists and names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hybrid_ner.rules.kinds.base import Hit
from hybrid_ner.rules.kinds.gazetteer import END, WHY, WORDS_A_CHECK, ListedNames, Trie
from hybrid_ner.rules.page import Clock, Page


@dataclass(frozen=True)
class NameLists:
    """Gazetteers by a number of the caller's, merged: one trie for those that mind case, one for the others.

    In a merged trie the key END holds the numbers of the lists that have a name ending there.
    """

    scores: Mapping[int, float]
    sensitive: Trie
    folded: Trie

    @classmethod
    def of(cls, lists: Mapping[int, ListedNames]) -> NameLists:
        """Merges the lists' tries."""
        tries: tuple[Trie, Trie] = {}, {}
        for number, names in lists.items():
            _merge(tries[not names.case_sensitive], names.trie, number)
        return cls({number: names.score for number, names in lists.items()}, *tries)

    def find(self, page: Page, clock: Clock) -> dict[int, list[Hit]]:
        """What each list would find alone, for those that find anything.

        Raises:
            TimeoutError: the time is up; names of very many words that repeat can do that.
        """
        found: dict[int, list[Hit]] = {}
        for trie, words in ((self.sensitive, page.tokens.words), (self.folded, page.folded)):
            if trie:
                self._walk(page, clock, trie, words, found)
        return found

    def _walk(self, page: Page, clock: Clock, trie: Trie, words: Sequence[str], found: dict[int, list[Hit]]) -> None:
        starts, ends, count = page.tokens.starts, page.tokens.ends, len(words)
        free: dict[int, int] = {}  # list -> the first word after its last hit
        steps = 0
        for first, word in enumerate(words):
            branch, place = trie.get(word), first
            longest: dict[int, int] = {}
            while branch is not None:
                steps += 1
                if steps % WORDS_A_CHECK == 0:
                    clock.check()
                for number in branch.get(END, ()):
                    longest[number] = place
                place += 1
                branch = branch.get(words[place]) if place < count else None
            for number, last in longest.items():
                if first >= free.get(number, 0):
                    free[number] = last + 1
                    found.setdefault(number, []).append(Hit(starts[first], ends[last], self.scores[number], WHY))


def _merge(target: Trie, source: Trie, number: int) -> None:
    pending: list[tuple[dict[str, Any], dict[str, Any]]] = [(target, source)]
    while pending:
        into, branch = pending.pop()
        for word, below in branch.items():
            if word == END:
                into.setdefault(END, []).append(number)
            else:
                pending.append((into.setdefault(word, {}), below))
