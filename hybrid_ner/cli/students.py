"""`hybrid-ner students`: what can stand after `--student`."""

from __future__ import annotations

import dataclasses
import json

import click

from hybrid_ner.students.registry import Listed, listed_students


@click.command("students", short_help="List the students, what they need and their licences.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def students_command(form: str) -> None:
    """List what can stand after --student: what it needs, whether that is installed, the licence of its weights."""
    students = listed_students()
    if form == "json":
        click.echo(json.dumps([dataclasses.asdict(student) for student in students], indent=2))
    else:
        click.echo("\n".join(_lines(students)))


def _lines(students: list[Listed]) -> list[str]:
    rows = [("student", "kind", "needs", "licence of the weights", "")]
    rows += [(s.name, s.kind, _needs(s), s.licence, s.about) for s in students]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return ["  ".join([*map(str.ljust, row, widths), row[4]]).rstrip() for row in rows]


def _needs(student: Listed) -> str:
    if not student.extra:
        return "nothing"
    return f"[{student.extra}], " + ("installed" if student.installed else "not installed")
