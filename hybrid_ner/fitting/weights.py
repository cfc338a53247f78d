"""Learns `weigh` rules: which words, shapes and neighbours speak for a type, by logistic regression a type.

The student's logit goes in as it is (an offset, with one scale for all types), so that with nothing to learn from the
weights are 0 and the student's word stands. Ridge-penalised maximum likelihood, by Nesterov's accelerated gradient with
a diagonal bound on the curvature (Böhning, 1992).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hybrid_ner.calibration import logit, sigmoids
from hybrid_ner.fitting.bench import Example
from hybrid_ner.rules.traits import TRAITS, traits_of
from hybrid_ner.rules.weighing import EDGE
from hybrid_ner.schema import Decision

if TYPE_CHECKING:
    import numpy as np

UNCLAIMED = -2.0  # logits below a span's weakest claim from where a type is considered that no one offered
RIDGE = 0.4  # what a squared weight costs; chosen on the dev suite
_TYPE_RIDGE = 0.3
_SCALE_PRIOR = 5.0
_STEPS = 100
_SCALES = (0.3, 3.0)
_MOST = 8.0

Trait = tuple[str, str]


@dataclass(frozen=True)
class Learned:
    """Weights in the student's own logits.

    Attributes:
        always: type -> added to each of its claims.
        weights: type -> (trait, value) -> added where a mention has it.
    """

    always: Mapping[str, float]
    weights: Mapping[str, Mapping[Trait, float]]


@dataclass(frozen=True)
class Claims:
    """The spans claimed in the examples, one row a span.

    Attributes:
        traits: of each span [N].
        sentences: the number of each span's sentence [N].
        logits: a claim's, or where it would start from if no one makes it [N, T].
        right: whether the span is a gold mention of the type [N, T].
        looked: whether the type was looked for there [N, T].
    """

    names: tuple[str, ...]
    traits: list[tuple[Trait, ...]]
    sentences: list[int]
    logits: np.ndarray
    right: np.ndarray
    looked: np.ndarray

    @classmethod
    def of(
        cls, pairs: Sequence[tuple[Example, Sequence[Decision]]], names: tuple[str, ...], traits: Sequence[str] = TRAITS
    ) -> Claims:
        """Rows of examples with the claims made in them."""
        import numpy as np

        column = {name: place for place, name in enumerate(names)}
        wanted = frozenset(traits)
        rows: list[tuple[Trait, ...]] = []
        sentences: list[int] = []
        logits, right, looked = [], [], []
        for number, (example, decisions) in enumerate(pairs):
            claimed: dict[tuple[int, int], dict[str, float]] = defaultdict(dict)
            for d in decisions:
                if d.kept:
                    claimed[d.start, d.end][d.type] = logit(d.score, EDGE)
            asked = [name in example.asked for name in names]
            for (start, end), by_type in claimed.items():
                row = np.full(len(names), min(by_type.values()) + UNCLAIMED)
                for name, value in by_type.items():
                    row[column[name]] = value
                rows.append(tuple(t for t in traits_of(example.text, start, end) if t[0] in wanted))
                sentences.append(number)
                logits.append(row)
                right.append([(start, end, name) in example.gold for name in names])
                looked.append(asked)
        shape = (len(rows), len(names))
        return cls(
            names,
            rows,
            sentences,
            np.array(logits, np.float64).reshape(shape),
            np.array(right, np.float64).reshape(shape),
            np.array(looked, np.float64).reshape(shape),
        )


def learn(claims: Claims, ridge: float = RIDGE, *, least: int = 1) -> Learned:
    """The weights that make right claims likely and wrong ones unlikely; `least`: sentences that must have a trait."""
    vocabulary = _vocabulary(claims, least)
    if not len(claims.logits):
        return Learned({}, {})
    scale, always, weights = _fit(claims, vocabulary, ridge)
    # Scores keep their order when all are scaled alike: so the student's logits stay, and the weights are scaled.
    named = {}
    for column, name in enumerate(claims.names):
        values = weights[:, column].tolist()
        named[name] = {trait: _clipped(values[place] / scale) for trait, place in vocabulary.items() if values[place]}
    return Learned({name: _clipped(float(by) / scale) for name, by in zip(claims.names, always, strict=True)}, named)


def _clipped(weight: float) -> float:
    return max(-_MOST, min(_MOST, weight))


def _vocabulary(claims: Claims, least: int) -> dict[Trait, int]:
    """Traits seen twice, or in a gold mention; in at least `least` sentences."""
    seen = Counter(trait for row in claims.traits for trait in row)
    gold = {
        trait for row, right in zip(claims.traits, claims.right.any(1).tolist(), strict=True) if right for trait in row
    }
    wanted = [trait for trait, count in seen.items() if count > 1 or trait in gold]
    if least > 1:
        numbered = zip(claims.traits, claims.sentences, strict=True)
        spread = Counter(trait for trait, _ in {(trait, number) for row, number in numbered for trait in row})
        wanted = [trait for trait in wanted if spread[trait] >= least]
    return {trait: place for place, trait in enumerate(wanted)}


def _fit(claims: Claims, vocabulary: Mapping[Trait, int], ridge: float) -> tuple[float, np.ndarray, np.ndarray]:
    """(scale, [T], [F, T])."""
    import numpy as np

    found = [(row, vocabulary[t]) for row, traits in enumerate(claims.traits) for t in traits if t in vocabulary]
    rows, columns = np.array(found, dtype=np.int64).reshape(-1, 2).T
    product = _Sparse(rows, columns, len(claims.traits), len(vocabulary))
    count, types = claims.logits.shape
    per_row = max((len(row) for row in claims.traits), default=0) + 1
    bound = 0.25 * per_row * np.bincount(columns, minlength=len(vocabulary))[:, None] + ridge
    type_bound = 0.25 * per_row * count + _TYPE_RIDGE
    weights = ahead = np.zeros((len(vocabulary), types))
    always = always_ahead = np.zeros(types)
    scale, momentum = 1.0, 1.0
    for step in range(_STEPS):
        score = sigmoids(scale * claims.logits + product.times(ahead) + always_ahead)
        wrong = (score - claims.right) * claims.looked
        if step % 10 == 9:
            slope = (wrong * claims.logits).sum() + _SCALE_PRIOR * (scale - 1)
            curve = (score * (1 - score) * claims.logits**2 * claims.looked).sum() + _SCALE_PRIOR
            scale = float(np.clip(scale - np.clip(slope / curve, -0.3, 0.3), *_SCALES))
        new = ahead - (product.transposed_times(wrong) + ridge * ahead) / bound
        always_new = always_ahead - (wrong.sum(0) + _TYPE_RIDGE * always_ahead) / type_bound
        following = (1 + math.sqrt(1 + 4 * momentum**2)) / 2
        push = (momentum - 1) / following
        ahead, always_ahead = new + push * (new - weights), always_new + push * (always_new - always)
        weights, always, momentum = new, always_new, following
    return scale, always, weights


class _Sparse:
    """A matrix [N, F] of zeros and ones, given by its ones."""

    def __init__(self, rows: np.ndarray, columns: np.ndarray, count: int, width: int) -> None:
        import numpy as np

        self._by_row = _Sums(rows, columns, count)
        order = np.argsort(columns, kind="stable")
        self._by_column = _Sums(columns[order], rows[order], width)

    def times(self, right: np.ndarray) -> np.ndarray:
        return self._by_row.of(right)

    def transposed_times(self, right: np.ndarray) -> np.ndarray:
        return self._by_column.of(right)


class _Sums:
    """For each of `count` groups, the sum of the rows it names; `groups` is sorted."""

    def __init__(self, groups: np.ndarray, members: np.ndarray, count: int) -> None:
        import numpy as np

        self._members, self._count = members, count
        self._present, self._starts = np.unique(groups, return_index=True)

    def of(self, matrix: np.ndarray) -> np.ndarray:
        import numpy as np

        sums = np.zeros((self._count, matrix.shape[1]))
        if len(self._members):
            sums[self._present] = np.add.reduceat(matrix[self._members], self._starts, axis=0)
        return sums
