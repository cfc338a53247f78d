"""Tables of what index and rules cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.tables.cells import markdown

_PARTS = ("student_seconds", "index_and_rules_seconds", "rest_seconds")


def cost_table(results: Sequence[Mapping[str, Any]]) -> str:
    """A row a workload and pack: what the student, and what index and rules take."""
    rows = [
        [
            f"{row['workload']}, {row['pack']}",
            *(f"{1e6 * row[part] / row['words']:.1f}" for part in _PARTS),
            f"{row['share_percent']:.1f} %",
        ]
        for result in results
        for row in result["rows"]
    ]
    parts = ("student", "index and rules", "the rest", "share of index and rules")
    header = [f"µs a word, {results[0]['types']} types", *parts]
    return markdown(header, rows) + "\n\nProcessor time of the process, median of several runs."
