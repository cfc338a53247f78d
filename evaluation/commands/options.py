"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from evaluation.protocols import PROTOCOLS
from evaluation.suite import VIEWS
from hybrid_ner.borrowing import POLICIES
from hybrid_ner.students.views import COMBINE

FILE = click.Path(path_type=Path)
Option = Callable[[Callable], Callable]

DATA = click.option(
    "--data",
    required=True,
    envvar="HYBRID_NER_DATA",
    type=FILE,
    help="The corpora folder, with catalog.yaml (or the variable HYBRID_NER_DATA).",
)
VIEW = click.option(
    "--view", type=click.Choice(list(VIEWS)), default="both", show_default=True, help="How types are asked."
)
STUDENT = click.option("--student", metavar="NAME_OR_PATH", help="Default: the embedded student.")
THRESHOLD = click.option("--threshold", type=click.FloatRange(0, 1), help="Default: the student's.")
CONDITIONED = click.option(
    "--conditioned", is_flag=True, help="With the corpus's name before every type, for students trained that way."
)
CORPUS = click.option("--corpus", "only", multiple=True, metavar="NAME", help="Only this corpus; repeatable.")
LIMIT = click.option("--limit", type=click.IntRange(min=1), help="Only the first sentences of every corpus.")
OUTPUT = click.option("--output", type=FILE, help="Results file (JSON) to write.")
PROTOCOL = click.option(
    "--protocol",
    "protocols",
    multiple=True,
    type=click.Choice(list(PROTOCOLS)),
    help="Also score by this protocol; repeatable.",
)

SUITE: tuple[Option, ...] = (
    DATA,
    VIEW,
    THRESHOLD,
    STUDENT,
    click.option("--no-rules", is_flag=True, help="Without rules."),
    click.option("--no-index", is_flag=True, help="Without the index of definitions."),
    click.option(
        "--borrow",
        type=click.Choice(POLICIES),
        default="no",
        show_default=True,
        help="Lend definitions of the type library to types without one (goes with --view name).",
    ),
    click.option(
        "--combine",
        type=click.Choice(COMBINE),
        default=COMBINE[0],
        show_default=True,
        help="How the views of a type become one score.",
    ),
    CORPUS,
    LIMIT,
    click.option("--keep-else", is_flag=True, help='Ask for the "else" class too (the published protocol does not).'),
    click.option(
        "--proposals", is_flag=True, help="Also the candidates' recall and typing accuracy on gold spans (slower)."
    ),
    PROTOCOL,
    click.option("--counts", type=FILE, help="Where to write counts a sentence, for `compare`."),
    click.option("--errors", type=FILE, help="Where to write an analysis of the errors (JSON; ids and offsets)."),
    click.option("--examples", is_flag=True, help="With --errors: sentences and mentions as well."),
    OUTPUT,
)


def with_options(*options: Option) -> Callable[[Callable], Callable[..., Any]]:
    """Gives a command the options, in this order."""

    def add(command: Callable) -> Callable:
        for option in reversed(options):
            command = option(command)
        return command

    return add
