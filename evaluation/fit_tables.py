"""Markdown tables of what fitting adds and of what rules cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.cells import markdown

_PARTS = ("student_seconds", "index_and_rules_seconds", "rest_seconds")


def fit_tables(results: Sequence[Mapping[str, Any]]) -> str:
    """A table a results file: F1 by corpus and number of sentences."""
    return "\n\n".join(_one_fit_table(result) for result in results)


def _one_fit_table(result: Mapping[str, Any]) -> str:
    average = result["average"]
    sizes = [point["size"] for point in average["fitted"]]
    header = [f"F1 ({result['suite']}, test)", "default pack", *(f"fit, {size} sentences" for size in sizes)]
    rows = [[row["corpus"], *(f"{p['f1']:.1f}" for p in (row, *row["fitted"]))] for row in result["corpora"]]
    rows.append(["**average**", *(f"**{p['f1']:.1f}**" for p in (average, *average["fitted"]))])
    rows.append(["added", "", *(f"{p['gain']:+.1f}" for p in average["fitted"])])
    given = {row["corpus"]: row["fitted"][-1]["runs"][0]["sentences"] for row in result["corpora"]}
    fewer = [f"{corpus} has {count}" for corpus, count in given.items() if count < sizes[-1]]
    notes = [
        f"Student {result['student']['name']} {result['student']['precision']}; packs learned from sentences of the "
        f"dev split, used beside the default pack; samples a size: {result['seeds']}.",
        *([f"Fewer dev sentences than asked: {', '.join(fewer)}."] if fewer else []),
        *([f"**The first {result['limit']} test sentences of a corpus only.**"] if result["limit"] else []),
        *([f"**{len(rows) - 2} of {result['size']} corpora only.**"] if len(rows) - 2 < result["size"] else []),
    ]
    return markdown(header, rows) + "\n\n" + " ".join(notes)


def cost_table(results: Sequence[Mapping[str, Any]]) -> str:
    """Microseconds a word of each part, and the share of index and rules."""
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
