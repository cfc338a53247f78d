"""Which sentences a step sees, and which types are asked of each: present ones, absent ones, ones from elsewhere."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.corpora import Row, TrainingCorpus, TypeText

TypeKey = tuple[int, str]  # (corpus, raw label)


@dataclass(frozen=True, slots=True)
class AskedType:
    """A type as one row shows it: whose it is, and the index of the text it is shown by."""

    key: TypeKey
    text: int


@dataclass(frozen=True, slots=True)
class Question:
    """A row with the types asked of it."""

    text: str
    gold: tuple[tuple[int, int, str], ...]
    asked: tuple[AskedType, ...]
    partial: bool


class TypeTexts:
    """Every text a type can be shown by, numbered, so that each is embedded once.

    Attributes:
        texts: all distinct texts.
        views: type -> view ("name", "both", "definition", "alias") -> numbers of its texts.
    """

    def __init__(self, corpora: Sequence[TrainingCorpus]) -> None:
        numbers: dict[str, int] = {}
        number = lambda text: numbers.setdefault(text, len(numbers))  # noqa: E731
        self.views: dict[TypeKey, dict[str, list[int]]] = {}
        for index, corpus in enumerate(corpora):
            for label, shown in corpus.types.items():
                self.views[index, label] = {
                    view: [number(text) for text in texts] for view, texts in _views(shown).items() if texts
                }
        self.texts = list(numbers)

    def name(self, key: TypeKey) -> int:
        """The number of the type's bare name."""
        return self.views[key]["name"][0]


def _views(shown: TypeText) -> dict[str, list[str]]:
    name, definition = shown.name, shown.definition
    return {
        "name": [name],
        "both": [f"{name}: {definition}"] if definition else [],
        "definition": [definition] if definition else [],
        "alias": list(shown.aliases[:4]),
    }


class QuestionSampler:
    """Draws rows over corpora and asks types of them.

    Args:
        name_vectors: [texts, D] unit embeddings of `texts`; they keep far negatives far.
    """

    def __init__(
        self,
        corpora: Sequence[TrainingCorpus],
        texts: TypeTexts,
        name_vectors: np.ndarray,
        config: TrainConfig,
    ) -> None:
        self.corpora, self.texts, self.config = corpora, texts, config
        sizes = np.array([min(len(c.rows), config.corpus_cap) for c in corpora], dtype=float)
        weights = sizes**config.corpus_power
        self.weights = weights / weights.sum()
        self._keys: list[list[TypeKey]] = [[(i, label) for label in c.types] for i, c in enumerate(corpora)]
        self._frequency = [np.array([c.frequency[label] + 1.0 for label in c.types]) for c in corpora]
        self._frequency = [values / values.sum() for values in self._frequency]
        self._all = [key for keys in self._keys for key in keys]
        own = [name_vectors[[texts.name(key) for key in keys]] for keys in self._keys]
        every = name_vectors[[texts.name(key) for key in self._all]]
        self._far = [np.flatnonzero((every @ vectors.T).max(1) < config.far_similarity) for vectors in own]

    def draw(self, rng: random.Random, nrng: np.random.Generator) -> Question:
        """One question, from a corpus drawn by weight."""
        number = int(nrng.choice(len(self.corpora), p=self.weights))
        corpus = self.corpora[number]
        row = corpus.rows[rng.randrange(len(corpus.rows))]
        if not corpus.partial and rng.random() < self.config.join_rate:
            others = (corpus.rows[rng.randrange(len(corpus.rows))] for _ in range(rng.randint(1, 3)))
            row = _joined([row, *others])
        text = row.text
        if rng.random() < self.config.lowercase_rate and len(text.lower()) == len(text):
            text = text.lower()
        return Question(text, row.gold, self._ask(number, row, rng, nrng), corpus.partial)

    def _ask(self, number: int, row: Row, rng: random.Random, nrng: np.random.Generator) -> tuple[AskedType, ...]:
        config, keys = self.config, self._keys[number]
        present = list(dict.fromkeys((number, label) for _, _, label in row.gold))
        absent: list[TypeKey] = []
        if config.negative_sampling != "none":
            weights = self._frequency[number] if config.negative_sampling == "frequency" else None
            count = min(config.negatives + len(present), len(keys))
            drawn = nrng.choice(len(keys), size=count, replace=False, p=weights)
            absent = [keys[i] for i in drawn if keys[i] not in present][: config.negatives]
            far = self._far[number]
            if len(far):
                absent += [self._all[i] for i in far[nrng.integers(len(far), size=config.far_negatives)]]
        return tuple(AskedType(key, self._show(key, rng)) for key in dict.fromkeys(present + absent))

    def _show(self, key: TypeKey, rng: random.Random) -> int:
        views = self.texts.views[key]
        weights = {view: self.config.view_weights[view] for view in views if self.config.view_weights.get(view, 0) > 0}
        weights = weights or {"name": 1.0}  # a type without a definition still has a name
        chosen = rng.choices(list(weights), list(weights.values()))[0]
        return rng.choice(views[chosen])


def _joined(rows: Sequence[Row]) -> Row:
    """Several sentences of one corpus as one passage."""
    parts, gold, offset = [], [], 0
    for row in rows:
        gold += [(start + offset, end + offset, label) for start, end, label in row.gold]
        parts.append(row.text)
        offset += len(row.text) + 1
    return Row(" ".join(parts), tuple(gold), rows[0].corpus)
