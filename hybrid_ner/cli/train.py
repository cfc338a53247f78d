"""`hybrid-ner train`: a student from labelled corpora."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from hybrid_ner.errors import MissingExtraError


@click.command("train", short_help="Train a student on labelled corpora.")
@click.option(
    "--config", "config_path", type=click.Path(path_type=Path), help="YAML; default settings without it."
)
@click.option(
    "--data", required=True, type=click.Path(path_type=Path), help="Folder of corpora with catalog.yaml."
)
@click.option("--output", required=True, type=click.Path(path_type=Path), help="Folder of the run.")
@click.option("--resume", is_flag=True, help="Go on from the run's last checkpoint.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option(
    "--workers", type=click.IntRange(min=0), default=0, show_default=True, help="Processes that prepare batches."
)
@click.option("--limit", type=click.IntRange(min=1), help="Sentences a corpus, to try things out.")
@click.option("--quiet", "-q", is_flag=True, help="No progress bar.")
def train_command(
    config_path: Path | None,
    data: Path,
    output: Path,
    resume: bool,
    device: str,
    workers: int,
    limit: int | None,
    quiet: bool,
) -> None:
    """Train a two-tower student; `hybrid-ner export` makes of the run a student that can be used.

    The run's folder gets checkpoints, log.jsonl, the weights and record.json. The same config, data and number of
    threads give the same weights; --resume after an interruption too.
    """
    logging.basicConfig(format="%(message)s", level=logging.WARNING if quiet else logging.INFO)
    try:
        from hybrid_ner.training.train import train
    except ImportError as error:
        raise MissingExtraError(error.name or "torch", "train", "training") from error
    from hybrid_ner.training.config import TrainConfig

    config = TrainConfig.load(config_path) if config_path else TrainConfig()
    train(config, data, output, device=device, resume=resume, limit=limit, workers=workers, progress=not quiet)
    click.echo(f"trained: {output}; next: hybrid-ner export {output} STUDENT_FOLDER")
