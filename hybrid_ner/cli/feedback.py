"""`hybrid-ner feedback`: corrections in, a rule pack out that holds to them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from hybrid_ner.cli.extract import EXIT_SOME_FAILED
from hybrid_ner.errors import InputError, UsageError
from hybrid_ner.feedback.corrections import Correction, corrections_of, merged
from hybrid_ner.feedback.pack import Ruling, pack_yaml, rulings
from hybrid_ner.formats.jsonl import dump_line, read_jsonl
from hybrid_ner.schema import Document

SHOWN = 10
_FILE = click.Path(path_type=Path)


@click.command("feedback", short_help="Make a rule pack of a reviewer's corrections.")
@click.argument("files", nargs=-1, required=True, type=_FILE, metavar="CORRECTIONS...")
@click.option("--against", type=_FILE, metavar="FOUND", help="JSONL that extract wrote, before it was corrected.")
@click.option("--store", type=_FILE, help="JSONL that keeps all corrections: read if it is there, then written.")
@click.option("--output", "-o", required=True, type=_FILE, help="Rule pack to write.")
@click.pass_context
def feedback_command(
    ctx: click.Context, files: tuple[Path, ...], against: Path | None, store: Path | None, output: Path
) -> None:
    """Make a rule pack of corrections; extract takes it with --rules default --rules PACK.

    A rejected mention stays rejected, an added one is found again, a relabelled one relabelled, in its very
    spelling and for that type, whatever the other packs say. Where corrections disagree the majority decides.

    CORRECTIONS are JSONL files. A record is a document with its corrected "entities", compared by id with FOUND;
    or a document with "corrections": [{"start", "end", "type", "verdict"}], the verdict accepted, rejected, added or
    relabelled (with "to"); or one correction, as --store writes it.

    Exit codes: 0 done; 2 bad arguments, nothing written; 3 some records could not be used, the others were.
    """
    _check(output, store)
    predicted = {str(d.id): d for d in _read(against)} if against else None
    known = [store] if store and store.exists() else []
    corrections: list[Correction] = []
    failures: list[str] = []
    for document in (document for path in (*known, *files) for document in _read(path)):
        try:
            corrections += corrections_of(document, predicted)
        except InputError as error:
            failures.append(str(error))
    corrections = merged(corrections)
    found = rulings(corrections)
    output.write_text(pack_yaml(found, output.stem), encoding="utf-8")
    if store:
        store.write_text("".join(dump_line(c.record()) for c in corrections), encoding="utf-8")
    click.echo("\n".join(_report(output, corrections, found)))
    for line in [*failures[:SHOWN], *(["more records fail"] if len(failures) > SHOWN else [])]:
        click.echo(f"hybrid-ner: {line}", err=True)
    ctx.exit(EXIT_SOME_FAILED if failures else 0)


def _check(output: Path, store: Path | None) -> None:
    if not re.fullmatch(r"\w[\w-]*", output.stem):
        raise UsageError(f"--output {output}: a pack's name is letters, digits, - and _, got {output.stem!r}")
    for option, path in (("--output", output), ("--store", store)):
        if path is not None and not path.parent.is_dir():
            raise UsageError(f"{option} {path}: there is no folder {path.parent}; create it first")


def _read(path: Path) -> Iterator[Document]:
    try:
        with path.open("rb") as lines:
            yield from read_jsonl(lines, path.name, shown=str(path))
    except OSError as error:
        raise UsageError(f"cannot read {str(path)!r}: {error.strerror or error}; name a JSONL file") from error


def _report(output: Path, corrections: list[Correction], found: list[Ruling]) -> Iterator[str]:
    counts = Counter(ruling.verdict for ruling in found)
    made = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("added", "rejected", "relabelled"))
    yield f"{output}: {made} mentions, of {len(corrections)} corrections"
    torn = [ruling for ruling in found if ruling.verdict == "contradicted"]
    for ruling in torn[:SHOWN]:
        yield f"contradicted, left alone: {ruling.mention!r} as {ruling.type!r} ({ruling.support} for, as many against)"
    if len(torn) > SHOWN:
        yield f"and {len(torn) - SHOWN} more"
