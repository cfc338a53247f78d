"""`hybrid-ner fit`: a rule pack learned from labelled sentences."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hybrid_ner.batch import Job
from hybrid_ner.cli.extract import load_extractor
from hybrid_ner.cli.gold import READER, read_labelled, with_options
from hybrid_ner.errors import UsageError
from hybrid_ner.typefile import load_types

if TYPE_CHECKING:
    from hybrid_ner.fitting import Fitted


@click.command("fit", short_help="Learn a rule pack from labelled sentences.")
@click.argument("gold_path", metavar="GOLD")
@click.option("--types", "types_spec", required=True, metavar="TYPES", help="Names (person,city) or a YAML/JSON file.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Pack to write.")
@with_options(READER)
@click.option("--rules", multiple=True, metavar="PACK", help="Pack it will be used beside; default the default pack.")
@click.option("--no-rules", is_flag=True, help="It will be used alone.")
@click.option("--no-index", is_flag=True, help="It will be used without the index of definitions.")
@click.option("--student", metavar="NAME_OR_PATH", help="Default: the embedded student.")
@click.option("--note", "notes", multiple=True, metavar="TEXT", help="A line for the pack's header; repeatable.")
@click.option(
    "--no-quotes", is_flag=True, help="List no mentions of GOLD in the pack, for data that may not be shared."
)
def fit_command(
    gold_path: str,
    types_spec: str,
    output: Path,
    rules: tuple[str, ...],
    no_rules: bool,
    no_index: bool,
    student: str | None,
    notes: tuple[str, ...],
    no_quotes: bool,
    **options: Any,
) -> None:
    """Learn a rule pack from GOLD, labelled sentences of your own (20 or more), in any format that `evaluate` reads.

    A rule is kept if sentences that it was not learned from are better read with it, by more than chance would
    give. The pack is used beside the default one: `hybrid-ner extract ... --rules default --rules PACK`. It is an
    ordinary pack, to be read and edited.

    Exit codes: 0 written; 2 bad arguments, types, gold data or rules.
    """
    from hybrid_ner.fitting import fit, pack_text
    from hybrid_ner.fitting.packfile import pack_name

    if rules and no_rules:
        raise UsageError(f"--rules {rules[0]} and --no-rules contradict each other; give one of them")
    if not output.parent.is_dir():
        raise UsageError(f"--output {output}: there is no folder {output.parent}; create it first")
    types = load_types(types_spec)
    gold = read_labelled(gold_path, types, options)
    packs = () if no_rules else rules or None
    ner = load_extractor(Job(types=types, student=student, rules=packs, use_index=not no_index))
    fitted = fit(ner, gold, types, quote=not no_quotes)
    text = pack_text(fitted, pack_name(output.stem), source=Path(gold_path).name, notes=notes)
    output.write_text(text, encoding="utf-8")
    beside = "".join(f"--rules {pack.name} " for pack in ner.rules.packs)
    for line in _report(fitted, output):
        click.echo(line, err=True)
    click.echo(f"use it with: {beside}--rules {output}", err=True)


def _report(fitted: Fitted, output: Path) -> list[str]:
    lines = [
        f"{output}: {len(fitted.specs)} of {fitted.tried} rules held, from {fitted.sentences} sentences; "
        f"F1 on held-out sentences {fitted.before:.1f} -> {fitted.after:.1f}"
    ]
    if fitted.rare:
        named = ", ".join(f"{name} ({fitted.mentions[name]})" for name in fitted.rare)
        lines.append(f"warning: too few mentions to fit a threshold of their own: {named}; label more of them")
    if not fitted.specs:
        lines.append("nothing learned held: the pack is empty; label more sentences")
    return lines
