"""Which sentences a step sees, and which types are asked of each: present ones, absent ones, ones from elsewhere."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.corpora import Row, TrainingCorpus, TypeText
from hybrid_ner.training.kinds import Kinds

_CONFUSABLE = 0.55  # cosine of names from which on two types of an open vocabulary can be one thing
_SPARE = 3  # an open vocabulary's types are drawn this many times as often, since some cannot be asked
_SHARPNESS = 8.0  # of "nearest": a type of cosine 0.5 to a present one is drawn 11 times as often as one of 0.2

TypeKey = tuple[int, str]  # (source, raw label)


class TypeSource(Protocol):
    """What has types to show: a corpus, or the type pairs."""

    @property
    def types(self) -> dict[str, TypeText]: ...


@dataclass(frozen=True, slots=True)
class AskedType:
    """A type as one row shows it.

    Attributes:
        key: whose it is. text: the index of the text it is shown by.
        everywhere: whether it is absent where it is not marked; else it is asked of marked spans only.
    """

    key: TypeKey
    text: int
    everywhere: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """What another source knows of a marked span: that it is of a type, or that it is not."""

    start: int
    end: int
    key: TypeKey
    right: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A row with the types asked of it; `gold` holds labels of the row's own source, `doubtful` is as in `Row`."""

    text: str
    gold: tuple[tuple[int, int, str], ...]
    asked: tuple[AskedType, ...]
    partial: bool
    known: tuple[Known, ...] = ()
    doubtful: tuple[tuple[int, int], ...] = ()


class RowEnricher(Protocol):
    """Adds to a row what is known of its mentions beyond the corpus."""

    def enrich(self, number: int, row: Row, rng: random.Random) -> tuple[Row, tuple[Known, ...], tuple[TypeKey, ...]]:
        """The row (perhaps with other mentions in place of its own), what is known of them, and types to ask of them.

        Args:
            number: of the row's corpus among the sources.
        """
        ...


class TypeTexts:
    """Every text a type can be shown by, numbered, so that each is embedded once.

    Attributes:
        texts: all distinct texts.
        views: type -> view ("name", "both", "definition", "alias") -> numbers of its texts.
    """

    def __init__(self, sources: Sequence[TypeSource]) -> None:
        numbers: dict[str, int] = {}
        number = lambda text: numbers.setdefault(text, len(numbers))  # noqa: E731
        self.views: dict[TypeKey, dict[str, list[int]]] = {}
        for index, source in enumerate(sources):
            for label, shown in source.types.items():
                self.views[index, label] = {
                    view: [number(text) for text in texts] for view, texts in _views(shown).items() if texts
                }
        self.texts = list(numbers)

    def name(self, key: TypeKey) -> int:
        """The number of the type's bare name."""
        return self.views[key]["name"][0]

    def show(self, key: TypeKey, rng: random.Random, view_weights: Mapping[str, float]) -> int:
        """The number of a text to show the type by, its view drawn by weight."""
        views = self.views[key]
        weights = {view: view_weights[view] for view in views if view_weights.get(view, 0) > 0}
        weights = weights or {"name": 1.0}  # a type without a definition still has a name
        chosen = rng.choices(list(weights), list(weights.values()))[0]
        return rng.choice(views[chosen])


def _views(shown: TypeText) -> dict[str, list[str]]:
    name, definitions = shown.name, shown.definitions
    return {
        "name": [name],
        "both": [f"{name}: {definition}" for definition in definitions],
        "definition": list(definitions),
        "alias": list(shown.aliases[:4]),
    }


