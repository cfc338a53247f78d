"""`hybrid-ner types`: a linter for type lists."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from hybrid_ner.errors import HybridNERError

if TYPE_CHECKING:
    import numpy as np

    from hybrid_ner.definitions.lint import Finding
    from hybrid_ner.schema import TypeSet


@click.command("types")
@click.argument("types")
@click.option("--student", help="Student whose view of the types counts; a name or a folder.")
@click.option("--close", default=0.8, show_default=True, help="Similarity from which two types are reported.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--strict", is_flag=True, help="Exit with 1 when there are findings.")
def types_command(types: str, student: str | None, close: float, form: str, strict: bool) -> None:
    """Looks for near-duplicates, empty names and poor definitions in TYPES (names, or a YAML/JSON file)."""
    from hybrid_ner.definitions.lint import lint
    from hybrid_ner.typefile import load_types

    try:
        type_set = load_types(types)
        findings = lint(type_set, type_vectors(type_set, student), close=close)
    except HybridNERError as error:
        failure = click.ClickException(str(error))
        failure.exit_code = 2
        raise failure from error
    click.echo(_as_json(type_set, findings) if form == "json" else _as_text(type_set, findings))
    if strict and findings:
        raise SystemExit(1)


def type_vectors(types: TypeSet, student: str | None) -> np.ndarray:
    """Unit vectors of the types [T, D], as the student sees them (the default one, where it has no view of types)."""
    from hybrid_ner.definitions.encoder import type_text
    from hybrid_ner.students.registry import type_encoder

    return type_encoder(student).encode([type_text(t) for t in types])


def _as_json(types: TypeSet, findings: Sequence[Finding]) -> str:
    report = {"types": len(types), "findings": [dataclasses.asdict(f) for f in findings]}
    return json.dumps(report, ensure_ascii=False, indent=2)


def _as_text(types: TypeSet, findings: Sequence[Finding]) -> str:
    lines = []
    for finding in findings:
        lines.append(f"{finding.kind}: {' / '.join(finding.types)}: {finding.message}")
        lines.append(f"    {finding.suggestion}")
    lines.append(f"{_count(len(types), 'type')}, {_count(len(findings), 'finding')}")
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
