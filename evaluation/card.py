"""A student's model card with the tables of results files in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from evaluation.results import ResultsError, read_results, weights_sha256
from evaluation.tables import render
from hybrid_ner.training.card import write_card


def fill_card(folder: Path, files: Sequence[Path]) -> Path:
    """Writes `figures.json` and `MODEL_CARD.md` of a student's folder.

    Raises:
        ResultsError: a file was measured with other weights than the folder holds.
    """
    results = [read_results(path) for path in files]
    held = weights_sha256(folder)
    for path, result in zip(files, results, strict=True):
        if result["student"]["precision"] == "int8" and result["student"]["sha256"] != held:
            raise ResultsError(
                f"{path} was measured with other weights than those in {folder}; measure again"
            )
    figures = [{"how": f"Suite `{suite}`.", "table": render(of)} for suite, of in _by_suite(results).items()]
    (folder / "figures.json").write_text(
        json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return write_card(folder)


def _by_suite(results: Sequence[dict]) -> dict[str, list[dict]]:
    groups: dict[str, list[dict]] = {}
    for result in results:
        groups.setdefault(result["suite"], []).append(result)
    return groups
