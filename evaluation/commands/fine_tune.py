"""`fine-tune`: one student of every set that has training data, told which corpus it reads."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from evaluation.commands.options import DATA, FILE, VIEW
from evaluation.suites import SUITES


@click.command("fine-tune")
@DATA
@VIEW
@click.option("--folder", type=FILE, required=True, help="Where it is trained and kept, to be gone on with.")
@click.option("--config", type=FILE, required=True, help="Training settings (YAML).")
@click.option("--steps", type=click.IntRange(min=1), help="Optimiser steps, in place of the config's.")
@click.option("--training-limit", type=click.IntRange(min=1), help="Only the first sentences of a training corpus.")
@click.option("--calibration-limit", type=click.IntRange(min=1), help="Sentences a corpus to calibrate on; 100.")
def fine_tune(
    data: Path,
    view: str,
    folder: Path,
    config: Path,
    steps: int | None,
    training_limit: int | None,
    calibration_limit: int | None,
) -> None:
    """Trains one student with the corpus's name before every type, tunes it on the sets' dev splits, prints its folder
    (extra `train`). `supervised --conditioned --student FOLDER` measures it.
    """
    from evaluation.ablations.training import CALIBRATION, Recipe, conditioned_student
    from hybrid_ner.training.config import TrainConfig

    settings = TrainConfig.load(config)
    if steps is not None:
        settings = dataclasses.replace(settings, steps=steps)
    limits = training_limit, calibration_limit or CALIBRATION
    click.echo(conditioned_student(Recipe(settings, data, folder, *limits, SUITES["supervised"]), view))
