"""Mentions alone with their types: what the world calls a thing, learned without a sentence around it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from hybrid_ner.training.corpora import TypeText, with_library_definitions
from hybrid_ner.training.kinds import Kinds
from hybrid_ner.training.sampling import AskedType, Question, TypeTexts

_LISTED = 0.3  # share of rows that list several mentions of one type, as running text does
_MORE = 3  # the most other types of a mention that are asked beside the drawn one
_NEGATIVES = 6
_NAMES = 8  # proper names that make a dictionary's sense a type one would ask for


@dataclass(frozen=True, slots=True)
class TypePairs:
    """Types with mentions.

    Attributes:
        types: number of the record, as a string -> how the type is shown.
        mentions: the same key -> its mentions.
        holders: mention -> keys of every type that lists it.
        trusted: keys of the types whose mentions are cased names that may stand in a sentence for one another.
        licences: of the records, each once.
    """

    types: dict[str, TypeText]
    mentions: dict[str, list[str]]
    holders: dict[str, list[str]]
    trusted: frozenset[str]
    licences: tuple[str, ...]

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], *, open_licence_only: bool, reworded: bool = False) -> TypePairs:
        """The records that have mentions; proper names alone where a record tells them apart from common nouns.

        Args:
            reworded: types also get the definitions that the type library has of their names.
        """
        types, mentions, licences, trusted = {}, {}, {}, []
        holders: dict[str, list[str]] = defaultdict(list)
        for number, row in enumerate(rows):
            listed = row.get("proper_mentions") or row.get("mentions")
            if not listed or (open_licence_only and not row.get("open_licence")):
                continue
            key = str(number)
            types[key] = TypeText(row["type"], row.get("definition") or "", tuple(row.get("aliases") or ()))
            mentions[key] = list(dict.fromkeys(mention for mention in listed if mention.strip() == mention))
            licences[row.get("licence", "")] = None
            if _trusted(row):
                trusted.append(key)
            for mention in mentions[key]:
                holders[mention].append(key)
        if reworded:
            types = with_library_definitions(types)
        return cls(types, mentions, dict(holders), frozenset(trusted), tuple(licences))


def _trusted(row: Mapping[str, Any]) -> bool:
    """Whether a record is neither weak, broad nor in lower case, and, in a dictionary, has names enough."""
    if row.get("weak") or row.get("broad") or row.get("lowercased"):
        return False
    # In the dictionary an American is a person, and so is nobody's type.
    return not row.get("lexfile") or (len(row.get("proper_mentions") or ()) >= _NAMES and row["type"][0].islower())


class PairSampler:
    """Draws mentions over types and asks clearly different types beside their own.

    Args:
        number: of the pairs among the sources of `texts`.
        name_vectors: [texts, D] unit embeddings of `texts`. kinds: the hierarchy of type names.
        far: similarity of names below which a type is clearly different.
    """

    def __init__(
        self, pairs: TypePairs, number: int, texts: TypeTexts, name_vectors: np.ndarray, kinds: Kinds, far: float
    ) -> None:
        self.pairs, self.number, self.texts = pairs, number, texts
        self._keys = list(pairs.types)
        self._totals = list(accumulate(len(pairs.mentions[key]) ** 0.5 for key in self._keys))
        names = name_vectors[[texts.name((number, key)) for key in self._keys]]
        related = kinds.matrix([pairs.types[key].name for key in self._keys])
        self._far = (names @ names.T < far) & ~related & ~related.T
        self._row = {key: i for i, key in enumerate(self._keys)}

    def draw(self, rng: random.Random, view_weights: Mapping[str, float]) -> Question:
        """A mention, or a list of mentions of one type, with its types and a few absent ones."""
        pairs = self.pairs
        drawn = rng.choices(self._keys, cum_weights=self._totals)[0]
        mentions = pairs.mentions[drawn]
        count = min(len(mentions), rng.randint(2, 4)) if rng.random() < _LISTED else 1
        chosen = rng.sample(mentions, count)
        text, gold = "", []
        present = {drawn: None}
        for i, mention in enumerate(chosen):
            text += "" if i == 0 else " and " if i == count - 1 else ", "
            gold.append((len(text), len(text) + len(mention), drawn))
            if count == 1:
                others = [key for key in pairs.holders[mention] if key != drawn]
                for key in rng.sample(others, min(_MORE, len(others))):
                    gold.append((len(text), len(text) + len(mention), key))
                    present[key] = None
            text += mention
        absent = []
        for _ in range(_NEGATIVES):
            key = rng.choice(self._keys)
            if all(self._far[self._row[key], self._row[own]] for own in present) and not any(
                key in pairs.holders[mention] for mention in chosen
            ):
                absent.append(key)
        asked = [(self.number, key) for key in dict.fromkeys([*present, *absent])]
        shown = tuple(AskedType(key, self.texts.show(key, rng, view_weights)) for key in asked)
        return Question(text, tuple(gold), shown, partial=True)