class QuestionSampler:
    """Draws rows over corpora and asks types of them.

    Args:
        name_vectors: [texts, D] unit embeddings of `texts`; they keep far negatives far.
        kinds: the hierarchy of type names: a scientist is no far negative in a corpus of persons.
        enricher: what is known of mentions beyond their corpus.
    """

    def __init__(
        self,
        corpora: Sequence[TrainingCorpus],
        texts: TypeTexts,
        name_vectors: np.ndarray,
        config: TrainConfig,
        kinds: Kinds | None = None,
        enricher: RowEnricher | None = None,
    ) -> None:
        self.corpora, self.texts, self.config, self.enricher = corpora, texts, config, enricher
        sizes = np.array([min(len(c.rows), config.corpus_cap) for c in corpora], dtype=float)
        weights = sizes**config.corpus_power * [config.corpus_weights.get(c.name, 1.0) for c in corpora]
        self.weights = weights / weights.sum()
        self._keys: list[list[TypeKey]] = [[(i, label) for label in c.types] for i, c in enumerate(corpora)]
        self._frequency = [np.array([c.frequency[label] + 1.0 for label in c.types]) for c in corpora]
        self._frequency = [values / values.sum() for values in self._frequency]
        self._place = {i: {label: at for at, label in enumerate(c.types)} for i, c in enumerate(corpora) if c.open}
        self._all = [key for keys in self._keys for key in keys]
        own = [name_vectors[[texts.name(key) for key in keys]] for keys in self._keys]
        self._alike = [np.exp(_SHARPNESS * (vectors @ vectors.T)) for vectors in own]
        every = name_vectors[[texts.name(key) for key in self._all]]
        related = _related(corpora, kinds)
        self._confusable = {
            i: _confusable(corpora[i], vectors, kinds) for i, vectors in enumerate(own) if corpora[i].open
        }
        self._far = [
            np.flatnonzero(((every @ vectors.T).max(1) < config.far_similarity) & ~related[:, i])
            for i, vectors in enumerate(own)
        ]

    def draw(self, rng: random.Random, nrng: np.random.Generator) -> Question:
        """One question, from a corpus drawn by weight."""
        number = int(nrng.choice(len(self.corpora), p=self.weights))
        corpus = self.corpora[number]
        row = corpus.rows[rng.randrange(len(corpus.rows))]
        # Nor are rows of an open vocabulary joined: what one calls a footballer is a soccer player in the next.
        if not (corpus.partial or corpus.open) and rng.random() < self.config.join_rate:
            others = (corpus.rows[rng.randrange(len(corpus.rows))] for _ in range(rng.randint(1, 3)))
            row = _joined([row, *others])
        known: tuple[Known, ...] = ()
        more: tuple[TypeKey, ...] = ()
        if self.enricher is not None and not row.doubtful:  # whose places would move
            row, known, more = self.enricher.enrich(number, row, rng)
        text = row.text
        if rng.random() < self.config.lowercase_rate and len(text.lower()) == len(text):
            text = text.lower()
        asked = self._ask(number, row, rng, nrng)
        shown = {one.key for one in asked}
        extra = (AskedType(key, self._show(key, rng), everywhere=False) for key in more if key not in shown)
        return Question(text, row.gold, (*asked, *extra), corpus.partial, known, row.doubtful)

    def _show(self, key: TypeKey, rng: random.Random) -> int:
        return self.texts.show(key, rng, self.config.view_weights)

    def _ask(self, number: int, row: Row, rng: random.Random, nrng: np.random.Generator) -> tuple[AskedType, ...]:
        config, keys = self.config, self._keys[number]
        present = list(dict.fromkeys((number, label) for _, _, label in row.gold))
        absent: list[TypeKey] = []
        if config.negative_sampling != "none":
            weights = self._weights_of(number, present)
            count = config.negatives + len(present)
            count = min(count * _SPARE if number in self._confusable else count, len(keys))
            drawn = nrng.choice(len(keys), size=count, replace=False, p=weights)
            if number in self._confusable:
                drawn = self._unlike(number, row, drawn)
            absent = [keys[i] for i in drawn if keys[i] not in present][: config.negatives]
            far = self._far[number]
            if len(far):
                absent += [self._all[i] for i in far[nrng.integers(len(far), size=config.far_negatives)]]
        return tuple(AskedType(key, self._show(key, rng)) for key in dict.fromkeys(present + absent))

    def _unlike(self, number: int, row: Row, drawn: np.ndarray) -> np.ndarray:
        """Those of an open vocabulary's types that no mention of the row can be of."""
        own = {(start, end): label for start, end, label in reversed(row.gold)}  # a mention's first type
        marked = [self._place[number][label] for label in set(own.values())]
        return drawn[~self._confusable[number][np.ix_(drawn, marked)].any(1)]

    def _weights_of(self, number: int, present: Sequence[TypeKey]) -> np.ndarray | None:
        """How often each type of a corpus is asked in vain; None for all alike."""
        if self.config.negative_sampling == "frequency":
            return self._frequency[number]
        if self.config.negative_sampling == "nearest" and present:
            rows = [self._keys[number].index(key) for key in present]
            weights = self._alike[number][rows].max(0)
            return weights / weights.sum()
        return None


def _confusable(corpus: TrainingCorpus, vectors: np.ndarray, kinds: Kinds | None) -> np.ndarray:
    """[types, types]: whether a mention of the second can be of the first as well: near in meaning, or a kind of it."""
    near = vectors @ vectors.T > _CONFUSABLE
    return near if kinds is None else near | kinds.matrix([shown.name for shown in corpus.types.values()])


def _related(corpora: Sequence[TrainingCorpus], kinds: Kinds | None) -> np.ndarray:
    """[types, corpora]: whether a type is a kind of one of the corpus' types, or one of those a kind of it."""
    names = [shown.name for c in corpora for shown in c.types.values()]
    matrix = np.zeros((len(names), len(names)), dtype=bool) if kinds is None else kinds.matrix(names)
    matrix |= matrix.T
    ends = np.cumsum([len(c.types) for c in corpora])
    return np.stack([part.any(1) for part in np.split(matrix, ends[:-1], axis=1)], axis=1)


def _joined(rows: Sequence[Row]) -> Row:
    """Several sentences of one corpus as one passage."""
    parts, gold, doubtful, offset = [], [], [], 0
    for row in rows:
        gold += [(start + offset, end + offset, label) for start, end, label in row.gold]
        doubtful += [(start + offset, end + offset) for start, end in row.doubtful]
        parts.append(row.text)
        offset += len(row.text) + 1
    return Row(" ".join(parts), tuple(gold), rows[0].corpus, tuple(doubtful))
