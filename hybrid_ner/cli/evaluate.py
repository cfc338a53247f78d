"""`hybrid-ner evaluate`: how good the entities found in a user's own labelled data are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from hybrid_ner.batch import Job
from hybrid_ner.borrowing import DEFAULT, POLICIES, borrow_policy
from hybrid_ner.cli.extract import load_extractor
from hybrid_ner.cli.gold import READER, read_labelled, with_options
from hybrid_ner.definitions.judge import DEFAULT_MARGIN, DEFAULT_POLICY
from hybrid_ner.definitions.judge import POLICIES as CLOSE_CALLS
from hybrid_ner.errors import UsageError
from hybrid_ner.evaluate import PROTOCOL, Evaluation, evaluate, has_overlaps, predict, read_predictions
from hybrid_ner.schema import Document
from hybrid_ner.scoring import Counts
from hybrid_ner.typefile import load_types

_NOTES = {
    "left_out": "gold spans left out: their label is mapped to nothing",
    "unmatched": "gold strings that do not stand in their text, not scored",
    "covered": "discontinuous gold mentions scored as one span each",
    "skipped": "discontinuous gold mentions left out",
    "unasked": "predictions not scored: gold did not look for their type in that document",
}
_EXTRACTOR = (
    click.option("--threshold", type=click.FloatRange(0, 1), help="Default: the student's."),
    click.option(
        "--overlap",
        type=click.Choice(["flat", "nested", "all"]),
        help="Default: flat, nested if gold has overlaps.",
    ),
    click.option("--rules", multiple=True, metavar="PACK", help="Rule pack instead of the default; repeatable."),
    click.option("--no-rules", is_flag=True, help="Work without rules."),
    click.option("--no-index", is_flag=True, help="Do not let type definitions decide between close types."),
    click.option(
        "--close-calls", type=click.Choice(CLOSE_CALLS), help=f"As extract has it; default: {DEFAULT_POLICY}."
    ),
    click.option("--margin", type=click.FloatRange(0, 1), help=f"Of close calls; default: {DEFAULT_MARGIN}."),
    click.option("--borrow", type=click.Choice(POLICIES), help=f"As extract has it; default: {DEFAULT}."),
    click.option("--no-library", is_flag=True, help="Borrow no definitions from the type library."),
    click.option("--student", metavar="NAME_OR_PATH", help="Default: the embedded student."),
    click.option("--device", type=click.Choice(["cpu", "cuda"]), help="Default: cpu."),
)


@click.command("evaluate", short_help="Score extraction against your own labelled data.")
@click.argument("gold_path", metavar="GOLD")
@click.option("--types", "types_spec", required=True, metavar="TYPES", help="Names (person,city) or a YAML/JSON file.")
@click.option(
    "--predictions", metavar="FILE", help="JSONL of `hybrid-ner extract` to score, by id, instead of extracting."
)
@with_options(READER)
@with_options(_EXTRACTOR)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--per-type", is_flag=True, help="Also a row for each type (json always has them).")
def evaluate_command(
    gold_path: str,
    types_spec: str,
    predictions: str | None,
    form: str,
    per_type: bool,
    **options: Any,
) -> None:
    """Score extraction against GOLD, labelled data of your own: strict span micro-F1 and its relatives.

    GOLD is a JSONL file of this project ({"text", "entities"} a line), CoNLL (BIO, BIOES, IOB1), a brat folder,
    a spaCy DocBin, GLiNER or UniNER data, an export of Label Studio or Prodigy, or PubTator. Its labels must be
    names in TYPES, or say with --map what they are. Data that would make a score wrong is refused, with file and
    line.

    Exit codes: 0 scored; 2 bad arguments, types, gold data or predictions.
    """
    types = load_types(types_spec)
    gold = read_labelled(gold_path, types, options)
    if predictions is not None:
        _refuse_extractor_options(options)
        found, how = read_predictions(predictions, gold, types), {"predictions": predictions}
    else:
        job = _job(types, options, has_overlaps(gold))
        ner = load_extractor(job)
        wanted = {"batch_size": job.batch_size, "threshold": job.threshold, "overlap": job.overlap}
        found = predict(ner.extract_many([Document(d.text, id=d.id) for d in gold], types, **wanted))
        how = _facts(job, ner)
    result = evaluate(gold, found, types)
    if form == "json":
        click.echo(json.dumps({"source": gold_path, **how, **result.to_dict()}, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_text(gold_path, how, result, per_type)))


def _refuse_extractor_options(options: Mapping[str, Any]) -> None:
    given = sorted(name for name, value in options.items() if value is not None and value is not False and value != ())
    if given:
        names = ", ".join("--" + name.replace("_", "-") for name in given)
        raise UsageError(f"{names} would change nothing: with --predictions nothing is extracted")


def _job(types: Any, options: Mapping[str, Any], nested: bool) -> Job:
    if options["threshold"] is not None and options["threshold"] != options["threshold"]:
        raise UsageError("--threshold must be a number from 0 to 1, got nan")
    if options["rules"] and options["no_rules"]:
        raise UsageError(f"--rules {options['rules'][0]} and --no-rules contradict each other; give one of them")
    return Job(
        types=types,
        student=options["student"],
        device=options["device"] or "cpu",
        rules=() if options["no_rules"] else options["rules"] or None,
        use_index=not options["no_index"],
        borrow=borrow_policy(options["borrow"], options["no_library"]),
        close_calls=options["close_calls"] or DEFAULT_POLICY,
        margin=DEFAULT_MARGIN if options["margin"] is None else options["margin"],
        threshold=options["threshold"],
        overlap=options["overlap"] or ("nested" if nested else "flat"),
    )


def _facts(job: Job, ner: Any) -> dict[str, Any]:
    return {
        "student": job.student or "default",
        "threshold": ner.student.threshold if job.threshold is None else job.threshold,
        "overlap": job.overlap,
        "rules": "default" if job.rules is None else list(job.rules),
        "index": job.use_index,
        "borrow": job.borrow,
        "close_calls": job.close_calls,
    }


def _text(gold_path: str, how: Mapping[str, Any], result: Evaluation, per_type: bool) -> list[str]:
    settings = ", ".join(f"{name} {_spelt(value)}" for name, value in how.items())
    scores = result.scores
    rows = [("strict", scores.micro), ("boundary", scores.boundary)]
    if per_type:
        rows += [(name, scores.per_type.get(name)) for name in result.types]
    width = max(len(name) for name, _ in rows)
    lines = [
        f"{gold_path}: {result.documents} documents, {result.gold} gold and {result.predicted} predicted entities",
        f"{PROTOCOL}; macro: the mean of the types' F1",
        settings,
        "",
        f"{'':{width}}  precision  recall      F1     tp     fp     fn",
        *(_row(name, counts, width) for name, counts in rows[:2]),
        f"{'macro':{width}}  {'':9}  {'':6}  {100 * scores.macro_f1:6.2f}",
    ]
    if per_type:
        lines += ["", *(_row(name, counts, width) for name, counts in rows[2:])]
    return [*lines, *([""] if result.notes else []), *(f"{n} {_NOTES[name]}" for name, n in result.notes.items())]


def _row(name: str, counts: Counts | None, width: int) -> str:
    if counts is None:
        return f"{name:{width}}  neither gold nor predicted"
    ratios = f"{100 * counts.precision:9.2f}  {100 * counts.recall:6.2f}  {100 * counts.f1:6.2f}"
    return f"{name:{width}}  {ratios}  {counts.tp:5}  {counts.fp:5}  {counts.fn:5}"


def _spelt(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return "+".join(value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
