"""What the type pairs know of a corpus' mentions: finer types in real sentences, and the broader ones above them.

A corpus that marks persons says of nobody that she is a physicist. Where a mention is on a list of physicists, its
span is of that type too; and any other mention may give way to one from such a list, so that the sentence around it
is real while the name is one whose finer types are known. Types so added are asked of marked spans only.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate

from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.corpora import Row, TrainingCorpus
from hybrid_ner.training.kinds import Kinds
from hybrid_ner.training.pairs import TypePairs
from hybrid_ner.training.sampling import Known, TypeKey

_SIBLINGS = 2  # types of the same kind that a known mention is asked for in vain
_TRIES = 4
_POWER = 0.75  # long lists are of types that people ask for, short ones of a dictionary's finer senses
_MOST_WORDS = 6


class Enricher:
    """Puts mentions of the type pairs into rows and asks for finer and broader types.

    Args:
        pairs: types with mentions, source number `len(corpora)` among the type texts.
    """

    def __init__(self, corpora: Sequence[TrainingCorpus], pairs: TypePairs, kinds: Kinds, config: TrainConfig) -> None:
        self.pairs, self.kinds, self.config, self.number = pairs, kinds, config, len(corpora)
        under: dict[str, list[str]] = defaultdict(list)
        self._above = {key: kinds.above(shown.name) for key, shown in pairs.types.items()}
        self._mentions = {key: _usable(pairs.mentions[key]) for key in pairs.trusted}
        for key in pairs.trusted:
            if self._mentions[key]:
                for name in (*self._above[key], pairs.types[key].name.casefold()):
                    under[name].append(key)
        self._pools: dict[TypeKey, list[str]] = {}
        self._members: dict[TypeKey, frozenset[str]] = {}
        self._totals: dict[TypeKey, list[float]] = {}
        named: dict[str, list[TypeKey]] = defaultdict(list)  # name -> types of corpora that bear it
        for number, corpus in enumerate(corpora):
            for label, shown in corpus.types.items():
                named[shown.name.casefold()].append((number, label))
        for number, corpus in enumerate(corpora):
            for label, shown in corpus.types.items():
                key = (number, label)
                self._pools[key] = under.get(shown.name.casefold(), [])
                self._members[key] = frozenset(self._pools[key])
                self._totals[key] = list(accumulate(len(self._mentions[of]) ** _POWER for of in self._pools[key]))
        self._broader: dict[TypeKey, list[TypeKey]] = {}
        for number, source in enumerate((*corpora, pairs)):
            for label, shown in source.types.items():
                above = sorted(kinds.above(shown.name))
                self._broader[number, label] = [other for name in above for other in named.get(name, ())]

    def enrich(self, number: int, row: Row, rng: random.Random) -> tuple[Row, tuple[Known, ...], tuple[TypeKey, ...]]:
        """See `RowEnricher`."""
        asked: dict[TypeKey, None] = {}
        known: list[Known] = []
        pieces, gold, begin, moved = [], [], 0, 0
        for start, end, label in sorted(row.gold, key=lambda one: one[:2]):
            old = row.text[start:end]
            new, key = old, None
            if start >= begin and rng.random() < self.config.swap_rate and not _shared(row, start, end):
                new, key = self._finer((number, label), row.text, old, rng)
            if key is not None:
                pieces += [row.text[begin:start], new]
                begin = end
            at = start + moved
            gold.append((at, at + len(new), label))
            moved += len(new) - len(old)
            if key is not None:
                types, others = self._said_of(new, key, (number, label), rng)
                known += [Known(at, at + len(new), (self.number, one), True) for one in types]
                known += [Known(at, at + len(new), (self.number, one), False) for one in others]
                asked.update(dict.fromkeys((self.number, one) for one in (*types, *others)))
        if gold and rng.random() < self.config.broader_rate:
            finer = [*((number, label) for _, _, label in gold), *(one.key for one in known if one.right)]
            above = self._broader[rng.choice(finer)]
            if above:
                asked[rng.choice(above)] = None
        text = "".join([*pieces, row.text[begin:]])
        return Row(text, tuple(gold), row.corpus), tuple(known), tuple(asked)

    def _finer(self, of: TypeKey, text: str, old: str, rng: random.Random) -> tuple[str, str | None]:
        """The mention itself where a list of its kind holds it, else one of such a list that is written alike."""
        pool = self._pools[of]
        if not pool:
            return old, None
        holding = [key for key in self.pairs.holders.get(old, ()) if key in self._members[of]]
        if holding:
            return old, rng.choice(holding)
        lower = text.islower()
        for _ in range(_TRIES):
            key = rng.choices(pool, cum_weights=self._totals[of])[0]
            new = rng.choice(self._mentions[key])
            if lower or new[0].isupper() == old[0].isupper():
                return (new.lower() if lower and len(new.lower()) == len(new) else new), key
        return old, None

    def _said_of(self, mention: str, key: str, of: TypeKey, rng: random.Random) -> tuple[list[str], list[str]]:
        """Types that the mention is of (`key` first), and siblings of them that it is not."""
        holders = set(self.pairs.holders.get(mention, ())) | {key}
        types = [key, *rng.sample(sorted(holders - {key}), min(1, len(holders) - 1))]
        banned = set().union(*(self._above[one] | {self.pairs.types[one].name.casefold()} for one in holders))
        others = []
        for _ in range(_TRIES):
            other = rng.choices(self._pools[of], cum_weights=self._totals[of])[0]
            name = self.pairs.types[other].name.casefold()
            names = {self.pairs.types[one].name.casefold() for one in holders}
            if name not in banned and not (self._above[other] & names) and other not in others:
                others.append(other)
        return types, others[:_SIBLINGS]


def _usable(mentions: Sequence[str]) -> list[str]:
    return [mention for mention in mentions if len(mention) > 2 and len(mention.split()) <= _MOST_WORDS]


def _shared(row: Row, start: int, end: int) -> bool:
    """Whether another marked mention overlaps this one."""
    return sum(other_start < end and start < other_end for other_start, other_end, _ in row.gold) > 1
