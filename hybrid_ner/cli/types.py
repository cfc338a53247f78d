"""`hybrid-ner types`: a linter for type lists."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from hybrid_ner.borrowing import DEFAULT, POLICIES, Lender, Loan, borrow_policy
from hybrid_ner.definitions.encoder import type_text
from hybrid_ner.errors import HybridNERError

if TYPE_CHECKING:
    from hybrid_ner.definitions.lint import Finding
    from hybrid_ner.schema import TypeSet


@click.command("types")
@click.argument("types")
@click.option("--borrow", type=click.Choice(POLICIES), help=f"As extract has it; default: {DEFAULT}.")
@click.option("--no-library", is_flag=True, help="Borrow no definitions from the type library.")
@click.option("--student", help="Student whose view of the types counts; a name or a folder.")
@click.option("--close", default=0.8, show_default=True, help="Similarity from which two types are reported.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--strict", is_flag=True, help="Exit with 1 when there are findings.")
def types_command(
    types: str, borrow: str | None, no_library: bool, student: str | None, close: float, form: str, strict: bool
) -> None:
    """Looks for near-duplicates, empty names and poor definitions in TYPES (as extract takes them).

    Types without a definition are looked at with the one they borrow from the type library; each loan is shown.
    """
    from hybrid_ner.definitions.lint import lint
    from hybrid_ner.students.registry import type_encoder
    from hybrid_ner.typefile import load_types

    try:
        type_set = load_types(types)
        encoder = type_encoder(student)
        type_set, loans = Lender(borrow_policy(borrow, no_library), encoder).lend(type_set)
        findings = lint(type_set, encoder.encode([type_text(t) for t in type_set]), close=close)
    except HybridNERError as error:
        failure = click.ClickException(str(error))
        failure.exit_code = 2
        raise failure from error
    shown = _as_json if form == "json" else _as_text
    click.echo(shown(type_set, loans, findings))
    if strict and findings:
        raise SystemExit(1)


def _as_json(types: TypeSet, loans: Sequence[Loan], findings: Sequence[Finding]) -> str:
    report = {
        "types": len(types),
        "borrowed": [dataclasses.asdict(loan) for loan in loans],
        "findings": [dataclasses.asdict(f) for f in findings],
    }
    return json.dumps(report, ensure_ascii=False, indent=2)


def _as_text(types: TypeSet, loans: Sequence[Loan], findings: Sequence[Finding]) -> str:
    lines = [f"borrowed: {loan}" for loan in loans]
    for finding in findings:
        lines.append(f"{finding.kind}: {' / '.join(finding.types)}: {finding.message}")
        lines.append(f"    {finding.suggestion}")
    borrowed = f", {len(loans)} defined by the library" if loans else ""
    lines.append(f"{_count(len(types), 'type')}{borrowed}, {_count(len(findings), 'finding')}")
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
