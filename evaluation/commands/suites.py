"""The suites of corpora: `dev`, `zero-shot` and `supervised`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from evaluation import protocol
from evaluation.ablations.conditioning import conditioned as name_corpora
from evaluation.commands.options import CONDITIONED, FILE, SUITE, with_options
from evaluation.counts import write_counts
from evaluation.errors import analyse
from evaluation.results import provenance, write_results
from evaluation.student import Setup
from evaluation.suite import Predicted, Split, Threshold
from evaluation.suites import SUITES, absent_sets, read_suite
from evaluation.tables import render


@click.command()
@with_options(*SUITE)
@click.option("--split", type=click.Choice(SUITES["dev"].splits), default="dev", show_default=True)
@click.option(
    "--fit-threshold",
    "fit",
    is_flag=True,
    help="Choose one threshold on the dev splits; report it and the default on dev and test.",
)
def dev(fit: bool, split: str, **options: Any) -> None:
    """The corpora for choosing: models, thresholds and rules are compared here."""
    barred = [f"--{o}" for o in ("threshold", "proposals", "counts", "errors") if options[o] not in (None, False)]
    if fit and barred:
        raise click.UsageError(f"--fit-threshold, which makes several runs, does not go with {', '.join(barred)}")
    _run_suite("dev", split, fit=fit, **options)


@click.command()
@with_options(*SUITE)
def wide(**options: Any) -> None:
    """More corpora for choosing, dev splits: those the shipped student may not learn from. For no other student."""
    _run_suite("wide", "dev", **options)


_THRESHOLD_FROM = click.option(
    "--threshold-from",
    type=FILE,
    metavar="RESULTS",
    help="Take the threshold that `dev --fit-threshold` chose and wrote into this file.",
)


@click.command("zero-shot")
@with_options(*SUITE, _THRESHOLD_FROM)
def zero_shot(threshold_from: Path | None, **options: Any) -> None:
    """The published zero-shot sets: for reporting only, nothing is chosen here."""
    _run_suite("zero-shot", "test", chosen=_chosen(threshold_from, options), **options)


@click.command()
@with_options(*SUITE, _THRESHOLD_FROM, CONDITIONED)
def supervised(threshold_from: Path | None, **options: Any) -> None:
    """UniversalNER's 20 supervised sets, those that are present; the shipped student was trained on none of them."""
    _run_suite("supervised", "test", chosen=_chosen(threshold_from, options), **options)


def _chosen(threshold_from: Path | None, options: dict[str, Any]) -> Threshold | None:
    if threshold_from and options["threshold"] is not None:
        raise click.UsageError("--threshold-from does not go with --threshold")
    return protocol.threshold_from(threshold_from, options["view"]) if threshold_from else None


def _run_suite(
    name: str,
    split: str,
    *,
    data: Path,
    view: str,
    threshold: float | None,
    student: str | None,
    no_rules: bool,
    no_index: bool,
    borrow: str,
    combine: str,
    only: tuple[str, ...],
    limit: int | None,
    keep_else: bool,
    proposals: bool,
    protocols: tuple[str, ...],
    counts: Path | None,
    errors: Path | None,
    examples: bool,
    output: Path | None,
    fit: bool = False,
    chosen: Threshold | None = None,
    conditioned: bool = False,
) -> None:
    if examples and not errors:
        raise click.UsageError("--examples goes with --errors FILE, which they are written to")
    suite = SUITES[name]
    corpora = read_suite(suite, data, only=only, keep_else=keep_else)
    setup = Setup(student, view, () if no_rules else None, not no_index, borrow, combine)
    ner = setup.load()
    measured: list[tuple[Split, Predicted]] = []
    if fit:
        runs = protocol.fitted_runs(ner, corpora, view, limit=limit, protocols=protocols)
    else:
        runs = protocol.single_run(
            ner,
            corpora,
            view,
            split=split,
            threshold=chosen or (protocol.DEFAULT if threshold is None else Threshold(threshold, "given")),
            limit=limit,
            candidates=proposals,
            protocols=protocols,
            asked=(lambda corpus: name_corpora(corpus, view)) if conditioned else None,
            observe=lambda *found: measured.append(found),
        )
    results = {
        **protocol.suite_results(
            suite, corpora, view, limit, runs, keep_else=keep_else, absent=absent_sets(suite, data)
        ),
        **({"conditioned": True} if conditioned else {}),
        **setup.facts(ner),
        **provenance(sys.argv[1:]),
    }
    if output:
        write_results(output, results)
    facts = {key: results[key] for key in ("suite", "view", "student", "stages", "command")}
    facts |= {"split": split, "threshold": runs[0]["threshold"]}
    if counts:
        write_counts(counts, facts, measured)
    if errors:
        found = {s.corpus.name: analyse(s.sentences, p.scored, texts=examples) for s, p in measured}
        write_results(errors, {"kind": "errors", **facts, "corpora": found})
    click.echo(render([results]), nl=False)
