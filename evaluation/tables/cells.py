"""Markdown cells and tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

ABSENT = "–"


def markdown(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table; the first column is text, the others figures."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def f1(row: Mapping[str, Any] | None) -> str:
    """A row's F1 with one decimal; a dash for no row."""
    return ABSENT if row is None else f"{row['f1']:.1f}"


def interval(pair: Sequence[float] | None) -> str:
    """The two ends of an interval; a dash for none."""
    return ABSENT if pair is None else f"{pair[0]:.1f}–{pair[1]:.1f}"
