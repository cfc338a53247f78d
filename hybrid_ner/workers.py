"""Batches over worker processes: input order kept, few batches ahead; a worker that dies costs one document.

Each worker has its own pipe and one batch at a time, so a death says exactly which batch was in hand, and a
worker whose parent is gone reads the end of its pipe and leaves; a shared pool gives neither.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING

from hybrid_ner.schema import Document

if TYPE_CHECKING:
    from hybrid_ner.batch import Job, Loader

logger = logging.getLogger(__name__)

# Batches read and not yet written, a worker: enough that one slow batch does not keep the others waiting.
BATCHES_PER_WORKER = 3


@dataclass(slots=True)
class _Task:
    batch: list[Document]
    results: list[Document] | None = None


def _serve(connection: Connection, job: Job, load: Loader) -> None:
    """A worker's life: receive a batch, send its results, until the pipe closes."""
    from hybrid_ner.batch import extract_batch, failed

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    extractor = None
    try:
        while True:
            batch = connection.recv()
            try:
                extractor = extractor or load(job)
                results = extract_batch(extractor, job, batch)
            except Exception as error:
                logger.debug("a worker cannot load its extractor", exc_info=True)
                results = [d if d.error is not None else failed(d, error) for d in batch]
            connection.send(results)
    except (EOFError, OSError):
        return


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C reaches the whole group, but what it means is the parent's decision: a process started under
    this is deaf to it from its first moment, and the parent hears it a moment later."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # starting it later would let interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Worker:
    """One process and what it has in hand."""

    def __init__(self, job: Job, load: Loader) -> None:
        self._job, self._load = job, load
        self.task: _Task | None = None
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._job, self._load), daemon=True)
        with _interrupts_held():
            self._process.start()
        theirs.close()  # so that its death closes the pipe

    def give(self, task: _Task) -> None:
        """Sends a batch; the worker must be free."""
        self.task = task
        self._send(task.batch)

    def collect(self) -> None:
        """Takes the results of the batch in hand, or finds the worker dead and does the batch another way."""
        task, self.task = self.task, None
        try:
            task.results = self.connection.recv()
        except (EOFError, OSError):
            logger.warning("a worker process died (%s); a fresh one takes over", self._restart())
            task.results = [self._alone(document) for document in task.batch]

    def stop(self) -> None:
        """Ends the process, whatever it is doing."""
        self.connection.close()
        self._process.terminate()
        self._process.join()

    def _send(self, batch: list[Document]) -> None:
        try:
            self.connection.send(batch)
        except OSError:
            logger.debug("a worker died before it got its batch")  # receiving finds the pipe closed

    def _alone(self, document: Document) -> Document:
        """One document of a batch that a worker died on: only the one it dies on again is to fail."""
        from hybrid_ner.batch import failed

        self._send([document])
        try:
            return self.connection.recv()[0]
        except (EOFError, OSError):
            return failed(
                document,
                f"the worker process died on this document ({self._restart()}); if memory ran out, "
                f"try fewer --workers or a smaller --batch-size",
            )

    def _restart(self) -> str:
        """Puts a fresh process in place of the dead one; returns how that one ended."""
        self.connection.close()
        self._process.join()
        code = self._process.exitcode
        self._start()
        if code is not None and code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"exit code {code}"


def map_batches(
    batches: Iterator[list[Document]], job: Job, load: Loader, workers: int
) -> Iterator[tuple[list[Document], list[Document]]]:
    """Yields (batch, results) in input order, extracted by `workers` processes with one thread each."""
    job = replace(job, threads=1)
    pool: list[_Worker] = []
    window: deque[_Task] = deque()
    try:
        for _ in range(workers):
            pool.append(_Worker(job, load))
        while True:
            for worker in pool:
                if worker.task is None and len(window) < BATCHES_PER_WORKER * workers:
                    batch = next(batches, None)
                    if batch is None:
                        break
                    window.append(_Task(batch))
                    worker.give(window[-1])
            if not window:
                return
            busy = {worker.connection: worker for worker in pool if worker.task is not None}
            for connection in wait(list(busy)):
                busy[connection].collect()
            while window and window[0].results is not None:
                task = window.popleft()
                yield task.batch, task.results
    finally:
        for worker in pool:
            worker.stop()
