"""Markdown tables made of results files and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evaluation.results import ResultsError
from evaluation.tables.bench import bench_table
from evaluation.tables.close_types import close_types_table
from evaluation.tables.fit import fit_table
from evaluation.tables.open_types import open_types_table
from evaluation.tables.proposals import proposals_table
from evaluation.tables.rule_cost import cost_table
from evaluation.tables.suite import suite_table
from evaluation.tables.variants import differences, labels_table, variants_table

__all__ = ["RENDERERS", "differences", "render"]

RENDERERS: Mapping[str, Callable[[Sequence[Mapping[str, Any]]], str]] = {
    "suite": suite_table,
    "bench": bench_table,
    "variants": variants_table,
    "labels": labels_table,
    "close-types": close_types_table,
    "open-types": open_types_table,
    "proposals": proposals_table,
    "fit": fit_table,
    "rule-cost": cost_table,
}


def render(results: Sequence[Mapping[str, Any]]) -> str:
    """One table of results of one kind, with the commands that made them under it.

    Raises:
        ResultsError: no results, results of several kinds, or of a kind without a table.
    """
    kinds = sorted({r["kind"] for r in results})
    if len(kinds) != 1 or kinds[0] not in RENDERERS:
        raise ResultsError(f"a table is made of results of one kind, {' or '.join(RENDERERS)}; got {kinds}")
    commands = "\n".join(f"- `{command}`" for command in dict.fromkeys(r["command"] for r in results))
    return f"{RENDERERS[kinds[0]](results)}\n\n{commands}\n"
