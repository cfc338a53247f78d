"""Is a picture still the one that its results files give? Read off what it says of itself, without drawing it."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

from evaluation.plots.style import digest

_IMAGE = re.compile(r"!\[[^\]]*\]\(([^)\s]+\.(?:svg|png))\)")
_SOURCE = re.compile(r"<dc:source>\s*(.*?)\s*</dc:source>", re.DOTALL)


def pictures_of(readme: Path) -> list[Path]:
    """The pictures that a README shows and that were made of results files: those with an SVG that says so."""
    named = (readme.parent / name for name in _IMAGE.findall(readme.read_text("utf-8")))
    drawn = (path.with_suffix(".svg") for path in named)
    return [path for path in dict.fromkeys(drawn) if path.is_file() and sources_of(path)]


def sources_of(picture: Path) -> list[tuple[Path, str]]:
    """The results files that an SVG was made of, with the SHA-256 they had; none for any other picture."""
    found = _SOURCE.search(picture.read_text("utf-8"))
    parts = unescape(found.group(1)).split("; ") if found else []
    return [(picture.parent / name, sha) for name, _, sha in (part.rpartition(" ") for part in parts)]


def stale(picture: Path) -> list[Path]:
    """The results files that have changed, or gone, since the picture was drawn."""
    return [file for file, sha in sources_of(picture) if not file.is_file() or digest(file) != sha]
