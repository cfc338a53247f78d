"""`hybrid-ner conversations`: labelled passages into conversations for `hybrid-ner tune`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hybrid_ner.conversations.negatives import STRATEGIES
from hybrid_ner.conversations.template import DEFAULT

if TYPE_CHECKING:
    from hybrid_ner.conversations.labelled import LabelledPassage


@click.command("conversations", short_help="Turn labelled passages into conversations for `tune`.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--output", required=True, type=click.Path(path_type=Path), help="JSONL file to write.")
@click.option("--template", "template_name", default=DEFAULT, show_default=True, metavar="NAME_OR_YAML")
@click.option("--sampling", type=click.Choice(STRATEGIES), default="frequency", show_default=True)
@click.option("--negatives", type=click.IntRange(min=0), default=4, show_default=True, help="Absent types a passage.")
@click.option(
    "--questions", type=click.IntRange(min=0), default=0, show_default=True, help="A conversation; 0 for all in one."
)
@click.option("--types", "types_spec", metavar="TYPES", help="YAML/JSON file with definitions of the labels.")
@click.option("--split", default="train", show_default=True, help="Of folders.")
@click.option("--student", metavar="NAME_OR_PATH", help="Whose type vectors say which types are nearest.")
@click.option("--seed", type=int, default=13, show_default=True)
def conversations_command(
    inputs: tuple[str, ...],
    output: Path,
    template_name: str,
    sampling: str,
    negatives: int,
    questions: int,
    types_spec: str | None,
    split: str,
    student: str | None,
    seed: int,
) -> None:
    """Turn labelled passages into conversations: a passage, questions about types, JSON lists as answers.

    INPUT is a JSONL file (.gz too) of {"text", "entities": [{"start", "end", "type"}]}, or a corpus' folder with
    manifest.yaml. The same inputs and seed give the same bytes; OUTPUT appears when it is whole.
    """
    from hybrid_ner.conversations.build import Recipe, conversations, new_counter
    from hybrid_ner.conversations.negatives import Negatives
    from hybrid_ner.conversations.template import load_template
    from hybrid_ner.students.registry import type_encoder

    template, recipe = load_template(template_name), Recipe(negatives, questions, seed)
    read = _reader(inputs, split, types_spec)
    encoder = type_encoder(student) if sampling == "nearest" else None
    counter, count = new_counter()
    draws = Negatives(read(), sampling, encoder=encoder)
    unfinished = output.with_name(output.name + ".unfinished")
    with unfinished.open("w", encoding="utf-8") as lines:
        for record in conversations(read(), template, draws, recipe, count=count):
            lines.write(json.dumps(record, ensure_ascii=False) + "\n")
    os.replace(unfinished, output)
    said = ", ".join(f"{number:,} {name}" for name, number in counter.items())
    click.echo(f"{output}: {said or 'no passages'}; {len(draws.frequency):,} types; template {template.name}")


def _reader(inputs: tuple[str, ...], split: str, types_spec: str | None) -> Callable[[], Iterator[LabelledPassage]]:
    """Reads all inputs anew at every call: once for their types, once for their text."""
    from hybrid_ner.conversations.labelled import read_labelled
    from hybrid_ner.typefile import load_types

    types = load_types(types_spec) if types_spec else None

    def read() -> Iterator[LabelledPassage]:
        for path in inputs:
            yield from read_labelled(path, split=split, types=types)

    return read
