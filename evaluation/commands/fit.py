"""`calibrate`: what a student's folder leaves open after training."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from evaluation.commands.options import DATA, OUTPUT, with_options
from evaluation.results import provenance, write_results


@click.command()
@click.argument("student", metavar="FOLDER")
@with_options(DATA)
@click.option("--limit", type=click.IntRange(min=1), default=300, show_default=True, help="Sentences a corpus.")
@with_options(OUTPUT)
def calibrate(student: str, data: Path, limit: int, output: Path | None) -> None:
    """Fit a student's gate, calibration and threshold on the dev suite's dev splits; writes its config.json."""
    from evaluation.calibrate import calibrate as fit

    chosen = {"kind": "calibration", "limit": limit, **fit(student, data, limit)}
    click.echo("\n".join(f"{name}: {value}" for name, value in chosen.items()))
    if output is not None:
        write_results(output, {**chosen, **provenance(sys.argv[1:])})
