"""`python -m evaluation ...`: the program."""

from __future__ import annotations

import sys

import click

from evaluation.commands import COMMANDS
from hybrid_ner.errors import HybridNERError


@click.group(
    commands=list(COMMANDS), context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
def cli() -> None:
    """Measures an extractor, and makes tables and plots of results files."""


def main() -> None:
    """The program; an error made on purpose is one line and exit code 2."""
    try:
        cli(prog_name="python -m evaluation")
    except HybridNERError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
