"""`python -m evaluation ...`: the commands."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from evaluation import bootstrap, protocol, readme
from evaluation.counts import read_pair, write_counts
from evaluation.errors import analyse
from evaluation.fit_commands import FIT_COMMANDS
from evaluation.protocols import PROTOCOLS
from evaluation.results import provenance, read_results, write_results
from evaluation.student import Setup
from evaluation.suite import VIEWS, Predicted, Split, Threshold
from evaluation.suites import SUITES, read_suite
from evaluation.tables import differences, render
from hybrid_ner.errors import HybridNERError

_FILE = click.Path(path_type=Path)
_OPTIONS = (
    click.option(
        "--data",
        required=True,
        envvar="HYBRID_NER_DATA",
        type=click.Path(path_type=Path),
        help="The corpora folder, with catalog.yaml (or the variable HYBRID_NER_DATA).",
    ),
    click.option(
        "--view",
        type=click.Choice(list(VIEWS)),
        default="both",
        show_default=True,
        help="How types are asked.",
    ),
    click.option("--threshold", type=click.FloatRange(0, 1), help="Default: the student's."),
    click.option("--student", metavar="NAME_OR_PATH", help="Default: the embedded student."),
    click.option("--no-rules", is_flag=True, help="Without rules."),
    click.option("--no-index", is_flag=True, help="Without the index of definitions."),
    click.option("--corpus", "only", multiple=True, metavar="NAME", help="Only this corpus; repeatable."),
    click.option("--limit", type=click.IntRange(min=1), help="Only the first sentences of every corpus."),
    click.option("--keep-else", is_flag=True, help='Ask for the "else" class too (the published protocol does not).'),
    click.option(
        "--proposals", is_flag=True, help="Also the candidates' recall and typing accuracy on gold spans (slower)."
    ),
    click.option(
        "--protocol",
        "protocols",
        multiple=True,
        type=click.Choice(list(PROTOCOLS)),
        help="Also score by this protocol; repeatable.",
    ),
    click.option("--counts", type=_FILE, help="Where to write counts a sentence, for `compare`."),
    click.option("--errors", type=_FILE, help="Where to write an analysis of the errors (JSON; ids and offsets)."),
    click.option("--examples", is_flag=True, help="With --errors: sentences and mentions as well."),
    click.option("--output", type=click.Path(path_type=Path), help="Results file (JSON) to write."),
)


def suite_options(command: Callable) -> Callable:
    """The options that every suite has."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def cli() -> None:
    """Measures an extractor, and makes tables of results files."""


@cli.command()
@suite_options
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


@cli.command("zero-shot")
@suite_options
@click.option(
    "--threshold-from",
    type=click.Path(path_type=Path),
    metavar="RESULTS",
    help="Take the threshold that `dev --fit-threshold` chose and wrote into this file.",
)
def zero_shot(threshold_from: Path | None, **options: Any) -> None:
    """The published zero-shot sets: for reporting only, nothing is chosen here."""
    if threshold_from and options["threshold"] is not None:
        raise click.UsageError("--threshold-from does not go with --threshold")
    chosen = protocol.threshold_from(threshold_from, options["view"]) if threshold_from else None
    _run_suite("zero-shot", "test", chosen=chosen, **options)


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RESULTS...")
def table(files: Sequence[Path]) -> None:
    """A Markdown table of results files."""
    click.echo(render([read_results(path) for path in files]), nl=False)


@cli.command()
@click.argument("a", type=_FILE)
@click.argument("b", type=_FILE)
def compare(a: Path, b: Path) -> None:
    """Is run B better than run A? A paired bootstrap test over two files that --counts wrote."""
    click.echo(differences(bootstrap.compare(*read_pair(a, b))))


@cli.command()
@click.argument("student", metavar="FOLDER")
@click.option("--data", required=True, envvar="HYBRID_NER_DATA", type=click.Path(path_type=Path))
@click.option(
    "--limit", type=click.IntRange(min=1), default=300, show_default=True, help="Sentences a corpus."
)
@click.option("--output", type=click.Path(path_type=Path), help="Where to write what was chosen (JSON).")
def calibrate(student: str, data: Path, limit: int, output: Path | None) -> None:
    """Fit a student's gate, calibration and threshold on the dev suite's dev splits; writes its config.json."""
    from evaluation.calibrate import calibrate as fit

    chosen = {"kind": "calibration", "limit": limit, **fit(student, data, limit)}
    click.echo("\n".join(f"{name}: {value}" for name, value in chosen.items()))
    if output is not None:
        write_results(output, {**chosen, **provenance(sys.argv[1:])})


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RESULTS...")
def card(folder: Path, files: Sequence[Path]) -> None:
    """Put the tables of results files into a student's model card."""
    from evaluation.card import fill_card

    click.echo(f"{fill_card(folder, files)} written")


@cli.command("check-readme")
@click.argument("path", type=click.Path(path_type=Path), metavar="README")
@click.option("--write", is_flag=True, help="Fill the tables in instead of checking them.")
def check_readme(path: Path, write: bool) -> None:
    """Are a README's tables what their results files give? Exit code 1 if not."""
    if write:
        click.echo(f"{path}: {readme.fill(path)} tables written")
        return
    stale = readme.stale_blocks(path)
    for block, was, now in stale:
        click.echo(f"{path}, line {block.line}: not what {' '.join(block.files)} gives:", err=True)
        click.echo("\n".join(difflib.unified_diff(was, now, "README", "results", lineterm="", n=0)), err=True)
    if stale:
        click.echo(f"fill them in with: python -m evaluation check-readme {path} --write", err=True)
        sys.exit(1)
    click.echo(f"{path}: {readme.count_blocks(path)} tables agree with their results files")


@cli.command()
@click.option("--student", metavar="NAME_OR_PATH", help="Default: the embedded student.")
@click.option(
    "--threads", type=click.IntRange(min=1), default=2, show_default=True, help="CPUs, for all alike."
)
@click.option("--quick", is_flag=True, help="Tiny sizes, to see that it works; no figures to publish.")
@click.option("--no-gliner", is_flag=True, help="Measure ours only.")
@click.option("--output", type=click.Path(path_type=Path), help="Results file (JSON) to write.")
def bench(student: str | None, threads: int, quick: bool, no_gliner: bool, output: Path | None) -> None:
    """Speed beside the gliner package, start-up time and memory."""
    from evaluation.bench.run import run_bench

    measured = run_bench(student, threads=threads, quick=quick, gliner=not no_gliner)
    source = provenance(sys.argv[1:])
    results = {**measured, **source, "machine": {**source["machine"], "threads": threads}}
    if output:
        write_results(output, results)
    click.echo(render([results]), nl=False)


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
) -> None:
    if examples and not errors:
        raise click.UsageError("--examples goes with --errors FILE, which they are written to")
    suite = SUITES[name]
    corpora = read_suite(suite, data, only=only, keep_else=keep_else)
    setup = Setup(student, view, () if no_rules else None, not no_index)
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
            observe=lambda *found: measured.append(found),
        )
    results = {
        **protocol.suite_results(suite, corpora, view, limit, runs, keep_else=keep_else),
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


for _command in FIT_COMMANDS:
    cli.add_command(_command)


def main() -> None:
    """The program; an error made on purpose is one line and exit code 2."""
    try:
        cli(prog_name="python -m evaluation")
    except HybridNERError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
