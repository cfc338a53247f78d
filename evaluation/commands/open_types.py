"""`open-types`: the teacher's labels that were held back, each passage with its own types."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from evaluation.commands.options import DATA, OUTPUT, STUDENT, with_options
from evaluation.commands.running import conclude
from evaluation.results import provenance
from evaluation.student import Setup
from hybrid_ner.training.labels import HELD


@click.command("open-types")
@with_options(DATA, STUDENT, OUTPUT)
@click.option(
    "--texts",
    type=click.Choice(tuple(HELD)),
    default="passages",
    show_default=True,
    help="Passages of the corpora, or written documents of offices and trades.",
)
def open_types(data: Path, student: str | None, output: Path | None, texts: str) -> None:
    """F1 on held-back texts of labels/, each asked for its own types; for choosing weights, beside `dev`."""
    from evaluation.open_types import DISTRACTORS, SEED, measure_open_types, read_passages

    setup = Setup(student, "name")
    ner = setup.load()
    passages = read_passages(data, kind=texts)
    results = {
        "kind": "open-types",
        "protocol": "strict micro-F1; every passage asked by name for its own types and some others",
        "texts": texts,
        "passages": len(passages),
        "mentions": sum(len(passage.gold) for passage in passages),
        "distractors": DISTRACTORS,
        "own_threshold": ner.student.threshold,
        "rows": measure_open_types(ner, passages),
        **setup.facts(ner),
        **provenance(sys.argv[1:]),
        "seed": SEED,
    }
    conclude(results, output)
