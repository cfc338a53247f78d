"""`proposals`: how many gold spans are among the likeliest mentions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from evaluation.commands.options import CORPUS, DATA, LIMIT, OUTPUT, STUDENT, with_options
from evaluation.commands.running import SPLIT, SUITE, conclude, measured_splits
from evaluation.results import provenance
from evaluation.student import Setup


@click.command()
@with_options(SUITE, DATA, STUDENT, CORPUS, LIMIT, SPLIT, OUTPUT)
def proposals(suite: str, student: str | None, output: Path | None, **which: Any) -> None:
    """Recall of gold spans among 1 to 10 candidates a gold span, ranked by the mention head; types are not asked."""
    from evaluation.proposals import measure_proposals

    setup = Setup(student)
    ner = setup.load()
    splits, facts = measured_splits(suite, **which)
    results = {
        "kind": "proposals",
        **facts,
        **setup.facts(ner),
        "protocol": "exact spans of any type, ranked over a corpus by the mention head's score",
        "corpora": measure_proposals(ner.student, splits),
        **provenance(sys.argv[1:]),
    }
    conclude(results, output)
