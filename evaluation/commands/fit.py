"""`calibrate`: what a student's folder leaves open after training."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from evaluation.commands.options import DATA, OUTPUT, with_options
from evaluation.results import provenance, write_results
from evaluation.suites import SUITES

_CHOOSING = [name for name, suite in SUITES.items() if suite.may_choose]


@click.command()
@click.argument("student", metavar="FOLDER")
@with_options(DATA)
@click.option(
    "--suite",
    "suites",
    type=click.Choice(_CHOOSING),
    multiple=True,
    default=("dev",),
    show_default=True,
    help="Whose dev splits; repeatable.",
)
@click.option("--limit", type=click.IntRange(min=1), default=300, show_default=True, help="Sentences a corpus.")
@with_options(OUTPUT)
def calibrate(student: str, data: Path, suites: tuple[str, ...], limit: int, output: Path | None) -> None:
    """Fit a student's gate, calibration and threshold on dev splits; writes its config.json."""
    from evaluation.calibrate import calibrate as fit

    chosen = {"kind": "calibration", "suites": list(suites), "limit": limit, **fit(student, data, limit, suites)}
    click.echo("\n".join(f"{name}: {value}" for name, value in chosen.items()))
    if output is not None:
        write_results(output, {**chosen, **provenance(sys.argv[1:])})
