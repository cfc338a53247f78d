"""`hybrid-ner extract`: documents and types in, entities out."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import click

from hybrid_ner.batch import Job, Loader, run
from hybrid_ner.borrowing import DEFAULT, POLICIES, borrow_policy
from hybrid_ner.cli import EXIT_INTERRUPTED
from hybrid_ner.cli.report import Report
from hybrid_ner.cli.request import Request, check_request, format_of, starting_progress
from hybrid_ner.definitions.judge import DEFAULT_MARGIN, DEFAULT_POLICY
from hybrid_ner.definitions.judge import POLICIES as CLOSE_CALLS
from hybrid_ner.errors import UsageError
from hybrid_ner.formats.reading import read_inputs
from hybrid_ner.formats.writing import FORMATS, Writer, open_writer
from hybrid_ner.journal import Journal, Progress, skip_done
from hybrid_ner.typefile import load_types

EXIT_SOME_FAILED = 3


def load_extractor(job: Job) -> Any:
    """The extractor a job asks for; also what a worker process calls."""
    from hybrid_ner.extractor import HybridNER

    return HybridNER.load(
        job.student,
        device=job.device,
        rules=job.rules,
        use_index=job.use_index,
        borrow=job.borrow,
        close_calls=job.close_calls,
        margin=job.margin,
        threads=job.threads,
    )


@click.command("extract", short_help="Find entities of the types you name in documents.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "--types",
    "types_spec",
    required=True,
    metavar="TYPES",
    help="Names (person,city), a YAML/JSON file, or types of the library (medical; library:geography/city,person).",
)
@click.option(
    "--output", type=click.Path(path_type=Path), help="File to write (brat: folder); default standard output."
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(FORMATS)),
    help="Default: by --output's suffix, else jsonl.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    help="Keep entities from this score on; default the student's.",
)
@click.option("--overlap", type=click.Choice(["flat", "nested", "all"]), default="flat", show_default=True)
@click.option(
    "--rules",
    multiple=True,
    metavar="PACK",
    help="Rule pack, by name or path, instead of the default; repeatable.",
)
@click.option("--no-rules", is_flag=True, help="Work without rules.")
@click.option("--no-index", is_flag=True, help="Do not let type definitions decide between close types.")
@click.option(
    "--close-calls",
    type=click.Choice(CLOSE_CALLS),
    default=DEFAULT_POLICY,
    show_default=True,
    help="Of types within the margin of the best one: take the best, keep them (--overlap all), or none.",
)
@click.option(
    "--margin", type=click.FloatRange(0, 1), default=DEFAULT_MARGIN, show_default=True, help="Of close calls."
)
@click.option(
    "--borrow",
    type=click.Choice(POLICIES),
    help=f"Definition that a type without one takes from the library; default: {DEFAULT}.",
)
@click.option("--no-library", is_flag=True, help="Borrow no definitions from the type library.")
@click.option("--explain", is_flag=True, help="Also write every candidate, kept and dropped, and why.")
@click.option("--student", metavar="NAME_OR_PATH", help="Default: the embedded one; see `students`.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option(
    "--batch-size", type=click.IntRange(min=1), default=32, show_default=True, help="Documents at a time."
)
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes.")
@click.option("--resume", is_flag=True, help="Go on with an interrupted run (jsonl, csv, conll).")
@click.option("--verbose", "-v", is_flag=True, help="Log what happens, with tracebacks, on standard error.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but what ends the run.")
@click.pass_context
def extract_command(
    ctx: click.Context,
    inputs: tuple[str, ...],
    types_spec: str,
    output: Path | None,
    format_name: str | None,
    threshold: float | None,
    overlap: str,
    rules: tuple[str, ...],
    no_rules: bool,
    no_index: bool,
    close_calls: str,
    margin: float,
    borrow: str | None,
    no_library: bool,
    explain: bool,
    student: str | None,
    device: str,
    batch_size: int,
    workers: int,
    resume: bool,
    verbose: bool,
    quiet: bool,
) -> None:
    """Find entities of the types you name in documents.

    INPUT is a .txt file (one document), a .jsonl file (a document a line: {"id", "text", ...}), a folder,
    a glob, or - for standard input.

    Exit codes: 0 all documents done; 2 bad arguments, types or rules (nothing written); 3 some documents
    failed (each has a record with "error", the rest are done).

    With --resume, OUTPUT.progress beside the output says where to go on.
    """
    if verbose:
        logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", force=True)
        logging.getLogger("hybrid_ner").setLevel(logging.DEBUG)
    if threshold is not None and threshold != threshold:
        raise UsageError("--threshold must be a number from 0 to 1, got nan")
    if rules and no_rules:
        raise UsageError(f"--rules {rules[0]} and --no-rules contradict each other; give one of them")
    request = Request(inputs, output, format_name or format_of(output), workers, resume, quiet)
    check_request(request)
    job = Job(
        types=load_types(types_spec),
        student=student,
        device=device,
        rules=() if no_rules else rules or None,
        use_index=not no_index,
        borrow=borrow_policy(borrow, no_library),
        close_calls=close_calls,
        margin=margin,
        threshold=threshold,
        overlap=overlap,
        explain=explain,
        batch_size=batch_size,
    )
    ctx.exit(_extract(request, job))


def _extract(request: Request, job: Job) -> int:
    """Runs the job and returns the exit code. What may be refused is tried before the output is opened."""
    progress = starting_progress(request, job)
    extractor = load_extractor(job)  # here first: a bad student or rule pack ends the run before anything is written
    load: Loader = load_extractor if request.workers > 1 else lambda _: extractor
    documents = read_inputs(request.inputs, skip=request.own_files)
    if request.resume:
        documents = skip_done(documents, progress, request.output)
    journal = None if progress is None else Journal(request.output, progress)
    report = Report(progress or Progress(), request.output, quiet=request.quiet)
    report.tell_loans(extractor.loans(job.types))
    try:
        if journal is not None:
            journal.prepare_output()
        with report, _writer(request, job, progress) as writer:
            run(
                documents, job, load, writer, workers=request.workers, journal=journal, on_document=report.add
            )
    except KeyboardInterrupt:
        report.interrupted(can_resume=journal is not None)
        return EXIT_INTERRUPTED
    if journal is not None:
        journal.finish()
    report.conclude()
    return EXIT_SOME_FAILED if report.failed else 0


def _writer(request: Request, job: Job, progress: Progress | None) -> Writer:
    path = None if request.output is None else str(request.output)
    append = progress is not None and progress.bytes > 0
    return open_writer(request.format, path, explain=job.explain, append=append)
