"""The statistics as a picture."""

from __future__ import annotations

from pathlib import Path

from hybrid_ner.distill.files import replaced
from hybrid_ner.distill.stats import Statistics
from hybrid_ner.errors import MissingExtraError


def plot_statistics(statistics: Statistics, path: Path) -> None:
    """Three panels: mentions by the rank of their type, types a passage, words a mention.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", "plot", "plotting statistics") from error
    figure = Figure(figsize=(12, 3.6), layout="constrained")
    FigureCanvasAgg(figure)
    ranks, passages, words = figure.subplots(1, 3)
    counts = list(statistics.types.values())
    ranks.loglog(range(1, len(counts) + 1), counts, ".", markersize=4)
    ranks.set(title=f"{len(counts)} types", xlabel="rank of the type", ylabel="mentions")
    for axes, histogram, title in (
        (passages, statistics.types_a_passage, "types a passage"),
        (words, statistics.words_a_mention, "words a mention"),
    ):
        axes.bar(list(histogram), list(histogram.values()))
        axes.set(title=title, xlabel=title.split()[0])
    with replaced(path) as out:
        figure.savefig(out, format="png", dpi=120, metadata={"Software": None})
