"""`hybrid-ner average`: one student of several runs."""

from __future__ import annotations

from pathlib import Path

import click

from hybrid_ner.errors import MissingExtraError


@click.command("average", short_help="Average the weights of runs.")
@click.argument("members", nargs=-1, required=True, metavar="RUN RUN...", type=click.Path(path_type=Path))
@click.option("--share", "shares", multiple=True, type=float, help="How much a run counts; one for each, all alike.")
@click.option("--output", "-o", required=True, type=click.Path(path_type=Path), help="Folder of the average.")
def average_command(members: tuple[Path, ...], shares: tuple[float, ...], output: Path) -> None:
    """Average the weights of runs that started from the same student; exported students count as runs.

    The output is a run's folder for `hybrid-ner export`, with the record of the first.
    """
    try:
        from hybrid_ner.training.average import average
    except ImportError as error:
        raise MissingExtraError(error.name or "torch", "train", "averaging") from error
    average(members, shares or [1.0] * len(members), output)
    click.echo(f"averaged: {output}; next: hybrid-ner export {output} STUDENT_FOLDER")
