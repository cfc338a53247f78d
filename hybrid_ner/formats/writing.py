"""The output formats by name, and `open_writer`, which opens one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hybrid_ner.errors import UsageError
from hybrid_ner.formats.brat import BratWriter
from hybrid_ner.formats.conll import ConllFormat
from hybrid_ner.formats.csv_table import CsvFormat
from hybrid_ner.formats.docbin import DocBinWriter
from hybrid_ner.formats.html_view import HtmlFormat
from hybrid_ner.formats.jsonl import JsonlFormat
from hybrid_ner.formats.streams import TextFormat, TextWriter, Writer

__all__ = ["FORMATS", "Format", "Writer", "open_writer"]


@dataclass(frozen=True)
class Format:
    """An output format.

    Attributes:
        make: what makes the text format from `explain`, or, for `to="..."` other than text, the writer from a
        path. to: "text" (a file or standard output), "file" (a binary file) or "folder".
        appends: whether a half-written output can be gone on with.
    """

    make: Callable[..., TextFormat | Writer]
    to: str = "text"
    appends: bool = False


FORMATS: dict[str, Format] = {
    "jsonl": Format(JsonlFormat, appends=True),
    "csv": Format(lambda explain: CsvFormat(), appends=True),
    "conll": Format(lambda explain: ConllFormat(), appends=True),
    "brat": Format(BratWriter, to="folder"),
    "spacy": Format(DocBinWriter, to="file"),
    "html": Format(HtmlFormat),
}


def open_writer(format: str, path: str | None, *, explain: bool = False, append: bool = False) -> Writer:
    """Opens an output.

    Args:
        format: a name in `FORMATS`.
        path: the file (for brat the folder), or None for standard output.
        explain: write every decision too; jsonl and html can, the others leave it out.
        append: go on after what the file already holds (jsonl, csv, conll).

    Returns:
        A context manager with `write(document)`. It holds one document at a time, but for spacy (see there).

    Raises:
        UsageError: an unknown format, an output it cannot be written to, or `append` where it cannot.
        MissingExtraError: spacy is asked for and not installed.
    """
    if format not in FORMATS:
        raise UsageError(f"unknown output format {format!r}; accepted: {', '.join(FORMATS)}")
    chosen = FORMATS[format]
    if append and not chosen.appends:
        able = ", ".join(name for name, entry in FORMATS.items() if entry.appends)
        raise UsageError(f"the format {format!r} cannot be continued; accepted for this: {able}")
    if chosen.to == "text":
        return TextWriter(path, chosen.make(explain=explain), append=append)
    if path is None:
        raise UsageError(f"the format {format!r} is not text; name a {chosen.to} for it with --output")
    return chosen.make(path)
