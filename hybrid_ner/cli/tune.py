"""`hybrid-ner tune`: a generative student from conversations."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from hybrid_ner.errors import MissingExtraError


@click.command("tune", short_help="Fine-tune a language model on conversations.")
@click.option("--config", "config_path", required=True, type=click.Path(path_type=Path), help="YAML.")
@click.option(
    "--data", required=True, type=click.Path(path_type=Path), help="Conversations, of `hybrid-ner conversations`."
)
@click.option("--output", required=True, type=click.Path(path_type=Path), help="Folder of run and checkpoint.")
@click.option("--resume", is_flag=True, help="Go on from the run's last checkpoint.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option("--quiet", "-q", is_flag=True, help="Say only how it ended.")
def tune_command(config_path: Path, data: Path, output: Path, resume: bool, device: str, quiet: bool) -> None:
    """Fine-tune a causal language model; the folder it leaves is a --student.

    Several GPUs: accelerate launch -m hybrid_ner tune --device cuda ...
    """
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    logging.getLogger("hybrid_ner").setLevel(logging.WARNING if quiet else logging.INFO)
    try:
        from hybrid_ner.generative.tune import tune
    except ImportError as error:
        raise MissingExtraError(error.name or "transformers", "llm", "tuning") from error
    from hybrid_ner.generative.config import TuneConfig

    tune(TuneConfig.load(config_path), data, output, device=device, resume=resume)
    click.echo(f"tuned: {output}; next: hybrid-ner extract INPUT --types TYPES --student {output}")
