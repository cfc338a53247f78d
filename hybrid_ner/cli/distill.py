"""`hybrid-ner distill`: from raw text to a student of your own, step by step or in one run."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TypeVar

import click

from hybrid_ner.errors import UsageError

EXIT_SOME_FAILED = 3
S = TypeVar("S")

_FOLDER = click.Path(path_type=Path)
_OUTPUT = click.option("--output", required=True, type=_FOLDER, help="Folder of what the step makes.")
_CONFIG = click.option(
    "--config", "config_path", type=_FOLDER, help="YAML; its section of the step's name. Options go before it."
)


@click.group("distill", context_settings={"max_content_width": 110})
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but results and what ends the run.")
@click.pass_context
def distill_command(ctx: click.Context, quiet: bool) -> None:
    """From raw text to a student: corpus, teach, stats, dataset, student; or all of it with run.

    Every step writes a folder with a manifest of what it was made of, and is skipped when that has not changed.
    A step that was interrupted is started again by the same command; an answer of a teacher that was kept is not
    asked for again. Ctrl-C and SIGTERM wait for the calls that are under way and keep their answers; a second one
    ends the run at once. What was under way then, or at a SIGKILL, is asked again, with the same Idempotency-Key.

    Exit codes: 0 done; 2 bad arguments, or a teacher that cannot be asked; 3 some passages have no answer (the others
    are kept).
    """
    logging.basicConfig(format="%(message)s")
    logging.getLogger("hybrid_ner").setLevel(logging.WARNING if quiet else logging.INFO)
    for number in (signal.SIGINT, signal.SIGTERM):
        ctx.call_on_close(partial(signal.signal, number, signal.signal(number, _stop)))


def _stop(number: int, _: FrameType | None) -> NoReturn:
    """Ends the run in order: answers of a teacher that are under way are still kept. The next one ends it at once."""
    for again in (signal.SIGINT, signal.SIGTERM):
        signal.signal(again, signal.SIG_DFL)
    raise KeyboardInterrupt


def _settings(cls: type[S], section: str, config_path: Path | None, options: Mapping[str, Any]) -> S:
    """The settings of a step: its section of the file, options over it."""
    from hybrid_ner.distill.settings import read_yaml, settings_of

    values = read_yaml(config_path).get(section) or {} if config_path else {}
    if not isinstance(values, dict):
        raise UsageError(f"{config_path}: {section} must be a mapping of settings, got {values!r}")
    given = {name: value for name, value in options.items() if value not in (None, ())}
    return settings_of(cls, {**values, **given}, section)


def _report(folder: Path, file: str, made: bool) -> dict[str, Any]:
    """Says what a step did, and returns its report."""
    from hybrid_ner.distill.files import read_json

    click.echo(f"{'made' if made else 'unchanged'}: {folder}")
    return read_json(folder / file)


def _line(report: Mapping[str, Any]) -> str:
    """The plain figures of a report, those that are not 0."""
    plain = {name: value for name, value in report.items() if isinstance(value, (int, float)) and value}
    return ", ".join(f"{value:g} {name.replace('_', ' ')}" for name, value in plain.items())


@distill_command.command("corpus", short_help="Raw text to passages: filtered, each once, sampled.")
@click.argument("inputs", nargs=-1, metavar="[INPUT]...")
@_OUTPUT
@_CONFIG
@click.option("--passages", type=int, help="How many to sample; default 50,000.")
@click.option("--tokens", type=int, help="Sub-tokens of the longest passage; default 256.")
@click.option("--seed", type=int, help="Of the sample.")
@click.option("--against", multiple=True, metavar="PATH", help="Evaluation corpus to keep out; repeatable.")
def corpus_command(inputs: tuple[str, ...], output: Path, config_path: Path | None, **options: Any) -> None:
    """Make a corpus of passages. INPUT is a .txt, .jsonl (both also .gz) or .parquet file, a folder, a glob, or
    hf:NAME, a data set of the Hugging Face hub."""
    from hybrid_ner.distill.corpus.build import REPORT, CorpusSettings, corpus_step

    settings = _settings(CorpusSettings, "corpus", config_path, {"inputs": inputs, **options})
    report = _report(output, REPORT, corpus_step(settings, output))
    left_out = ", ".join(f"{count} {reason}" for reason, count in report["left_out"].items())
    click.echo(_line(report) + (f"; left out: {left_out}" if left_out else ""))
    for name, leaks in report["leaks"]["corpora"].items():
        click.echo(f"leak check, {name}: {leaks['leaked_passages']} passages share words with {leaks['texts']} texts")


@distill_command.command("teach", short_help="Ask a teacher for the entities of every passage.")
@click.argument("corpus", type=_FOLDER)
@_OUTPUT
@_CONFIG
@click.option("--teacher", metavar="TEACHER", help="endpoint:URL#MODEL, local:MODEL, student:NAME or student.")
@click.option("--template", help="Prompt: uniner-type (default), uniner-definition, type-definition, or a file.")
@click.option("--types", help="What a student is asked: names or a types file.")
@click.option("--cache", type=_FOLDER, help="Answers kept; default OUTPUT with .cache behind it.")
@click.pass_context
def teach_command(
    ctx: click.Context, corpus: Path, output: Path, config_path: Path | None, cache: Path | None, **options: Any
) -> None:
    """Ask a teacher about every passage of CORPUS, a folder made by `hybrid-ner distill corpus`."""
    from hybrid_ner.distill.teacher.label import REPORT, teach_step
    from hybrid_ner.distill.teacher.make import TeacherSettings, make_teacher

    settings = _settings(TeacherSettings, "teacher", config_path, options)
    cache = cache or output.with_name(f"{output.name}.cache")
    how = settings.labelling(), output, cache, settings.limits()
    made = _or_incomplete(ctx, lambda: teach_step(corpus, make_teacher(settings), *how))
    click.echo(_line(_report(output, REPORT, made)))


@distill_command.command("stats", short_help="Types by frequency, types a passage, mention lengths.")
@click.argument("answers", type=_FOLDER)
@_OUTPUT
@click.option("--plot", is_flag=True, help="Also stats.png.")
def stats_command(answers: Path, output: Path, plot: bool) -> None:
    """Count what the teacher gave. ANSWERS is a folder made by `hybrid-ner distill teach`."""
    from hybrid_ner.distill.stats import REPORT, stats_step, table

    click.echo(table(_report(output, REPORT, stats_step(answers, output, plot=plot))))


@distill_command.command("dataset", short_help="Answers to a corpus that `hybrid-ner train` takes.")
@click.argument("answers", type=_FOLDER)
@_OUTPUT
@_CONFIG
@click.option("--name", help="Of the corpus.")
@click.option("--licence", help="Of texts and answers, for the manifest.")
@click.option("--open-licence", is_flag=True, default=None, help="What is trained on it may be shipped.")
@click.option("--types", help="Types file whose definitions go before the teacher's.")
@click.option("--min-mentions", type=int, help="Leave out types with fewer mentions.")
def dataset_command(answers: Path, output: Path, config_path: Path | None, **options: Any) -> None:
    """Write the folder for `hybrid-ner train --data OUTPUT --config OUTPUT/train.yaml`."""
    from hybrid_ner.distill.dataset import REPORT, DatasetSettings, dataset_step

    settings = _settings(DatasetSettings, "dataset", config_path, options)
    report = _report(output, REPORT, dataset_step(answers, settings, output))
    click.echo(_line(report))
    for name, splits in report["corpora"].items():
        sizes = ", ".join(f"{split} {size['sentences']} ({size['entities']})" for split, size in splits.items())
        click.echo(f"{name}, passages (mentions): {sizes}")


@distill_command.command("student", short_help="Train and export a student on a dataset.")
@click.argument("dataset", type=_FOLDER)
@_OUTPUT
@_CONFIG
@click.option("--precision", type=click.Choice(["int8", "fp32"]), help="Of the export; default int8.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), help="To train on; default cpu.")
def student_command(dataset: Path, output: Path, config_path: Path | None, **options: Any) -> None:
    """Train, export and give a threshold to a student; it is then OUTPUT/student."""
    from hybrid_ner.distill.student import REPORT, STUDENT, StudentSettings, student_step

    settings = _settings(StudentSettings, "student", config_path, {"progress": True, **options})
    click.echo(_line(_report(output, REPORT, student_step(dataset, settings, output))))
    click.echo(f"next: hybrid-ner extract ... --student {output / STUDENT}")


@distill_command.command("rounds", short_help="Without a teacher: label, criticise, train, measure, repeat.")
@click.argument("corpus", type=_FOLDER)
@_OUTPUT
@_CONFIG
@click.option("--types", help="What students are asked: names or a types file.")
@click.option("--gold", help="Labelled file that every round is measured on.")
@click.option("--rounds", type=int, help="How many; default 2.")
@click.option("--student", help="Who labels first; default the embedded student.")
def rounds_command(corpus: Path, output: Path, config_path: Path | None, **options: Any) -> None:
    """Distil a student from itself over CORPUS, as in Impossible Distillation, with the gain of each round.

    The best round's student is OUTPUT/student."""
    from hybrid_ner.distill.rounds.run import RoundSettings, run_rounds

    settings = _settings(RoundSettings, "rounds", config_path, options)
    report = run_rounds(corpus, settings, output)
    for row in report["rounds"]:
        labels = row.get("labels", {})
        detail = f", gain {row['gain']:+.2f}; {labels['kept']} of {labels['proposed']} labels kept" if labels else ""
        click.echo(f"round {row['round']}: F1 {row['f1']:.2f}{detail}")
    made = f"; {output / 'student'}, {report['student']}" if report["best"] else ""
    click.echo(f"best: round {report['best']}, gain {report['gain']:+.2f}{made}")


