"""`ablate QUESTION`: what each part is worth, a command a question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evaluation.commands.options import FILE, VIEW, with_options
from evaluation.commands.running import COMMON, RESUME, SUITE, run_and_report
from evaluation.student import Setup
from evaluation.suites import SUITES

_RUN = with_options(VIEW, SUITE, *COMMON, RESUME)
_TRAINING = with_options(
    click.option("--folder", type=FILE, help="Where the students are trained and kept, to be gone on with."),
    click.option("--config", type=FILE, help="Training settings (YAML) that they share."),
    click.option("--steps", type=click.IntRange(min=1), help="Optimiser steps, in place of the config's."),
    click.option("--training-limit", type=click.IntRange(min=1), help="Only the first sentences of a training corpus."),
    click.option("--calibration-limit", type=click.IntRange(min=1), help="Sentences a corpus to calibrate on; 100."),
)
_SETTINGS = ("config", "steps", "training_limit", "calibration_limit")


@click.group()
def ablate() -> None:
    """What each part is worth, measured by changing or leaving out nothing else."""


@ablate.command()
@_RUN
def stages(student: str | None, view: str, **options: Any) -> None:
    """Index, rules and consolidation: added one by one, and each left out in turn."""
    from evaluation.ablations.stages import variants

    setup = Setup(student, view)
    ner, by_definition = setup.load(), Setup(student, "definition").load()
    run_and_report("stages", variants(ner, view, by_definition), {**setup.facts(ner), "view": view}, **options)


@ablate.command()
@with_options(SUITE, *COMMON, RESUME)
def types(student: str | None, **options: Any) -> None:
    """Types asked by name, by definition, and by both."""
    from evaluation.ablations.types import variants

    setup = Setup(student)
    run_and_report("types", variants(setup), setup.facts(setup.load()), **options)


@ablate.command()
@_RUN
def segments(student: str | None, view: str, **options: Any) -> None:
    """All types in one call, in segments of close types, or one at a time."""
    from evaluation.ablations.segments import variants

    setup = Setup(student, view)
    ner = setup.load()
    run_and_report("segments", variants(ner, view), {**setup.facts(ner), "view": view}, **options)


@ablate.command()
@_RUN
@_TRAINING
def conditioning(student: str | None, view: str, folder: Path | None, **options: Any) -> None:
    """The corpus's name before every type; with --folder, of two students trained without and with it."""
    from evaluation.ablations.conditioning import variants

    setup = Setup(student, view)
    training = {name: options.pop(name) for name in _SETTINGS}
    if folder is not None:
        _train("conditioning", setup, folder, training, options)
        return
    for name, value in training.items():
        if value is not None:
            raise click.UsageError(f"--{name.replace('_', '-')} goes with --folder, where the students are trained")
    ner = setup.load()
    run_and_report("conditioning", variants(ner, view), {**setup.facts(ner), "view": view}, **options)


@ablate.command()
@_RUN
@_TRAINING
def negatives(student: str | None, view: str, folder: Path | None, **options: Any) -> None:
    """How negative types are sampled in training: a student is trained for every way (extra `train`)."""
    if folder is None:
        raise click.UsageError("a student is trained for every way; --folder FOLDER says where they are kept")
    training = {name: options.pop(name) for name in _SETTINGS}
    _train("negatives", Setup(student, view), folder, training, options)


def _train(question: str, setup: Setup, folder: Path, settings: dict[str, Any], options: dict[str, Any]) -> None:
    if setup.student is not None:
        raise click.UsageError("--student does not go with --folder: the students are trained there")
    import dataclasses

    from evaluation.ablations import training
    from hybrid_ner.training.config import TrainConfig

    config = TrainConfig.load(settings["config"]) if settings["config"] else TrainConfig()
    if settings["steps"] is not None:
        config = dataclasses.replace(config, steps=settings["steps"])
    limits = settings["training_limit"], settings["calibration_limit"] or training.CALIBRATION
    # Students are tuned on the suite they are measured on where it may be chosen on, else on the dev suite.
    measured = SUITES[options["suite"]]
    choice = measured if "dev" in measured.splits else SUITES["dev"]
    recipe = training.Recipe(config, options["data"], folder, *limits, choice)
    variants = {"negatives": training.negatives, "conditioning": training.conditioning}[question](recipe, setup)
    shared = {"student": {"name": "trained a variant", "precision": "fp32", "sha256": {}}, "view": setup.view}
    run_and_report(question, variants, {**shared, "training": dataclasses.asdict(config)}, **options)
