"""brat standoff: a folder of documents NAME.txt, each with its annotations in NAME.ann."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator

from hybrid_ner.errors import UsageError
from hybrid_ner.formats.gold.errors import GoldError, shown
from hybrid_ner.formats.gold.files import lines
from hybrid_ner.formats.gold.record import GoldRecord, Mention
from hybrid_ner.formats.text import read_text

DISCONTINUOUS = ("error", "cover", "skip")
_ENTITY = re.compile(r"(\S+) (\d+ \d+(?:;\d+ \d+)*)")
_OTHERS = "REAMN#*"  # relations, events, attributes, normalisations, notes, equivalences


def read_brat(path: str, *, discontinuous: str = "error") -> Iterator[GoldRecord]:
    """Documents of the folder and those beneath it; the id is the path of the .txt file.

    Text-bound annotations (T lines) are the mentions, triggers of events among them; all other lines are passed
    over. Fragments with only white space between are one mention: so brat writes one that runs over a line end.

    Args:
        discontinuous: what becomes of a mention with other text between its fragments, which a span cannot hold:
            "error", "cover" (the span from its first to its last character) or "skip" (leave it out). The last
            two are counted in the record's notes, "covered" and "skipped".

    Raises:
        UsageError: an unknown policy.
        GoldError: no folder, a .txt without its .ann or the other way round, or a T line that does not fit.
    """
    if discontinuous not in DISCONTINUOUS:
        raise UsageError(
            f"unknown policy {discontinuous!r} for discontinuous mentions; accepted: {', '.join(DISCONTINUOUS)}"
        )
    if not os.path.isdir(path):
        raise GoldError(f"{path}: brat data is a folder of .txt and .ann files, this is none")
    for stem in _stems(path):
        yield _record(stem, discontinuous)


def _stems(folder: str) -> list[str]:
    found: dict[str, set[str]] = {"txt": set(), "ann": set()}
    for parent, _, names in os.walk(folder):
        for name in names:
            stem, _, suffix = name.rpartition(".")
            if suffix in found:
                found[suffix].add(os.path.join(parent, stem))
    for have, lack in (("txt", "ann"), ("ann", "txt")):
        alone = sorted(found[have] - found[lack])
        if alone:
            raise GoldError(
                f"{alone[0]}.{have}: there is no {alone[0]}.{lack} ({len(alone)} such); every text needs both files, "
                "an empty .ann where nothing is to be found"
            )
    return sorted(found["txt"])


def _record(stem: str, discontinuous: str) -> GoldRecord:
    try:
        with open(f"{stem}.txt", "rb") as file:
            document = read_text(file.read(), f"{stem}.txt")
    except OSError as error:
        raise GoldError(f"{stem}.txt: cannot be read: {error.strerror or error}") from error
    if document.error is not None:
        raise GoldError(document.error)
    mentions: dict[str, Mention] = {}
    notes = {"covered": 0, "skipped": 0}
    for number, line in lines(f"{stem}.ann"):
        where = f"{stem}.ann, line {number}"
        if not line.strip() or line[0] in _OTHERS:
            continue
        key, label, fragments, mention = _parts(line, where)
        if key in mentions:
            raise GoldError(f"{where}: {key} is given twice")
        start, end = fragments[0][0], fragments[-1][1]
        if not _joined(fragments, document.text):
            if discontinuous == "error":
                raise GoldError(
                    f"{where}: the mention {key} is discontinuous, which spans cannot hold; read its whole stretch "
                    "as one span with --discontinuous cover, or leave it out with --discontinuous skip"
                )
            notes["covered" if discontinuous == "cover" else "skipped"] += 1
            if discontinuous == "skip":
                continue
        _check_reading(document.text, fragments, mention, f"{where}: {key}")
        mentions[key] = Mention(start, end, label, where)
    counted = {name: count for name, count in notes.items() if count}
    return GoldRecord(f"{stem}.txt", f"{stem}.txt", document.text, tuple(mentions.values()), notes=counted)


def _parts(line: str, where: str) -> tuple[str, str, list[tuple[int, int]], str]:
    columns = line.split("\t", 2)
    match = _ENTITY.fullmatch(columns[1]) if len(columns) == 3 else None
    if match is None or not re.fullmatch(r"T\S+", columns[0]):
        raise GoldError(f"{where}: expected T1<TAB>LABEL START END<TAB>MENTION, got {shown(line)}")
    fragments = [(int(start), int(end)) for start, end in (pair.split() for pair in match[2].split(";"))]
    flat = [offset for fragment in fragments for offset in fragment]
    if flat != sorted(flat):
        raise GoldError(f"{where}: the offsets {match[2]!r} go backwards")
    return columns[0], match[1], fragments, columns[2]


def _joined(fragments: list[tuple[int, int]], text: str) -> bool:
    gaps = (text[before:after] for (_, before), (after, _) in itertools.pairwise(fragments))
    return all(gap == "" or gap.isspace() for gap in gaps)


def _check_reading(text: str, fragments: list[tuple[int, int]], mention: str, where: str) -> None:
    """brat writes spaces for line ends, and one between fragments."""
    reads = " ".join(text[start:end] for start, end in fragments)
    if fragments[-1][1] > len(text) or _spaced(reads) != _spaced(mention):
        raise GoldError(
            f"{where} should read {shown(mention)} but the text has {shown(reads)} at its offsets (the text has "
            f"{len(text)} characters)"
        )


def _spaced(text: str) -> str:
    return re.sub(r"\s", " ", text)
