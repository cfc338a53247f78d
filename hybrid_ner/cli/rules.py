"""`hybrid-ner rules`: what rules do on labelled data, what a changed pack would change, and what contradicts what."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from hybrid_ner.batch import Job
from hybrid_ner.cli.extract import EXIT_SOME_FAILED, load_extractor
from hybrid_ner.cli.gold import READER, read_labelled, with_options
from hybrid_ner.typefile import load_types

if TYPE_CHECKING:
    from hybrid_ner.analysis.diff import Change
    from hybrid_ner.analysis.report import Report, RuleFigures

_TYPES = click.option("--types", "types_spec", required=True, metavar="TYPES", help="Names, or a YAML/JSON file.")
_FORM = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
_COMMON = (
    click.option("--no-index", is_flag=True, help="Without the index of definitions."),
    click.option("--student", metavar="NAME_OR_PATH", help="Default: the embedded student."),
    click.option("--threshold", type=click.FloatRange(0, 1), help="Default: the student's."),
)
_MOST_PAIRS = 10


@click.group("rules", short_help="Report on rule packs, compare and check them.")
def rules_command() -> None:
    """Report on rule packs, compare and check them."""


@rules_command.command("report")
@click.argument("gold_path", metavar="GOLD")
@_TYPES
@click.option("--rules", multiple=True, metavar="PACK", help="Pack instead of the default; repeatable.")
@with_options(_COMMON)
@with_options(READER)
@_FORM
def report_command(
    gold_path: str, types_spec: str, rules: tuple[str, ...], no_index: bool, student: str | None,
    threshold: float | None, form: str, **options: Any,
) -> None:  # fmt: skip
    """What every rule does on GOLD, labelled data in any format of `evaluate`.

    For each rule: on how many candidates and documents it acts, the share of its changes that is right, and the points
    of F1 that are lost without it; then rules that did nothing, and pairs that meet or oppose one another.
    """
    from hybrid_ner.analysis.report import report
    from hybrid_ner.evaluate import has_overlaps

    types = load_types(types_spec)
    gold = read_labelled(gold_path, types, options)
    ner = load_extractor(Job(types=types, student=student, rules=rules or None, use_index=not no_index))
    overlap = "nested" if has_overlaps(gold) else "flat"
    made = report(ner, gold, types, threshold=threshold, overlap=overlap)
    click.echo(json.dumps(dataclasses.asdict(made), indent=2) if form == "json" else "\n".join(_report_text(made)))


@rules_command.command("diff")
@click.argument("old")
@click.argument("new")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@_TYPES
@click.option(
    "--rules", multiple=True, metavar="PACK", help="Pack used beside both, instead of the default; repeatable."
)
@with_options(_COMMON)
@click.option("--overlap", type=click.Choice(["flat", "nested", "all"]), default="flat", show_default=True)
@_FORM
@click.pass_context
def diff_command(
    ctx: click.Context, old: str, new: str, inputs: tuple[str, ...], types_spec: str, rules: tuple[str, ...],
    no_index: bool, student: str | None, threshold: float | None, overlap: str, form: str,
) -> None:  # fmt: skip
    """What the entities of INPUT would be with pack NEW in place of pack OLD; nothing is written.

    Exit codes: 0 done; 2 bad arguments; 3 some documents could not be read.
    """
    from hybrid_ner.analysis.diff import diff
    from hybrid_ner.extractor import DEFAULT_RULES
    from hybrid_ner.formats.reading import read_inputs
    from hybrid_ner.rules import load_pack, load_packs

    types = load_types(types_spec)
    replaced = {load_pack(pack).name for pack in (old, new)}
    beside = [pack for pack in rules or DEFAULT_RULES if load_pack(pack).name not in replaced]
    engines = [load_packs([*beside, pack]) for pack in (old, new)]
    ner = load_extractor(Job(types=types, student=student, rules=(), use_index=not no_index))
    totals: Counter[str] = Counter()
    for document, changes in diff(ner, *engines, read_inputs(inputs), types, threshold=threshold, overlap=overlap):
        totals["documents"] += 1
        totals["failed"] += document.error is not None
        totals["changed"] += bool(changes)
        totals.update(change.kind for change in changes)
        for change in changes:
            click.echo(json.dumps(dataclasses.asdict(change), ensure_ascii=False) if form == "json" else _line(change))
    said = ", ".join(f"{totals[kind]} {kind}" for kind in ("added", "removed", "type", "boundary"))
    failed = f"; {totals['failed']} could not be read" if totals["failed"] else ""
    click.echo(f"{totals['changed']} of {totals['documents']} documents change: {said}{failed}", err=form == "json")
    ctx.exit(EXIT_SOME_FAILED if totals["failed"] else 0)


@rules_command.command("lint")
@click.argument("packs", nargs=-1, required=True, metavar="PACK...")
@_FORM
@click.option("--strict", is_flag=True, help="Exit with 1 when there are findings.")
def lint_command(packs: tuple[str, ...], form: str, strict: bool) -> None:
    """Check packs that are used together: contradictions, doubles, rules that cannot act."""
    from hybrid_ner.analysis.lint import lint_packs
    from hybrid_ner.rules import load_packs

    findings = lint_packs(load_packs(packs).packs)
    if form == "json":
        click.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding.kind}: {', '.join(finding.rules)}: {finding.message}")
        click.echo(f"{len(findings)} finding{'' if len(findings) == 1 else 's'} in {', '.join(packs)}")
    if strict and findings:
        raise SystemExit(1)


def _report_text(made: Report) -> list[str]:
    acting = sorted((r for r in made.rules if r.status == "acts"), key=lambda r: (-r.gain, r.label))
    width = max((len(rule.label) for rule in acting), default=4)
    share = 100 * made.touched / max(1, made.candidates)
    lines = [
        f"{made.documents} documents, F1 {made.f1:.2f}; rules acted on {made.touched} of {made.candidates} candidates "
        f"({share:.0f} %)",
        "",
        f"{'rule':{width}}  kind       candidates  documents  right  wrong  accuracy   gain",
        *(_row(rule, width) for rule in acting),
    ]
    for status, text in (("dead", "did nothing"), ("skipped", "for types that are not asked")):
        labels = [rule.label for rule in made.rules if rule.status == status]
        if labels:
            lines += ["", f"{len(labels)} rules {text}: {', '.join(labels)}"]
    for title, pairs in (
        ("conflicts (one for a candidate, one drops it)", made.conflicts),
        ("overlaps", made.overlaps),
    ):
        if pairs:
            lines += ["", f"{title}:", *(f"  {n:5} {a} + {b}" for a, b, n in pairs[:_MOST_PAIRS])]
    return lines


def _row(rule: RuleFigures, width: int) -> str:
    accuracy = "      –" if rule.accuracy is None else f"{rule.accuracy:6.1f}%"
    return (
        f"{rule.label:{width}}  {rule.kind:9}  {rule.candidates:10}  {rule.documents:9}  {rule.right:5}  "
        f"{rule.wrong:5}   {accuracy}  {rule.gain:+5.2f}"
    )


def _line(change: Change) -> str:
    start, end, name = change.after or change.before
    was = (
        f" (was {change.before[2]!r} [{change.before[0]}, {change.before[1]}))"
        if change.after and change.before
        else ""
    )
    return f"{change.document}: {change.kind}: {change.text!r} [{start}, {end}) {name!r}{was}: {change.why}"
