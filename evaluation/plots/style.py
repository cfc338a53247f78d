"""How pictures look and how they are written: the same bytes from the same results, on one matplotlib."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hybrid_ner.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OURS, OTHERS = "#1f5fa8", ("#b9c2cc", "#8e9aa8", "#66727f", "#454f59", "#2b3239")
_DPI = 150
_SETTINGS = {
    "svg.hashsalt": "hybrid_ner",  # else the ids in the file are random
    "svg.fonttype": "none",  # letters stay letters: small files, searchable
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}


@contextmanager
def axes(width: float, height: float) -> Iterator[Axes]:
    """Axes of a new figure of that size in inches, in our style; no window is ever opened.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", "plot", "drawing pictures") from error
    with rc_context(_SETTINGS):
        yield Figure(figsize=(width, height)).subplots()


def save(figure: Figure, path: Path, sources: Sequence[Path]) -> list[Path]:
    """Writes PATH.png and PATH.svg, which name the results files they are made of and their SHA-256."""
    from matplotlib import rc_context

    path.parent.mkdir(parents=True, exist_ok=True)
    source = "; ".join(f"{os.path.relpath(file, path.parent)} {digest(file)}" for file in sources)
    written = []
    with rc_context(_SETTINGS):
        for suffix, metadata in ((".png", {"Software": None}), (".svg", {"Date": None, "Creator": None})):
            file = path.with_name(path.name + suffix)
            figure.savefig(file, dpi=_DPI, metadata={**metadata, "Source": source})
            written.append(file)
    return written


def digest(file: Path) -> str:
    """SHA-256 of a results file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
