"""What a teacher calls the same type in many spellings, under one name."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_ACRONYM = 4  # letters; a longer word in capitals is shouting


@dataclass(frozen=True, slots=True)
class TypeNames:
    """The types of a set of answers.

    Attributes:
        names: as the teacher wrote it -> name. "PERSON", "Person" and "person" are one, so are "job_title" and
            "job title"; the name is the most frequent spelling.
        definitions: name -> its most frequent definition, "" where none was given.
        mentions: name -> how many.
    """

    names: Mapping[str, str]
    definitions: Mapping[str, str]
    mentions: Mapping[str, int]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> TypeNames:
        """The types of answers, read once."""
        written: Counter = Counter()
        given: dict[str, Counter] = defaultdict(Counter)
        for row in rows:
            for entity in row["entities"]:
                written[entity["type"]] += 1
                if definition := entity.get("definition"):
                    given[_key(entity["type"])][definition] += 1
        spellings: dict[str, Counter] = defaultdict(Counter)
        for spelling, count in written.items():
            spellings[_key(spelling)][_spelt(spelling)] += count
        name_of = {key: _most_frequent(counts) for key, counts in spellings.items()}
        names = {spelling: name_of[_key(spelling)] for spelling in sorted(written)}
        mentions: Counter = Counter()
        for spelling, count in written.items():
            mentions[names[spelling]] += count
        definitions = {name: _most_frequent(given[key]) if key in given else "" for key, name in name_of.items()}
        return cls(names, definitions, dict(mentions))


def _spelt(written: str) -> str:
    name = " ".join(written.replace("_", " ").split())
    return name.lower() if name.isupper() and len(name) > _ACRONYM else name


def _key(written: str) -> str:
    return _spelt(written).casefold()


def _most_frequent(counts: Counter) -> str:
    return min(counts, key=lambda value: (-counts[value], value))
