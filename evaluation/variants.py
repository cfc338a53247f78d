"""Several ways of doing the same over one suite, each compared with another one: paraphrases, ablations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evaluation.bootstrap import LEVEL, RESAMPLES, SEED, compare, sentence_counts
from evaluation.corpora import Corpus
from evaluation.figures import run_figures
from evaluation.partial import Partial
from evaluation.suite import Asked, Extractor, Split, predict

LEFT_OUT = frozenset({"per_type", "tp", "fp", "fn", "boundary", "ece"})  # of a corpus's row: what nothing is made of


@dataclass(frozen=True)
class Variant:
    """One way.

    Attributes:
        name: its row in the table; unique among the variants run together.
        extractor: loads what is measured, when its turn comes.
        against: the variant, run before it, that it is compared with.
        view: how the corpora's own types are asked, unless `asked` says otherwise.
        asked: the types to ask of a corpus.
        split: what is done to a corpus's sentences before they are read.
        settings: what the variant differs in, for the results file.
    """

    name: str
    extractor: Callable[[], Extractor]
    against: str | None = None
    view: str = "both"
    asked: Callable[[Corpus], Sequence[Asked]] | None = None
    split: Callable[[Split], Split] = lambda split: split
    settings: Mapping[str, Any] = field(default_factory=dict)


def run_variants(
    variants: Sequence[Variant],
    splits: Sequence[Split],
    threshold: float | None,
    partial: Partial,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Runs the variants that `partial` does not hold yet.

    Args:
        threshold: of all variants alike; None for each extractor's default.
        say: called with a line about every variant that has been run.

    Returns:
        The bootstrap's settings and a row a variant, as a results file has them.
    """
    rows, counts = [], {}
    for variant in variants:
        part = partial.get(variant.name)
        if part is None:
            part = _run(variant, splits, threshold)
            partial.add(variant.name, part)
            say(f"{variant.name}: F1 {part['row']['average']['f1']:.2f} in {part['row']['seconds']:.0f} s")
        counts[variant.name] = {n: np.array(c, dtype=np.int64) for n, c in part["counts"].items()}
        row = {"name": variant.name, "settings": dict(variant.settings), **part["row"]}
        if variant.against is not None:
            row["against"] = variant.against
            row["difference"] = _difference(counts[variant.against], counts[variant.name])
        rows.append(row)
    return {"bootstrap": {"resamples": RESAMPLES, "level": LEVEL, "seed": SEED}, "variants": rows}


def _run(variant: Variant, splits: Sequence[Split], threshold: float | None) -> dict[str, Any]:
    ner = variant.extractor()
    measured = []
    for split in map(variant.split, splits):
        asked = variant.asked and variant.asked(split.corpus)
        measured.append((split, predict(ner, split, variant.view, threshold, asked=asked)))
    figures = run_figures(measured)
    corpora = [{k: v for k, v in row.items() if k not in LEFT_OUT} for row in figures["corpora"]]
    return {
        "row": {
            "threshold": ner.student.threshold if threshold is None else threshold,
            "seconds": figures["seconds"],
            "average": figures["average"],
            "corpora": corpora,
        },
        "counts": {s.corpus.name: sentence_counts(s.gold, p.scored).tolist() for s, p in measured},
    }


def _difference(a: Mapping[str, np.ndarray], b: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """B - A of the average, in points, with its interval and p-value."""
    average = compare(a, b)[-1]
    points = [round(100 * value, 2) for value in (average.b - average.a, average.low, average.high)]
    return {"f1": points[0], "interval": points[1:], "p": round(average.p, 4)}
