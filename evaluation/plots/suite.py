"""Pictures of a suite: F1 a corpus beside others' published figures, and the reliability of the scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evaluation.ablations.types import NAMES
from evaluation.plots.bars import Series, grouped
from evaluation.plots.style import OURS, axes
from evaluation.quoted import quoted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = ("ChatGPT", "UniNER-7B", "GLiNER-L", "BERT-base", "InstructUIE-11B")  # more bars would hide each other


def corpora(result: Mapping[str, Any]) -> Figure:
    """F1 of the last run a corpus with its interval; the last run is the one at the fitted threshold, on test."""
    run = result["runs"][-1]
    rows = {row["corpus"]: row for row in run["corpora"]}
    names = list(rows)
    others = [q for q in quoted(result["suite"]) if q.sets and q.name in SHOWN]
    series = []
    for q in others:
        whole = q.average if set(names) == set(q.sets) else None
        series.append(Series(f"{q.name} (quoted)", [*(q.sets[n] for n in names), whole], False))
    every = [*rows.values(), run["average"]]
    ours = Series(title(result), [row["f1"] for row in every], True, [row.get("f1_interval") for row in every])
    with axes(6.5, 1.3 + 0.16 * (len(names) + 1) * (len(series) + 1.5)) as ax:
        grouped(ax, [*names, "average"], [*series, ours])
        ax.set_title(f"{result['suite']}, {run['split']} split: strict span micro-F1", fontsize=10)
        return ax.figure


def reliability(result: Mapping[str, Any]) -> Figure:
    """Do scores mean what they say? The share of entities that are right, by score; each corpus weighs alike."""
    run = result["runs"][-1]
    calibration = run["calibration"]
    bins = calibration["bins"]
    with axes(4, 4) as ax:
        ax.plot([0, 1], [0, 1], color="#b9c2cc", linewidth=1)
        ax.bar([b["from"] + 0.05 for b in bins], [b["right"] for b in bins], 0.09, color="#a9cdee")
        ax.plot([b["score"] for b in bins], [b["right"] for b in bins], "o-", color=OURS, markersize=4)
        for b in bins:
            ax.annotate(f"{b['entities']:,}", (b["from"] + 0.05, 0.01), ha="center", fontsize=6)
        ax.set_xlim(0, 1)
        ax.set_ylim(0, 1)
        ax.set_xlabel("score of an entity")
        ax.set_ylabel("share that is right")
        error = "none found" if calibration["ece"] is None else f"calibration error {calibration['ece']:.3f}"
        ax.set_title(f"{title(result)}\n{result['suite']}, {run['split']} split: {error}", fontsize=9)
        return ax.figure


def title(result: Mapping[str, Any]) -> str:
    """The system that a results file is of, as a legend names it."""
    if "system" in result:
        return result["system"]["name"]
    return f"hybrid_ner {result['student']['name']}, by {NAMES[result['view']]}"
