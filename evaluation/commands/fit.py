"""`calibrate`: what a student's folder leaves open after training."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from evaluation.commands.options import CONDITIONED, DATA, OUTPUT, with_options
from evaluation.results import provenance, write_results
from evaluation.suites import SUITES

_CHOSEN_ON = [suite.name for suite in SUITES.values() if "dev" in suite.splits]


@click.command()
@click.argument("student", metavar="FOLDER")
@with_options(DATA)
@click.option("--limit", type=click.IntRange(min=1), default=300, show_default=True, help="Sentences a corpus.")
@click.option("--suite", type=click.Choice(_CHOSEN_ON), default="dev", show_default=True, help="Whose dev splits.")
@CONDITIONED
@click.option("--no-look", is_flag=True, help="Without a second look at close types, which costs a fourth of the time.")
@with_options(OUTPUT)
def calibrate(
    student: str, data: Path, limit: int, suite: str, conditioned: bool, no_look: bool, output: Path | None
) -> None:
    """Fit a student's gate, calibration and threshold on a suite's dev splits; writes its config.json."""
    from evaluation.ablations.conditioning import conditioned as name_corpora
    from evaluation.calibrate import VIEW
    from evaluation.calibrate import calibrate as fit

    asked = (lambda corpus: name_corpora(corpus, VIEW)) if conditioned else None
    fitted = fit(student, data, limit, [suite], asked, not no_look)
    chosen = {"kind": "calibration", "suites": [suite], "limit": limit, **fitted}
    click.echo("\n".join(f"{name}: {value}" for name, value in chosen.items()))
    if output is not None:
        write_results(output, {**chosen, **provenance(sys.argv[1:])})
