"""How a suite is run: at the default threshold, a given or a fitted one, and on which splits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluation.bootstrap import LEVEL, RESAMPLES, SEED
from evaluation.corpora import Corpus
from evaluation.results import ResultsError, read_results
from evaluation.suite import Extractor, Threshold, fit_threshold, read_splits, run
from evaluation.suites import Suite

CHOICE_SPLIT = "dev"
REPORT_SPLIT = "test"
PROTOCOL = "strict span micro-F1; else class {else_class}; spans as sets; overlaps flat, or nested where the gold is"
DEFAULT = Threshold(None, "student's default")


def single_run(
    ner: Extractor,
    corpora: Iterable[Corpus],
    view: str,
    *,
    split: str,
    threshold: Threshold,
    limit: int | None = None,
    **options: Any,
) -> list[dict[str, Any]]:
    """One run over one split at one threshold; the other options are those of `suite.run`."""
    splits = read_splits(corpora, split, limit)
    return [{"split": split, **run(ner, splits, view, threshold, **options)}]


def fitted_runs(
    ner: Extractor,
    corpora: Iterable[Corpus],
    view: str,
    *,
    limit: int | None = None,
    protocols: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Fits one threshold on the dev splits; runs at the default and at the fitted one, on dev and on test.

    The test splits have no part in the choice.
    """
    corpora = tuple(corpora)
    choice = read_splits(corpora, CHOICE_SPLIT, limit)
    report = read_splits(corpora, REPORT_SPLIT, limit)
    value, swept_f1 = fit_threshold(ner, choice, view)
    fitted = Threshold(value, "fitted on dev")
    runs = []
    for split, splits in ((CHOICE_SPLIT, choice), (REPORT_SPLIT, report)):
        for threshold in (DEFAULT, fitted):
            runs.append({"split": split, **run(ner, splits, view, threshold, protocols=protocols)})
    runs[1]["threshold"]["swept_f1"] = swept_f1
    return runs


def suite_results(
    suite: Suite,
    corpora: Iterable[Corpus],
    view: str | None,
    limit: int | None,
    runs: list[dict[str, Any]],
    *,
    keep_else: bool = False,
    absent: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What a suite's results file says besides how and with what it was run.

    Args:
        view: how types were asked; None for a system that is not asked for types.
        absent: sets of the suite that could not be run, and why.
    """
    else_class = "kept" if keep_else else "left out"
    corpora = tuple(corpora)
    return {
        "kind": "suite",
        "suite": suite.name,
        "size": suite.size,
        **({"sets": list(suite.sets), "absent": dict(absent or {})} if suite.sets else {}),
        "protocol": PROTOCOL.format(else_class=else_class),
        "bootstrap": {"resamples": RESAMPLES, "level": LEVEL, "seed": SEED},
        "view": view,
        "limit": limit,
        "labels": {c.name: {t.label: t.name for t in c.types} for c in corpora},
        "left_out": {c.name: sorted(c.left_out) for c in corpora if c.left_out},
        "runs": runs,
    }


def threshold_from(path: Path, view: str) -> Threshold:
    """The threshold that an earlier dev run with `--fit-threshold` chose for the same view.

    Raises:
        ResultsError: the file holds no fitted threshold, or one for another view.
    """
    results = read_results(path)
    fitted = [r["threshold"]["value"] for r in results.get("runs", ()) if "swept_f1" in r["threshold"]]
    if not fitted or results["view"] != view:
        raise ResultsError(
            f"{path}: no threshold fitted for the view {view!r}; make one with "
            f"python -m evaluation dev --fit-threshold --view {view} --output {path.name}"
        )
    return Threshold(fitted[0], f"fitted on dev, {path.name}")
