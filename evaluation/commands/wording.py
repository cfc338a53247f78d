"""`paraphrase` and `labels`: the dev suite's types in other words, and among many others."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from evaluation.commands.options import with_options
from evaluation.commands.running import (
    COMMON,
    RESUME,
    SUITE,
    check_plots,
    conclude,
    measured_splits,
    run_and_report,
    say,
)
from evaluation.results import provenance
from evaluation.student import Setup


@click.command()
@with_options(*COMMON, RESUME)
def paraphrase(student: str | None, **options: Any) -> None:
    """How much F1 moves when the dev suite's types are put in other words."""
    from evaluation.paraphrase import variants

    setup = Setup(student)
    ner = setup.load()
    run_and_report("paraphrase", variants(lambda: ner), setup.facts(ner), suite="dev", **options)


@click.command()
@with_options(SUITE, *COMMON)
def labels(
    student: str | None, suite: str, threshold: float | None, output: Path | None, plots: Path | None, **which: Any
) -> None:
    """F1 and words a second at 1, 8, 32, 128 and 512 types, a corpus's own among distractors."""
    from evaluation.labels import POINTS, SEED, measure_labels

    check_plots(output, plots)
    setup = Setup(student, "name")
    ner = setup.load()
    splits, facts = measured_splits(suite, **which)
    results = {
        "kind": "labels",
        **facts,
        **setup.facts(ner),
        "threshold": ner.student.threshold if threshold is None else threshold,
        "points": measure_labels(ner, splits, threshold, POINTS, say),
        **provenance(sys.argv[1:]),
        "seed": SEED,
    }
    conclude(results, output, plots)
