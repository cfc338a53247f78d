"""`hybrid-ner export`: a training run as a student folder."""

from __future__ import annotations

from pathlib import Path

import click

from hybrid_ner.errors import MissingExtraError


@click.command("export", short_help="Make a usable student of a training run.")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--precision", type=click.Choice(["int8", "fp32"]), default="int8", show_default=True)
def export_command(run: Path, output: Path, precision: str) -> None:
    """Export RUN to ONNX at OUTPUT, for `--student OUTPUT`.

    Refused, with nothing written, when the exported student's spans differ from PyTorch's on a fixed set of texts
    beyond the tolerance of the precision.
    """
    try:
        from hybrid_ner.training.export import export_student
    except ImportError as error:
        raise MissingExtraError(error.name or "torch", "train", "exporting") from error
    export_student(run, output, precision=precision)
    click.echo(f"exported {precision}: {output}")
