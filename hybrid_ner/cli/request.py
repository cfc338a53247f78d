"""What `hybrid-ner extract` is to read and write, checked before anything is loaded or written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hybrid_ner import __version__
from hybrid_ner.batch import Job
from hybrid_ner.errors import UsageError
from hybrid_ner.formats.writing import FORMATS
from hybrid_ner.journal import Progress, journal_path, load_progress, settings_digests

# A resumed run cuts the output and appends to it: only formats that are a row of records allow that.
RESUMABLE = tuple(name for name, form in FORMATS.items() if form.appends)
SUFFIXES = {".jsonl": "jsonl", ".csv": "csv", ".conll": "conll", ".spacy": "spacy", ".html": "html"}


@dataclass(frozen=True, slots=True)
class Request:
    """Inputs, output and how to go about them.

    Attributes:
        inputs: files, folders, globs, "-".
        output: file (for brat folder), or None for standard output.
        format: a name in `FORMATS`.
        workers: processes.
        resume: go on with what an interrupted run left.
        quiet: say nothing but what ends the run.
    """

    inputs: tuple[str, ...]
    output: Path | None
    format: str
    workers: int = 1
    resume: bool = False
    quiet: bool = False

    @property
    def keeps_journal(self) -> bool:
        """Whether the run can be gone on with: a regular file in a format that can be appended to."""
        if self.output is None or self.format not in RESUMABLE:
            return False
        return os.path.isfile(self.output) or not os.path.lexists(self.output)

    @property
    def own_files(self) -> list[Path]:
        """What the run itself writes: nothing to read when it lies in an input folder."""
        if self.output is None:
            return []
        journal = journal_path(self.output)
        return [Path(os.path.realpath(path)) for path in (self.output, journal)]


def format_of(output: Path | None) -> str:
    """The format that the output's suffix asks for."""
    return SUFFIXES.get(output.suffix.lower(), "jsonl") if output else "jsonl"


def check_request(request: Request) -> None:
    """Raises UsageError for an output that cannot be what it is asked to be."""
    output, brat = request.output, request.format == "brat"
    if request.resume and not request.keeps_journal:
        what = "standard output" if output is None else f"{output} in the format {request.format}"
        accepted = f"it needs --output FILE and one of the formats {', '.join(RESUMABLE)}"
        raise UsageError(f"--resume cannot go on with {what}; {accepted}")
    if output is None:
        return
    if not os.path.isdir(output.parent):
        raise UsageError(f"--output {output}: there is no folder {output.parent}; create it first")
    if os.path.isdir(output) and not brat:
        raise UsageError(f"--output {output} is a folder; name a file, or use --format brat")
    target = os.path.realpath(output)
    for given in request.inputs:
        source = os.path.realpath(given)
        # brat writes .txt files, which a folder around them would read in again.
        inside = brat and os.path.isdir(given) and os.path.commonpath([source, target]) == source
        if given != "-" and (source == target or inside):
            raise UsageError(f"--output {output} would write into the input {given}; name another place")


def starting_progress(request: Request, job: Job) -> Progress | None:
    """Where the run starts, or None for one that keeps no journal.

    Raises:
        UsageError: --resume, and what is there is not from a run with these settings.
    """
    if not request.keeps_journal:
        return None
    settings = settings_digests(_settings(job, request.format))
    return load_progress(request.output, settings) if request.resume else Progress(settings=settings)


def _settings(job: Job, format_name: str) -> dict[str, Any]:
    """Everything that decides the bytes of the output, and so must be the same when a run goes on."""
    packs = [
        [pack, Path(pack).read_bytes().hex() if os.path.isfile(pack) else None] for pack in job.rules or ()
    ]
    return {
        "version": __version__,
        "types": job.types,
        "format": format_name,
        "threshold": job.threshold,
        "overlap": job.overlap,
        "rules": None if job.rules is None else packs,
        "index": job.use_index,
        "borrow": job.borrow,
        "close_calls": [job.close_calls, job.margin],
        "explain": job.explain,
        "student": job.student,
    }
