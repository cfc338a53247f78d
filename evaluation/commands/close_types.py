"""`close-types`: are types of close meaning told apart, and what does the index add?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from evaluation.commands.options import DATA, OUTPUT, STUDENT, VIEW, with_options
from evaluation.commands.running import conclude
from evaluation.results import provenance
from evaluation.student import Setup


@click.command("close-types")
@with_options(DATA, VIEW, STUDENT)
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="Sentences a pair.")
@with_options(OUTPUT)
def close_types(data: Path, view: str, student: str | None, limit: int, output: Path | None) -> None:
    """Typing accuracy on pairs of close types (evaluation/close_types.yaml), with the index and without."""
    from evaluation.close_types import run_close_types

    setup = Setup(student, view)
    ner = setup.load()
    results = {
        "kind": "close-types",
        "view": view,
        "limit": limit,
        "split": "dev",
        "protocol": "type of gold spans that are candidates; each pair asked alone; no rules",
        **run_close_types(ner, data, view, limit),
        **setup.facts(ner),
        **provenance(sys.argv[1:]),
    }
    conclude(results, output)