@distill_command.command("run", short_help="All steps, from one YAML file.")
@click.argument("config", type=_FOLDER)
@click.option("--work", required=True, type=_FOLDER, help="Folder of everything that is made.")
@click.pass_context
def run_command(ctx: click.Context, config: Path, work: Path) -> None:
    """Run every step of CONFIG (sections corpus, teacher, stats, dataset, student, evaluate) that is not done."""
    from hybrid_ner.distill.files import read_json
    from hybrid_ner.distill.pipeline import Pipeline, run_pipeline

    pipeline = Pipeline.load(config)
    made = _or_incomplete(ctx, lambda: run_pipeline(pipeline, work))
    click.echo(f"{work}: {'made ' + ', '.join(made) if made else 'everything is done already'}")
    if pipeline.evaluate:
        for name, figures in read_json(work / "evaluation" / "evaluation.json").items():
            scores = ", ".join(f"{key} {figures[key]:.2f}" for key in ("precision", "recall", "f1"))
            click.echo(f"{name}: {scores}, threshold {figures['threshold']:g}")


def _or_incomplete(ctx: click.Context, make: Callable[[], Any]) -> Any:
    """What `make` returns; passages without an answer end the command with an exit code of their own."""
    from hybrid_ner.cli import fail
    from hybrid_ner.distill.teacher.label import IncompleteError

    try:
        return make()
    except IncompleteError as error:
        fail(ctx, str(error), EXIT_SOME_FAILED)
