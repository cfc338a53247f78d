"""The table of the candidates' recall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.tables.cells import markdown


def proposals_table(results: Sequence[Mapping[str, Any]]) -> str:
    """A row a corpus, and their mean."""
    return "\n\n".join(map(_table, results))


def _table(result: Mapping[str, Any]) -> str:
    rows = result["corpora"]
    budgets = list(rows[0]["recall"])
    header = ("corpus", "gold spans", *(f"{budget} a gold span" for budget in budgets), "at the gate")
    lines = [
        (row["corpus"], row["gold"], *(f"{row['recall'][b]:.1f}" for b in budgets),
         f"{row['gate']['recall']:.1f} ({row['gate']['candidates']:.1f} a gold span)")
        for row in rows
    ]  # fmt: skip
    means = (sum(row["recall"][b] for row in rows) / len(rows) for b in budgets)
    at_gate = sum(row["gate"]["recall"] for row in rows) / len(rows)
    lines.append(("**average**", "", *(f"**{mean:.1f}**" for mean in means), f"**{at_gate:.1f}**"))
    some = "" if result["limit"] is None else f", the first {result['limit']} sentences of each"
    note = f"Recall of gold spans among the likeliest mentions, %; suite {result['suite']}, {result['split']} splits"
    return f"{markdown(header, lines)}\n\n{note}{some}."
