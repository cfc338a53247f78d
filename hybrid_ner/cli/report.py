"""What a run says on standard error while it goes: a bar on a terminal, failures, and a last line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import click

from hybrid_ner.borrowing import Loan
from hybrid_ner.journal import Progress
from hybrid_ner.schema import Document

# A corpus of the wrong encoding fails a million times; the records tell of all of them.
SHOWN_FAILURES = 10
SHOWN_LOANS = 6


def is_terminal() -> bool:
    """Whether somebody is watching standard error."""
    return sys.stderr.isatty()


class Report:
    """Counts documents and tells the user; a context manager around the run.

    Args:
        earlier: what a run gone on with had done before.
        output: the file written, or None for standard output.
        quiet: say nothing but that the run was interrupted.
    """

    def __init__(self, earlier: Progress, output: Path | None, *, quiet: bool = False) -> None:
        self._earlier = earlier
        self._output = output
        self._quiet = quiet
        self._terminal = is_terminal()
        self._bar = None
        self._fresh = 0
        self._fresh_failed = 0
        self._entities = 0

    @property
    def documents(self) -> int:
        """Documents done, before and now."""
        return self._earlier.documents + self._fresh

    @property
    def failed(self) -> int:
        """How many of them carry an error."""
        return self._earlier.failed + self._fresh_failed

    def __enter__(self) -> Report:
        if self._terminal and not self._quiet:
            from tqdm import tqdm

            self._bar = tqdm(
                initial=self._earlier.documents, unit=" documents", dynamic_ncols=True, leave=False
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def tell_loans(self, loans: Sequence[Loan]) -> None:
        """Which types borrow a definition, on a terminal; the log has them whole."""
        if loans and self._terminal and not self._quiet:
            names = ", ".join(loan.type for loan in loans[:SHOWN_LOANS])
            more = f" and {len(loans) - SHOWN_LOANS} more" if len(loans) > SHOWN_LOANS else ""
            hint = "`hybrid-ner types` shows them, --no-library switches that off"
            click.echo(f"hybrid-ner: defined by the type library: {names}{more} ({hint})", err=True)

    def add(self, document: Document) -> None:
        """Counts a written document, and tells of one that failed."""
        self._fresh += 1
        self._entities += len(document.entities)
        if self._bar is not None:
            self._bar.update()
        if document.error is not None:
            self._fresh_failed += 1
            self._tell_failure(document)

    def conclude(self) -> None:
        """The last line of a run that reached its end; without failures only a terminal gets one."""
        if self._quiet:
            return
        if self.failed:
            message = (
                f'{self.failed} of {self.documents} documents failed; their records say why under "error"'
            )
            click.echo(f"hybrid-ner: {message}", err=True)
        elif self._fresh == 0 and self._earlier.complete:
            click.echo(f"hybrid-ner: {self._output} is complete, nothing left to do", err=True)
        elif self._terminal:
            message = f"{self._fresh} documents, {self._entities} entities"
            click.echo(f"hybrid-ner: {message}" + (f" -> {self._output}" if self._output else ""), err=True)

    def interrupted(self, *, can_resume: bool) -> None:
        """The last line of a run ended by Ctrl-C."""
        hint = ""
        if can_resume:
            hint = f"; {self._output} is good so far, give the same command with --resume to go on"
        click.echo(f"hybrid-ner: interrupted after {self.documents} documents{hint}", err=True)

    def _tell_failure(self, document: Document) -> None:
        if self._quiet or self._fresh_failed > SHOWN_FAILURES + 1:
            return
        line = f"hybrid-ner: {_naming(document)}"
        if self._fresh_failed > SHOWN_FAILURES:
            line = "hybrid-ner: more documents fail; their records say why"
        if self._bar is not None:
            self._bar.write(line, file=sys.stderr)
        else:
            click.echo(line, err=True)


def _naming(document: Document) -> str:
    """The error, with the document's id before it where it does not name it already."""
    error = document.error or ""
    name = "" if document.id is None else str(document.id)
    return error if name in error else f"{name}: {error}"
