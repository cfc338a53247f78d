"""The table of passages with an open vocabulary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.tables.cells import markdown


def open_types_table(results: Sequence[Mapping[str, Any]]) -> str:
    """For each result, a row at the threshold of its best F1 and one at the student's own threshold."""
    rows = []
    for result in results:
        best = max(result["rows"], key=lambda row: row["f1"])
        own = min(result["rows"], key=lambda row: abs(row["threshold"] - result["own_threshold"]))
        for row, which in ((best, "best"), (own, "nearest its own")):
            figures = (f"{row[key]:.1f}" for key in ("precision", "recall", "f1"))
            rows.append((result["student"]["name"], result["texts"], f"{row['threshold']:.2f} ({which})", *figures))
    asked = ", ".join(f"{r['passages']} {r['texts']} with {r['mentions']} mentions" for r in results)
    note = (
        f"{asked}; each text asked by name for its own types and {results[0]['distractors']} others; strict micro-F1."
    )
    return markdown(("student", "held back", "threshold", "P", "R", "F1"), rows) + "\n\n" + note
