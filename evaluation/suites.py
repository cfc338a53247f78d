"""The suites: which corpora are scored together, by their role in the corpora folder's catalog.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evaluation.corpora import Corpus, CorpusError, load_yaml, read_corpus

CATALOG = "catalog.yaml"


@dataclass(frozen=True, slots=True)
class Suite:
    """Corpora averaged together.

    Attributes:
        role: the catalog's role its corpora have.
        size: how many corpora the suite has when it is whole; an average over fewer is marked as such.
        splits: the splits that may be scored, the default first.
        may_choose: thresholds may be fitted on it.
        sets: the names of all its sets in the order of the published table, where there is one; a set whose
            corpus is absent keeps its row. Empty for the corpora that the catalog gives the role.
    """

    name: str
    role: str
    size: int
    splits: tuple[str, ...]
    may_choose: bool
    sets: tuple[str, ...] = ()


# UniversalNER's table 2, in its order (Zhou et al., 2024), by the names of the corpora folder.
SUPERVISED_SETS = (
    "ace05", "anatem", "bc2gm", "bc4chemd", "bc5cdr", "broad_twitter", "conll03", "fabner", "findvehicle", "genia",
    "harveyner", "mit_movie", "mit_restaurant", "multinerd", "ncbi_disease", "ontonotes", "polyglotner", "tweetner7",
    "wikiann", "wikineural",
)  # fmt: skip

# The dev suite asks for few people, works and places. These do, or ask of other fields; the shipped student was never
# trained on them, since their licences keep them out of it.
WIDE_SETS = (
    "conll04", "gum", "e_ner", "wnut16", "few_tk", "scierc", "nlp_sciner", "casie", "biored", "recipe_flow",
    "ladder_cti", "barley_varieties",
)  # fmt: skip

SUITES: Mapping[str, Suite] = {
    suite.name: suite
    for suite in (
        Suite("dev", "zero_shot_dev", size=8, splits=("dev", "test"), may_choose=True),
        Suite("wide", "train", size=len(WIDE_SETS), splits=("dev",), may_choose=True, sets=WIDE_SETS),
        Suite("zero-shot", "zero_shot_benchmark", size=7, splits=("test",), may_choose=False),
        Suite("supervised", "supervised_benchmark", 20, ("test", "dev"), may_choose=False, sets=SUPERVISED_SETS),
    )
}


def read_suite(
    suite: Suite, data: Path | str, *, only: tuple[str, ...] = (), keep_else: bool = False
) -> tuple[Corpus, ...]:
    """The corpora of a suite present under `data`, in the order of its sets or else of the catalog.

    Args:
        data: the corpora folder, with `catalog.yaml` and a folder a corpus.
        only: names of the corpora wanted; all when empty.

    Raises:
        CorpusError: no catalog, no corpus of the suite's role, or a name in `only` that is not one of them.
    """
    roles = _roles(Path(data))
    names = [name for name, role in roles.items() if role == suite.role]
    if suite.sets:
        names = [name for name in suite.sets if name in names]
    unknown = sorted(set(only) - set(names))
    if unknown or not names:
        raise CorpusError(
            f"{Path(data) / CATALOG}: suite {suite.name!r} ({suite.role}) has the corpora {names}, not {unknown}"
        )
    wanted = [name for name in names if not only or name in only]
    return tuple(read_corpus(Path(data) / name, keep_else=keep_else) for name in wanted)


def absent_sets(suite: Suite, data: Path | str) -> dict[str, str]:
    """The suite's sets that cannot be run, and why, in a word or two: their row in a table says so.

    Raises:
        CorpusError: no catalog.
    """
    roles = _roles(Path(data))
    return {
        name: f"kept as {roles[name]}" if name in roles else "absent"
        for name in suite.sets
        if roles.get(name) != suite.role
    }


def _roles(data: Path) -> dict[str, str]:
    """Corpus -> role, in the catalog's order."""
    path = data / CATALOG
    catalog = load_yaml(path)
    if not isinstance(catalog, list) or not all(isinstance(e, dict) and "name" in e for e in catalog):
        raise CorpusError(f"{path}: expected a list of corpora, each with `name` and `role`")
    return {entry["name"]: entry.get("role", "") for entry in catalog}
