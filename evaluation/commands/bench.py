"""`bench`: speed, start-up time and memory."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from evaluation.commands.options import OUTPUT, STUDENT, with_options
from evaluation.commands.running import conclude
from evaluation.results import provenance


@click.command()
@with_options(STUDENT)
@click.option("--threads", type=click.IntRange(min=1), default=2, show_default=True, help="CPUs, for all alike.")
@click.option("--quick", is_flag=True, help="Tiny sizes, to see that it works; no figures to publish.")
@click.option("--no-gliner", is_flag=True, help="Measure ours only.")
@with_options(OUTPUT)
def bench(student: str | None, threads: int, quick: bool, no_gliner: bool, output: Path | None) -> None:
    """Speed beside the gliner package, start-up time and memory."""
    from evaluation.bench.run import run_bench

    measured = run_bench(student, threads=threads, quick=quick, gliner=not no_gliner)
    source = provenance(sys.argv[1:])
    results = {**measured, **source, "machine": {**source["machine"], "threads": threads}}
    conclude(results, output)
