"""The suites: which corpora are scored together, by their role in the corpora folder's catalog.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evaluation.corpora import Corpus, CorpusError, load_yaml, read_corpus


@dataclass(frozen=True, slots=True)
class Suite:
    """Corpora averaged together.

    Attributes:
        role: the catalog's role its corpora have.
        size: how many corpora the suite has when it is whole; an average over fewer is marked as such.
        splits: the splits that may be scored, the default first.
        may_choose: thresholds may be fitted on it.
    """

    name: str
    role: str
    size: int
    splits: tuple[str, ...]
    may_choose: bool


SUITES: Mapping[str, Suite] = {
    suite.name: suite
    for suite in (
        Suite("dev", "zero_shot_dev", size=8, splits=("dev", "test"), may_choose=True),
        Suite("zero-shot", "zero_shot_benchmark", size=7, splits=("test",), may_choose=False),
    )
}


def read_suite(
    suite: Suite, data: Path | str, *, only: tuple[str, ...] = (), keep_else: bool = False
) -> tuple[Corpus, ...]:
    """The corpora of a suite present under `data`, in the catalog's order.

    Args:
        data: the corpora folder, with `catalog.yaml` and a folder a corpus.
        only: names of the corpora wanted; all when empty.

    Raises:
        CorpusError: no catalog, no corpus of the suite's role, or a name in `only` that is not one of them.
    """
    path = Path(data) / "catalog.yaml"
    catalog = load_yaml(path)
    if not isinstance(catalog, list) or not all(isinstance(e, dict) and "name" in e for e in catalog):
        raise CorpusError(f"{path}: expected a list of corpora, each with `name` and `role`")
    names = [entry["name"] for entry in catalog if entry.get("role") == suite.role]
    unknown = sorted(set(only) - set(names))
    if unknown or not names:
        raise CorpusError(
            f"{path}: suite {suite.name!r} ({suite.role}) has the corpora {names}, not {unknown}"
        )
    wanted = [name for name in names if not only or name in only]
    return tuple(read_corpus(path.parent / name, keep_else=keep_else) for name in wanted)
