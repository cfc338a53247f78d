"""Counts files: a run's strict counts a sentence, which a paired test between two runs needs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluation.bootstrap import sentence_counts
from evaluation.results import FORMAT, ResultsError, read_results

if TYPE_CHECKING:
    from evaluation.suite import Predicted, Split

KIND = "counts"


def write_counts(path: Path, facts: Mapping[str, Any], measured: Iterable[tuple[Split, Predicted]]) -> None:
    """Writes ids and (tp, fp, fn) of every sentence, on one line, with the `facts` of the run."""
    corpora = {
        split.corpus.name: {
            "ids": [s.id for s in split.sentences],
            "counts": sentence_counts(split.gold, predicted.scored).tolist(),
        }
        for split, predicted in measured
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    record = {"format": FORMAT, "kind": KIND, **facts, "corpora": corpora}
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", "utf-8")


def read_pair(a: Path, b: Path) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The counts of two runs, corpus -> [sentences, 3], checked to be of the same sentences.

    Raises:
        ResultsError: not counts files, or other corpora, sentences or gold spans.
    """
    first, second = _read(a), _read(b)
    if first["suite"] != second["suite"] or first["split"] != second["split"]:
        was = [f"{r['suite']} {r['split']}" for r in (first, second)]
        raise ResultsError(f"{b}: of {was[1]}, but {a} is of {was[0]}; compare runs over the same split")
    if first["corpora"].keys() != second["corpora"].keys():
        differ = sorted(first["corpora"].keys() ^ second["corpora"].keys())
        raise ResultsError(f"{a} and {b} are not of the same corpora; only one of them has {differ}")
    pairs = {name: (_counts(a, name, first), _counts(b, name, second)) for name in first["corpora"]}
    for name, (one, other) in pairs.items():
        same_ids = first["corpora"][name]["ids"] == second["corpora"][name]["ids"]
        if not same_ids or (one[:, [0, 2]].sum(axis=1) != other[:, [0, 2]].sum(axis=1)).any():
            raise ResultsError(
                f"{a} and {b}: {name!r} was measured on other sentences or other gold spans; "
                "compare runs with the same --limit, corpora and else class"
            )
    return {n: p[0] for n, p in pairs.items()}, {n: p[1] for n, p in pairs.items()}


def _read(path: Path) -> dict[str, Any]:
    record = read_results(path)
    if record["kind"] != KIND or not isinstance(record.get("corpora"), dict) or not record["corpora"]:
        raise ResultsError(f"{path}: not a counts file; make one with python -m evaluation dev --counts {path.name}")
    return record


def _counts(path: Path, name: str, record: Mapping[str, Any]) -> np.ndarray:
    entry = record["corpora"][name]
    try:
        counts = np.array(entry["counts"], dtype=np.int64)
        if counts.shape != (len(entry["ids"]), 3) or (counts < 0).any():
            raise ValueError("expected three counts a sentence, none below 0")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ResultsError(f"{path}: the counts of {name!r} are damaged: {error}") from error
    return counts
