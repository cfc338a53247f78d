"""Which type names are kinds of which: what an unmarked span may be after all, and what a ranking must prefer.

A scientist is a person, so in a corpus of persons "scientist" is unknown of a marked span, not absent; and where both
are asked, the narrower name is the better answer. Read off the `is_a` links and lexicographer files of the type pairs
(Open English WordNet and lists); a name that is not there goes by its head word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

_SENSES = 2  # rarer senses of a word mislead more than they help
# Lexicographer files of WordNet whose every noun is a kind of these.
_GENERIC = {
    "person": ("person", "people", "human"),
    "location": ("location", "place"),
    "group": ("organization", "organisation", "group"),
    "food": ("food",),
    "animal": ("animal", "organism"),
    "plant": ("plant", "organism"),
}
_DEPTH = 12  # links followed upwards; the lists' links are made by hand and could go round


class _Record(NamedTuple):
    is_a: str
    lexfile: str


class Kinds:
    """The hierarchy of type names.

    Args:
        rows: records of `type_pairs.jsonl.gz`; those without `is_a` and `lexfile` say nothing.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._records: dict[str, list[_Record]] = defaultdict(list)
        for row in rows:
            if row.get("sense_rank", 0) <= _SENSES:
                record = _Record((row.get("is_a") or "").casefold(), row.get("lexfile", ""))
                for word in dict.fromkeys((row["type"].casefold(), *map(str.casefold, row.get("aliases") or ()))):
                    self._records[word].append(record)

    def above(self, name: str) -> frozenset[str]:
        """Every name, in lower case, of which `name` is a kind."""
        own = name.casefold()
        known = self._known(own)
        found = set() if known == own else {known}
        edge = self._records.get(known, [])
        for _ in range(_DEPTH):
            higher: list[_Record] = []
            for record in edge:
                found.update(_GENERIC.get(record.lexfile, ()))
                if record.is_a and record.is_a not in found:
                    found.add(record.is_a)
                    # A link names a word, not a sense: senses of another lexicographer file are not what is meant.
                    senses = self._records.get(record.is_a, ())
                    higher += [r for r in senses if not (record.lexfile and r.lexfile) or r.lexfile == record.lexfile]
            edge = higher
        return frozenset(found - {own})

    def matrix(self, names: Sequence[str]) -> np.ndarray:
        """[N, N] booleans: whether names[i] is a kind of names[j]."""
        where: dict[str, list[int]] = defaultdict(list)
        for j, name in enumerate(names):
            where[name.casefold()].append(j)
        result = np.zeros((len(names), len(names)), dtype=bool)
        for i, name in enumerate(names):
            result[i, [j for up in self.above(name) for j in where.get(up, ())]] = True
        return result

    def _known(self, name: str) -> str:
        """The name where it is on record, else its head word."""
        if name in self._records:
            return name
        phrase = name.partition(" of ")[0].split()
        head = phrase[-1] if phrase else name
        return head[:-1] if head not in self._records and head.removesuffix("s") in self._records else head
