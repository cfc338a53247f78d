"""Fits a baseline to every corpus of a suite and scores it: a results file like a student's, with other columns."""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from evaluation import protocol
from evaluation.baselines import Baseline
from evaluation.corpora import Corpus, read_sentences
from evaluation.figures import run_figures
from evaluation.suite import Predicted, Split
from evaluation.suites import Suite, absent_sets, read_suite
from hybrid_ner.scoring import ScoringError, align

TRAINING_SPLIT = "train"


def baseline_results(
    baseline: Baseline,
    suite: Suite,
    data: Path,
    *,
    only: tuple[str, ...] = (),
    limit: int | None = None,
    training_limit: int | None = None,
    protocols: Sequence[str] = (),
) -> dict[str, Any]:
    """What the results file of a baseline says besides its provenance.

    Args:
        limit, training_limit: only the first sentences of the test and training splits.

    Raises:
        ScoringError: no corpus has a training split, or the baseline gave spans outside its texts.
        CorpusError: a corpus that cannot be read.
    """
    corpora = read_suite(suite, data, only=only)
    trainable = [c for c in corpora if TRAINING_SPLIT in c.splits]
    if not trainable:
        raise ScoringError(
            f"none of {[c.name for c in corpora]} has a split {TRAINING_SPLIT!r}: {baseline.name} has nothing to learn"
        )
    measured, facts = [], {}
    for corpus in trainable:
        test = Split(corpus, read_sentences(corpus, protocol.REPORT_SPLIT, limit=limit))
        predicted, facts[corpus.name] = _fit_and_tag(baseline, corpus, test, training_limit)
        measured.append((test, predicted))
    absent = absent_sets(suite, data)
    absent |= {c.name: "no training split" for c in corpora if c not in trainable}
    run = {
        "split": protocol.REPORT_SPLIT,
        "threshold": {"value": None, "origin": "none"},
        **run_figures(measured, protocols),
    }
    return {
        **protocol.suite_results(suite, trainable, None, limit, [run], absent=absent),
        "system": {
            "name": baseline.name,
            "settings": {**baseline.settings, "training sentences": training_limit or "all"},
            "training": facts,
            "versions": {package: version(package) for package in baseline.packages},
        },
    }


def _fit_and_tag(
    baseline: Baseline, corpus: Corpus, test: Split, training_limit: int | None
) -> tuple[Predicted, dict[str, Any]]:
    training = read_sentences(corpus, TRAINING_SPLIT, limit=training_limit)
    began = time.perf_counter()
    tagger = baseline.fit(training)
    fitted = time.perf_counter()
    found = tagger([s.text for s in test.sentences])
    seconds = time.perf_counter() - fitted
    by_id = {s.id: spans for s, spans in zip(test.sentences, found, strict=True)}
    align(test.sentences, by_id, [t.name for t in corpus.types])
    facts = {"sentences": len(training), "seconds": round(fitted - began, 2)}
    return Predicted(tuple(dict(spans) for spans in found), None, seconds), facts
