"""Learns an `adapt` rule: what labelled sentences say of the types' own vectors, by ridge logistic regression.

A span's score for a type is a product of two vectors, so a displacement of the type's vector is a linear model of the
student's features of a span (a few-shot probe, as in Radford et al., 2021, section 3.2, that begins with the zero-shot
classifier). With nothing to learn from it is zero and the student's word stands.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hybrid_ner.fitting.bench import FOLDS, PACK, Bench, Example
from hybrid_ner.fitting.specs import Spec
from hybrid_ner.rules.kinds.adapt import encoded
from hybrid_ner.schema import Adaptation, TypeSet

if TYPE_CHECKING:
    import numpy as np

log = logging.getLogger(__name__)

ID = "learned-types"
RIDGES = (0.03, 0.1, 0.3, 1.0)  # what a squared displacement costs, for each gold mention; held-out sentences choose
_REACH = -3.5  # logits; a span that no type comes near teaches nothing
_MOST = 20_000  # spans; of more, the likeliest and all gold ones are learned from
_STEPS, _RATE = 100, 0.02


@dataclass(frozen=True)
class Spans:
    """Scored spans of labelled sentences, one row a span.

    Attributes:
        vectors: the student's, [N, D]; folds: which part of the data each belongs to [N].
        right: whether a span is a gold mention of a type [N, T]; looked: whether the type was looked for there [N, T].
        rows: the types' vectors [T, D].
    """

    vectors: np.ndarray
    folds: np.ndarray
    right: np.ndarray
    looked: np.ndarray
    rows: np.ndarray

    @classmethod
    def of(cls, student: Any, types: TypeSet, examples: Sequence[Example]) -> Spans:
        """What `student.candidates` finds in the examples."""
        import numpy as np

        rows = student.type_rows(types)
        vectors, folds, right, looked = [np.zeros((0, rows.shape[1]), np.float32)], [], [], []
        for example, (spans, found) in zip(examples, student.candidates(e.text for e in examples), strict=True):
            vectors += [found] if spans else []
            folds += [example.fold] * len(spans)
            right += [[(start, end, name) in example.gold for name in types.names] for start, end in spans]
            looked += [[name in example.asked for name in types.names]] * len(spans)
        shape = (len(folds), len(types))
        made = cls(
            np.concatenate(vectors),
            np.array(folds, np.int64),
            np.array(right, np.float32).reshape(shape),
            np.array(looked, np.float32).reshape(shape),
            rows,
        )
        likely = (made.vectors @ rows.T).max(1) + 1e6 * made.right.any(1)
        chosen = np.flatnonzero(likely >= _REACH)
        return made.only(np.sort(chosen[np.argsort(-likely[chosen], kind="stable")[:_MOST]]))

    def only(self, places: np.ndarray) -> Spans:
        """The spans at `places`."""
        return Spans(self.vectors[places], self.folds[places], self.right[places], self.looked[places], self.rows)

    def loss(self, moves: np.ndarray) -> float:
        """Cross-entropy with the types' vectors displaced by `moves` [T, D], summed."""
        import numpy as np

        logits = self.vectors @ (self.rows + moves).T
        return float(((np.logaddexp(0, logits) - self.right * logits) * self.looked).sum())


def adapt(bench: Bench) -> tuple[Bench, Spec] | None:
    """The bench as an adapted student would have it, and the rule that adapts it; None for students that cannot be.

    Each sentence's proposals are by vectors that were learned without it, so all that is learned and tried on the bench
    afterwards sees what new text will look like.
    """
    import numpy as np

    student, types = bench.ner.student, bench.types
    if not hasattr(student, "candidates"):
        return None
    spans = Spans.of(student, types, bench.examples)
    if not spans.right.any():
        return None
    parts = [np.flatnonzero(spans.folds == fold) for fold in range(FOLDS)]
    rest = [np.flatnonzero(spans.folds != fold) for fold in range(FOLDS)]
    best: tuple[float, float, list[np.ndarray]] | None = None
    for ridge in RIDGES:
        moves = [learn(spans.only(places), ridge) for places in rest]
        lost = sum(spans.only(places).loss(move) for places, move in zip(parts, moves, strict=True))
        if best is None or lost < best[0]:
            best = lost, ridge, moves
    _, ridge, moves = best
    log.info("types adapted to %d spans, ridge %g", len(spans.folds), ridge)
    examples = list(bench.examples)
    for fold, move in enumerate(moves):
        asked = _adapted(types, move, student.fingerprint)
        places = [place for place, example in enumerate(examples) if example.fold == fold]
        proposed = student.propose([examples[place].text for place in places], asked)
        for place, proposals in zip(places, proposed, strict=True):
            examples[place] = replace(examples[place], proposals=tuple(proposals))
    spec = _spec(types, learn(spans, ridge), student.fingerprint)
    return replace(bench, examples=tuple(examples)), spec


def learn(spans: Spans, ridge: float) -> np.ndarray:
    """Displacements [T, D] of the types' vectors: penalised maximum likelihood, by Adam (Kingma & Ba, 2015)."""
    import numpy as np

    base = spans.vectors @ spans.rows.T
    moves = np.zeros_like(spans.rows)
    first, second = np.zeros_like(moves), np.zeros_like(moves)
    gold = max(1.0, float(spans.right.sum()))
    for step in range(1, _STEPS + 1):
        wrong = (1 / (1 + np.exp(-(base + spans.vectors @ moves.T).clip(-30, 30))) - spans.right) * spans.looked
        slope = wrong.T @ spans.vectors / gold + ridge * moves
        first = 0.9 * first + 0.1 * slope
        second = 0.99 * second + 0.01 * slope**2
        moves -= _RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return moves


def _adapted(types: TypeSet, moves: np.ndarray, student: str) -> TypeSet:
    vectors = [row.astype("<f2").tobytes() for row in moves]
    return TypeSet(
        tuple(replace(t, adaptation=Adaptation(PACK, student, v)) for t, v in zip(types, vectors, strict=True))
    )


def _spec(types: TypeSet, moves: np.ndarray, student: str) -> Spec:
    vectors = {name: encoded(row.astype("<f2").tobytes()) for name, row in zip(types.names, moves, strict=True)}
    return {"id": ID, "kind": "adapt", "types": list(types.names), "student": student, "vectors": vectors}
