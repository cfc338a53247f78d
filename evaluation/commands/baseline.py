"""`baseline NAME`: systems that are trained and run here, to stand beside ours in the tables."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from evaluation import protocol
from evaluation.baselines import Baseline
from evaluation.commands.options import CORPUS, DATA, FILE, LIMIT, OUTPUT, PROTOCOL, VIEW, with_options
from evaluation.commands.running import conclude
from evaluation.results import provenance
from evaluation.suite import Threshold, fit_threshold, read_splits
from evaluation.suites import SUITES, read_suite

_CHOICE_LIMIT = 100  # sentences a corpus that GLiNER's threshold is fitted on

_COMMON = with_options(
    DATA,
    click.option("--suite", type=click.Choice(list(SUITES)), default="supervised", show_default=True),
    CORPUS,
    LIMIT,
    click.option("--training-limit", type=click.IntRange(min=1), help="Only the first sentences of a training split."),
    PROTOCOL,
    OUTPUT,
)


@click.group()
def baseline() -> None:
    """Train a baseline on each corpus's training split and score it on the test split."""


@baseline.command()
@_COMMON
def dictionary(**options: Any) -> None:
    """Every mention of the training split, as what it most often was there."""
    from evaluation.baselines.dictionary import Dictionary

    _run(Dictionary(), **options)


@baseline.command("entity-ruler")
@_COMMON
def entity_ruler(**options: Any) -> None:
    """spaCy's EntityRuler with the mentions of the training split as patterns (extra `spacy`)."""
    from evaluation.baselines.entity_ruler import EntityRulerBaseline

    _run(EntityRulerBaseline(), **options)


@baseline.command()
@_COMMON
@click.option("--encoder", default="all-MiniLM-L6-v2", show_default=True, help="Folder or name of the encoder.")
@click.option("--epochs", type=click.FloatRange(min=0, min_open=True), default=5.0, show_default=True)
@click.option("--seed", type=int, default=13, show_default=True)
def tagger(encoder: str, epochs: float, seed: int, **options: Any) -> None:
    """A token classifier with a BIO head, the encoder fine-tuned on each corpus (extra `train`)."""
    from evaluation.baselines.tagger import TokenClassifier

    _run(TokenClassifier(encoder=encoder, epochs=epochs, seed=seed), **options)


@baseline.command()
@with_options(DATA, VIEW)
@click.option("--folder", required=True, type=FILE, help="Where the model is trained and kept.")
@click.option(
    "--record",
    type=FILE,
    default="models/mini/record.json",
    show_default=True,
    help="The run to be compared with: its encoder, rows and rates.",
)
@click.option("--examples", type=click.IntRange(min=1), help="Rows to train on; default: as many as the run.")
@click.option("--training-limit", type=click.IntRange(min=1), help="Only the first sentences of a training corpus.")
@click.option("--suite", type=click.Choice(["dev", "zero-shot"]), default="zero-shot", show_default=True)
@with_options(CORPUS, LIMIT, PROTOCOL, OUTPUT)
def gliner(
    data: Path,
    view: str,
    folder: Path,
    record: Path,
    examples: int | None,
    training_limit: int | None,
    suite: str,
    only: tuple[str, ...],
    limit: int | None,
    protocols: tuple[str, ...],
    output: Path | None,
) -> None:
    """GLiNER's own library, trained on the rows of a run of ours; an environment of its own (see its requirements)."""
    from evaluation.baselines.gliner import trained
    from evaluation.baselines.gliner_rows import Recipe

    recipe = Recipe.of_record(record, examples, training_limit)
    model = trained(recipe, data, folder)
    choice = read_splits(read_suite(SUITES["dev"], data), protocol.CHOICE_SPLIT, limit or _CHOICE_LIMIT)
    threshold = Threshold(fit_threshold(model, choice, view)[0], "fitted on dev")
    corpora = read_suite(SUITES[suite], data, only=only)
    runs = protocol.single_run(
        model, corpora, view, split=protocol.REPORT_SPLIT, threshold=threshold, limit=limit, protocols=protocols
    )
    system = {"name": "GLiNER, trained here", "settings": {**recipe.shown(), "types asked by": view}}
    results = {
        **protocol.suite_results(SUITES[suite], corpora, view, limit, runs),
        "system": {**system, "sha256": model.facts()},
        **provenance(sys.argv[1:]),
    }
    conclude(results, output)


def _run(
    made: Baseline,
    *,
    data: Path,
    suite: str,
    only: tuple[str, ...],
    limit: int | None,
    training_limit: int | None,
    protocols: tuple[str, ...],
    output: Path | None,
) -> None:
    from evaluation.baselines.run import baseline_results

    found = baseline_results(
        made, SUITES[suite], data, only=only, limit=limit, training_limit=training_limit, protocols=protocols
    )
    results = {**found, **provenance(sys.argv[1:])}
    conclude(results, output)
