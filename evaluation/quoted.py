"""Published figures of others (quoted.yaml) as a table that says it is quoted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evaluation.corpora import load_yaml
from evaluation.results import ResultsError

PATH = Path(__file__).with_name("quoted.yaml")


@dataclass(frozen=True, slots=True)
class Quoted:
    """A system's published figures in percent; `sets` is empty where only the average could be quoted."""

    name: str
    average: float
    sets: Mapping[str, float]
    source: str


def quoted(suite: str, path: Path = PATH) -> list[Quoted]:
    """The systems quoted beside a suite, in the file's order; none for a suite that the file does not have.

    Raises:
        ResultsError: an entry without name, average or source, or with another number of sets than are named.
    """
    entry = (load_yaml(path) or {}).get(suite)
    return [] if entry is None else [_quoted(path, system, entry["sets"]) for system in entry["systems"]]


def _quoted(path: Path, system: Mapping, sets: list[str]) -> Quoted:
    try:
        figures = dict(zip(sets, system["sets"], strict=True)) if "sets" in system else {}
        return Quoted(system["name"], float(system["average"]), figures, system["source"])
    except (KeyError, TypeError, ValueError) as error:
        raise ResultsError(
            f"{path}: {system!r} needs `name`, `average`, `source` and, if `sets`, a figure for each of {sets}: {error}"
        ) from error
