"""Pictures of a suite run in several ways, and of what longer lists of types cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evaluation.plots.bars import Series, grouped
from evaluation.plots.style import OURS, axes
from evaluation.quoted import quoted
from evaluation.tables.variants import QUOTED

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def variants(result: Mapping[str, Any]) -> Figure:
    """Average F1 a variant with its interval; a published ablation of the same question beside it."""
    rows = result["variants"]
    names = [row["name"] for row in rows]
    figures = [row["average"] for row in rows]
    series = [Series("hybrid_ner", [f["f1"] for f in figures], True, [f["f1_interval"] for f in figures])]
    published = {q.name: q.average for q in quoted(QUOTED.get(result["question"], ""))}
    if published.keys() & set(names):
        series.append(Series("UniNER-7B (quoted; other sets)", [published.get(name) for name in names], False))
    with axes(6.5, 1 + 0.34 * len(names) * len(series)) as ax:
        grouped(ax, names, series)
        ax.set_xlim(0, 1.25 * max(f["f1_interval"][1] for f in figures) if len(series) == 1 else 100)
        ax.set_title(f"{result['question']}: average of {result['suite']}, {result['split']} split", fontsize=10)
        return ax.figure


def labels(result: Mapping[str, Any]) -> Figure:
    """F1 and words a second against the number of types asked."""
    points = result["points"]
    counts = [p["types"] for p in points]
    with axes(6, 3.6) as ax:
        ax.plot(counts, [p["average"]["f1"] for p in points], "o-", color=OURS, label="F1, own types asked")
        of_one = [p["average"]["commonest_f1"] for p in points]
        ax.plot(counts, of_one, "s--", color="#5b9bd5", label="F1, commonest type")
        ax.set_xscale("log", base=2)
        ax.set_xticks(counts, [str(c) for c in counts])
        ax.set_xlabel("types asked")
        ax.set_ylabel("F1 (%)")
        ax.set_ylim(0, 1.1 * max(p["average"]["f1"] for p in points))
        speed = ax.twinx()
        speed.plot(counts, [p["words_per_second"] for p in points], "^:", color="#454f59", label="words a second")
        speed.set_ylim(0, 1.1 * max(p["words_per_second"] for p in points))
        speed.set_ylabel("words a second")
        speed.spines["right"].set_visible(True)
        lines = [*ax.get_lines(), *speed.get_lines()]
        ax.legend(lines, [line.get_label() for line in lines], loc="lower left", fontsize=7.5)
        ax.set_title(f"{result['suite']}, {result['split']} split: the price of a longer list of types", fontsize=10)
        return ax.figure
