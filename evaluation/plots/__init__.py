"""Pictures made of results files and nothing else, PNG and SVG; each names its files, so that a stale one shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluation.results import ResultsError, read_results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Results = Mapping[str, Any]


def draw(files: Sequence[Path], folder: Path) -> list[Path]:
    """The pictures of each results file, named after it.

    Returns:
        The files written.

    Raises:
        ResultsError: a results file that there is no picture of.
        MissingExtraError: matplotlib is not installed.
    """
    written = []
    for path in files:
        result = read_results(path)
        if result["kind"] not in _PICTURES:
            kinds = ", ".join(_PICTURES)
            raise ResultsError(f"{path}: there is no picture of results of kind {result['kind']!r}; accepted: {kinds}")
        for suffix, figure in _PICTURES[result["kind"]](result).items():
            written += _save(figure, folder / (path.stem + suffix), [path])
    return written


def draw_paper(name: str, files: Sequence[Path], folder: Path) -> list[Path]:
    """One of `PAPER`'s pictures, of several results files; returns the files written.

    Raises:
        ResultsError: a picture that there is not, or results files that it cannot be made of.
        MissingExtraError: matplotlib is not installed.
    """
    from evaluation.plots import paper

    figure = paper.PICTURES[name]([read_results(path) for path in files])
    return _save(figure, folder / f"paper-{name}", files)


def _save(figure: Figure, path: Path, sources: Sequence[Path]) -> list[Path]:
    from evaluation.plots.style import save

    return save(figure, path, sources)


def _suite(result: Results) -> dict[str, Figure]:
    from evaluation.plots import suite

    return {"": suite.corpora(result), "-reliability": suite.reliability(result)}


def _variants(result: Results) -> dict[str, Figure]:
    from evaluation.plots import variants

    return {"": variants.variants(result)}


def _labels(result: Results) -> dict[str, Figure]:
    from evaluation.plots import variants

    return {"": variants.labels(result)}


_PICTURES: Mapping[str, Callable[[Results], Mapping[str, Figure]]] = {
    "suite": _suite,
    "variants": _variants,
    "labels": _labels,
}
