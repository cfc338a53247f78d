"""Grouped bars, the one form that most of our pictures have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluation.plots.style import OTHERS, OURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Series:
    """A system's bars, one a group; None where it has no figure there.

    Attributes:
        intervals: (low, high) a bar, where they are known.
    """

    name: str
    values: Sequence[float | None]
    ours: bool
    intervals: Sequence[Sequence[float] | None] = ()


def grouped(ax: Axes, groups: Sequence[str], series: Sequence[Series]) -> None:
    """Horizontal bars of F1, groups from top to bottom, with the figure at the end of each bar."""
    thickness = 0.8 / len(series)
    others = iter([*OTHERS] * len(series))
    ours = iter([OURS, "#5b9bd5", "#a9cdee", "#12395f"] * len(series))
    for number, one in enumerate(series):
        colour = next(ours if one.ours else others)
        places = [g for g, value in enumerate(one.values) if value is not None]
        values = [one.values[g] for g in places]
        heights = [g + (number - (len(series) - 1) / 2) * thickness for g in places]
        ax.barh(heights, values, thickness, color=colour, label=one.name)
        for g, y, value in zip(places, heights, values, strict=True):
            pair = one.intervals[g] if one.intervals else None
            if pair is not None:
                ax.plot(pair, [y, y], color="black", linewidth=0.8)
            ax.annotate(f"{value:.1f}", (max([value, *(pair or ())]), y), (2, 0), textcoords="offset points",
                        va="center", fontsize=6.5)  # fmt: skip
    ax.set_yticks(range(len(groups)), groups)
    ax.set_ylim(len(groups) - 0.5, -0.5)
    ax.set_xlabel("F1 (%)")
    ax.set_xlim(0, 100)
    if len(series) > 1:
        ax.figure.legend(loc="outside lower center", ncols=2, fontsize=7.5)
