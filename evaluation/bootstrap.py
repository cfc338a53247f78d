"""Bootstrap over sentences: intervals of micro-F1, and a paired test between two runs.

Sentences are drawn with replacement within each corpus (Efron and Tibshirani, 1993). Many sentences have the same
counts, so the number of times each *distinct* row is drawn is drawn instead, from a multinomial distribution: the same
resamples in a fraction of the time.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hybrid_ner.scoring import Counts, Span

RESAMPLES = 1000
LEVEL = 95
SEED = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """F1 of two runs in [0, 1] and b - a, with its interval and two-sided p-value."""

    name: str
    a: float
    b: float
    low: float
    high: float
    p: float


def sentence_counts(gold: Sequence[Iterable[Span]], predicted: Sequence[Iterable[Span]]) -> np.ndarray:
    """Strict true positives, false positives and false negatives a sentence [sentences, 3]."""
    rows = [Counts.of(set(g), set(p)) for g, p in zip(gold, predicted, strict=True)]
    return np.array([(c.tp, c.fp, c.fn) for c in rows], dtype=np.int64).reshape(-1, 3)


def micro_f1(counts: np.ndarray) -> np.ndarray:
    """F1 of summed counts [..., 3] -> [...]; 0 where there is nothing."""
    tp, wrong = counts[..., 0], counts[..., 1] + counts[..., 2]
    return 2 * tp / np.maximum(2 * tp + wrong, 1)


def resampled_f1(name: str, counts: np.ndarray) -> np.ndarray:
    """F1 of `RESAMPLES` resamples of a corpus.

    Args:
        name: the corpus's; its draws depend on nothing but this, the seed and the counts.
        counts: [sentences, 3 * runs]; the runs' sentences are drawn together.

    Returns:
        [RESAMPLES, runs].
    """
    rows, times = np.unique(counts, axis=0, return_counts=True)
    generator = np.random.default_rng([SEED, zlib.crc32(name.encode())])
    drawn = generator.multinomial(times.sum(), times / times.sum(), size=RESAMPLES) @ rows
    return micro_f1(drawn.reshape(RESAMPLES, -1, 3))


def interval(samples: np.ndarray) -> tuple[float, float]:
    """The percentile interval of `LEVEL` percent of samples [N]."""
    tail = (100 - LEVEL) / 2
    low, high = np.percentile(samples, [tail, 100 - tail])
    return float(low), float(high)


def compare(a: Mapping[str, np.ndarray], b: Mapping[str, np.ndarray]) -> list[Difference]:
    """Two runs on the same sentences, corpus by corpus, and their unweighted averages last.

    Args:
        a, b: corpus -> counts [sentences, 3]; row i of both belongs to the same sentence.
    """
    both = {name: np.concatenate([a[name], b[name]], axis=1) for name in a}
    samples = {name: resampled_f1(name, counts) for name, counts in both.items()}
    whole = {name: micro_f1(counts.sum(axis=0).reshape(-1, 3)) for name, counts in both.items()}
    rows = [_difference(name, whole[name], samples[name]) for name in both]
    averages = (np.mean(list(values.values()), axis=0) for values in (whole, samples))
    return [*rows, _difference("average", *averages)]


def _difference(name: str, f1: np.ndarray, samples: np.ndarray) -> Difference:
    """The p-value is the share of resamples that stray from the observed difference by as much as it is from 0."""
    observed = f1[1] - f1[0]
    differences = samples[:, 1] - samples[:, 0]
    far = int((np.abs(differences - observed) >= abs(observed) - 1e-12).sum())
    low, high = interval(differences)
    return Difference(name, float(f1[0]), float(f1[1]), low, high, (far + 1) / (len(differences) + 1))
