"""`hybrid-ner library`: what the type library holds."""

from __future__ import annotations

import json
import textwrap

import click

from hybrid_ner import library
from hybrid_ner.schema import EntityType, to_dict


@click.command("library", short_help="List the domains and types of the type library.")
@click.argument("domain", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def library_command(domain: str | None, form: str) -> None:
    """List the domains of the type library, or the types of DOMAIN with their definitions.

    --types medical asks for a whole domain, --types "library:geography/city,library:contract,person" for one type,
    another domain, and a name of your own. A domain is an ordinary types file: --format json prints one to change.
    """
    if domain is None:
        names = library.domains()
        found = {name: library.domain(name).names for name in names}
        click.echo(json.dumps(found, ensure_ascii=False, indent=2) if form == "json" else _domains(found))
        return
    types = library.types(domain)
    if form == "json":
        click.echo(json.dumps([_without_blanks(t) for t in types], ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_type(t) for t in types))


def _domains(found: dict[str, tuple[str, ...]]) -> str:
    width = max(map(len, found))
    rows = []
    for name, names in found.items():
        shown = textwrap.shorten(", ".join(names), 84, placeholder=" ...")
        rows.append(f"{name:{width}}  {len(names):3}  {shown}")
    total = sum(map(len, found.values()))
    return "\n".join([*rows, f"{len(found)} domains, {total} types; hybrid-ner library DOMAIN shows definitions"])


def _type(entity_type: EntityType) -> str:
    also = f" (also: {', '.join(entity_type.aliases)})" if entity_type.aliases else ""
    wider = f", a kind of {entity_type.is_a}" if entity_type.is_a else ""
    definition = textwrap.fill(entity_type.definition, 100, initial_indent="    ", subsequent_indent="    ")
    return f"{entity_type.name}{also}{wider}\n{definition}"


def _without_blanks(entity_type: EntityType) -> dict[str, object]:
    return {key: value for key, value in to_dict(entity_type).items() if value}
