"""What the commands that run a suite in several ways have in common."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from evaluation.commands.options import CORPUS, DATA, FILE, LIMIT, OUTPUT, STUDENT, THRESHOLD
from evaluation.partial import Partial
from evaluation.protocol import PROTOCOL
from evaluation.results import provenance, write_results
from evaluation.suite import Split, read_splits
from evaluation.suites import SUITES, read_suite
from evaluation.tables import render
from evaluation.variants import Variant, run_variants

SUITE = click.option("--suite", type=click.Choice(list(SUITES)), default="dev", show_default=True)
SPLIT = click.option("--split", type=click.Choice(["dev", "test"]), default="test", show_default=True)
RESUME = click.option("--resume", is_flag=True, help="Go on with what an interrupted run left beside --output.")
PLOTS = click.option("--plots", type=FILE, metavar="FOLDER", help="Also draw the results there (extra `plot`).")
COMMON = (DATA, STUDENT, THRESHOLD, CORPUS, LIMIT, SPLIT, OUTPUT, PLOTS)


def measured_splits(
    suite: str, *, data: Path, only: tuple[str, ...], limit: int | None, split: str
) -> tuple[list[Split], dict[str, Any]]:
    """The sentences that are run, and what a results file says of them.

    Raises:
        click.UsageError: a split that the suite does not score.
        CorpusError: a corpus that cannot be read.
    """
    chosen = SUITES[suite]
    if split not in chosen.splits:
        raise click.UsageError(f"suite {suite!r} is scored on {' or '.join(chosen.splits)}, not on {split!r}")
    splits = read_splits(read_suite(chosen, data, only=only), split, limit)
    facts = {
        "suite": suite,
        "size": chosen.size,
        "split": split,
        "protocol": PROTOCOL.format(else_class="left out"),
        "limit": limit,
        "corpora": [s.corpus.name for s in splits],
    }
    return splits, facts


def run_and_report(
    question: str,
    variants: Sequence[Variant],
    student: Mapping[str, Any],
    *,
    suite: str,
    threshold: float | None,
    output: Path | None,
    plots: Path | None,
    resume: bool,
    **which: Any,
) -> None:
    """Runs variants, writes and shows what they came to.

    Args:
        question: what the results file is of: "paraphrase", or an ablation's name.
        student: facts of the student that the variants share, if they share one.
        which: as `measured_splits` takes it.
    """
    check_plots(output, plots)
    splits, facts = measured_splits(suite, **which)
    facts = {"question": question, **facts, **student}
    partial = Partial(output, {**facts, "threshold": threshold}, resume=resume)
    results = {
        "kind": "variants",
        **facts,
        "threshold_origin": "student's default" if threshold is None else "given",
        **run_variants(variants, splits, threshold, partial, say),
        **provenance(sys.argv[1:]),
    }
    conclude(results, output, plots)
    partial.done()


def conclude(results: Mapping[str, Any], output: Path | None, plots: Path | None = None) -> None:
    """Writes the results file, draws it if asked to, and shows its table."""
    if output:
        write_results(output, results)
    click.echo(render([results]), nl=False)
    if plots and output:
        from evaluation.plots import draw

        for path in draw([output], plots):
            say(f"{path} drawn")


def check_plots(output: Path | None, plots: Path | None) -> None:
    """Raises click.UsageError where pictures are asked for without a results file to draw them of."""
    if plots and not output:
        raise click.UsageError("--plots goes with --output: a picture is drawn of a results file")


def say(line: str) -> None:
    """Progress, on standard error."""
    click.echo(line, err=True)
