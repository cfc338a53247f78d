"""The options of commands that read labelled data, and reading it as they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from hybrid_ner.errors import UsageError
from hybrid_ner.formats.gold import GOLD_FORMATS, read_gold
from hybrid_ner.formats.gold.brat import DISCONTINUOUS
from hybrid_ner.formats.gold.tags import SCHEMES
from hybrid_ner.schema import Document, TypeSet

_FORMATTED = ("column", "token_column", "scheme", "discontinuous", "spans_key")
READER = (
    click.option("--gold-format", type=click.Choice(GOLD_FORMATS), help="Default: told from GOLD itself."),
    click.option("--map", "mapped", multiple=True, metavar="RAW=NAME", help="Type of a label; RAW= leaves it out."),
    click.option("--column", type=int, help="conll: column of the tags, from 1, or from the end; default -1."),
    click.option("--token-column", type=int, help="conll: column of the tokens; default 1."),
    click.option("--scheme", type=click.Choice(list(SCHEMES)), help="conll: default bioes where it shows, else bio."),
    click.option("--discontinuous", type=click.Choice(DISCONTINUOUS), help="brat: default error."),
    click.option("--spans-key", metavar="KEY", help="docbin: a key of doc.spans, or ents."),
)


def with_options(options: tuple[Callable, ...]) -> Callable:
    """A decorator that adds options to a command."""

    def add(command: Callable) -> Callable:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def read_labelled(path: str, types: TypeSet, options: dict[str, Any]) -> list[Document]:
    """The documents of GOLD, read as the options of `READER` say; those are taken out of `options`.

    Raises:
        GoldError, UsageError: as `read_gold`, and a --map that is not RAW=NAME.
    """
    form, mapped = options.pop("gold_format"), options.pop("mapped")
    given = {name: options.pop(name) for name in _FORMATTED}
    chosen = {name: value for name, value in given.items() if value is not None}
    return list(read_gold(path, form, types=types, mapping=_mapping(mapped), **chosen))


def _mapping(mapped: tuple[str, ...]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for item in mapped:
        raw, separator, name = item.partition("=")
        if not separator or not raw:
            raise UsageError(f"--map {item!r}: expected RAW=NAME, or RAW= to leave the label's spans out")
        if mapping.setdefault(raw, name.strip()) != name.strip():
            raise UsageError(f"--map says twice what {raw!r} is: {mapping[raw]!r} and {name.strip()!r}")
    return mapping
