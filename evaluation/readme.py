"""Tables of a README that are made from results files: filled in, and checked not to have drifted.

A block starts at `<!-- table: FILE [FILE ...] -->` and ends at `<!-- end -->`, each on a line of its own; the
files are named from the README's folder. What lies between is the table `evaluation.tables` makes of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evaluation.results import ResultsError, read_results
from evaluation.tables import render

_START = re.compile(r"<!--\s*table:\s*(\S[^>]*?)\s*-->\s*")
_END = re.compile(r"<!--\s*end\s*-->\s*")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a README.

    Attributes:
        line: where its start marker is, from 1.
        first, last: the lines between its markers, [first, last), from 0.
    """

    files: tuple[str, ...]
    line: int
    first: int
    last: int


def stale_blocks(path: Path) -> list[tuple[Block, list[str], list[str]]]:
    """The blocks that are not what their results files give, each with its lines as they are and should be.

    Raises:
        ResultsError: a README or a results file that is missing, or a marker without its partner.
    """
    lines = _read(path)
    found = [(b, lines[b.first : b.last], _rendered(path, b)) for b in _blocks(path, lines)]
    return [(block, was, now) for block, was, now in found if was != now]


def fill(path: Path) -> int:
    """Rewrites every block of the README from its results files; how many there are.

    Raises:
        ResultsError: as in `stale_blocks`; nothing is written then.
    """
    lines = _read(path)
    blocks = list(_blocks(path, lines))
    for block in reversed(blocks):
        lines[block.first : block.last] = _rendered(path, block)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return len(blocks)


def count_blocks(path: Path) -> int:
    """How many blocks the README has."""
    return len(list(_blocks(path, _read(path))))


def _read(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        raise ResultsError(f"{path}: no such file") from None


def _blocks(path: Path, lines: list[str]) -> Iterator[Block]:
    start: tuple[int, tuple[str, ...]] | None = None
    for number, line in enumerate(lines):
        opening = _START.fullmatch(line)
        if opening and start:
            raise ResultsError(
                f"{path}, line {number + 1}: a table starts before <!-- end --> closes the one above"
            )
        if opening:
            start = number, tuple(opening.group(1).split())
        elif _END.fullmatch(line):
            if not start:
                raise ResultsError(
                    f"{path}, line {number + 1}: <!-- end --> without <!-- table: FILE --> above it"
                )
            yield Block(start[1], start[0] + 1, start[0] + 1, number)
            start = None
    if start:
        raise ResultsError(f"{path}, line {start[0] + 1}: <!-- table --> without <!-- end --> below it")


def _rendered(path: Path, block: Block) -> list[str]:
    return render([read_results(path.parent / name) for name in block.files]).splitlines()
