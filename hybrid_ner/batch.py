"""The batch engine: documents in, results out, in order, never more than a few batches in memory."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from hybrid_ner import borrowing
from hybrid_ner.definitions.judge import DEFAULT_MARGIN, DEFAULT_POLICY
from hybrid_ner.errors import HybridNERError
from hybrid_ner.journal import Journal
from hybrid_ner.schema import Document, TypeSet

logger = logging.getLogger(__name__)

# A batch also ends at this many characters: 32 books are too much to hold at once, 32 sentences are not.
BATCH_CHARACTERS = 500_000


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked of every document of a run, and of which extractor; sent as it is to worker processes.

    Attributes:
        types: the types asked for.
        student, device, rules, use_index, borrow, close_calls, margin, threads: as `HybridNER.load` takes them.
        threshold, overlap, explain, batch_size: as `HybridNER.extract_many` takes them.
    """

    types: TypeSet
    student: str | None = None
    device: str = "cpu"
    rules: tuple[str, ...] | None = None
    use_index: bool = True
    borrow: str = borrowing.DEFAULT
    close_calls: str = DEFAULT_POLICY
    margin: float = DEFAULT_MARGIN
    threads: int | None = None
    threshold: float | None = None
    overlap: str = "flat"
    explain: bool = False
    batch_size: int = 32


# Makes the extractor a job asks for. Must be importable by name where workers are to run it.
Loader = Callable[[Job], Any]


def split_batches(
    documents: Iterable[Document], size: int, characters: int = BATCH_CHARACTERS
) -> Iterator[list[Document]]:
    """Lists of at most `size` documents, in order, cut earlier once they hold `characters`."""
    batch: list[Document] = []
    held = 0
    for document in documents:
        batch.append(document)
        held += len(document.text)
        if len(batch) >= size or held >= characters:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def extract_batch(extractor: Any, job: Job, batch: list[Document]) -> list[Document]:
    """Extracts a batch; a document that was unreadable, or now fails, comes back with its `error`.

    Returns:
        as many documents as came in, in the same order.
    """
    readable = [document for document in batch if document.error is None]
    done = iter(_extract(extractor, job, readable))
    return [document if document.error is not None else next(done) for document in batch]


def _extract(extractor: Any, job: Job, documents: list[Document]) -> list[Document]:
    if not documents:
        return []
    try:
        return list(
            extractor.extract_many(
                documents,
                job.types,
                batch_size=job.batch_size,
                threshold=job.threshold,
                overlap=job.overlap,
                explain=job.explain,
            )
        )
    except Exception as error:
        logger.debug("a batch of %d documents failed", len(documents), exc_info=True)
        if len(documents) == 1:
            return [failed(documents[0], error)]
        # One document must not take its neighbours down: ask for each alone.
        return [result for document in documents for result in _extract(extractor, job, [document])]


def failed(document: Document, error: Exception | str) -> Document:
    """The record of a document that could not be processed."""
    expected = isinstance(error, (str, HybridNERError))
    return replace(document, error=str(error) if expected else f"{type(error).__name__}: {error}")


def extract_batches(
    documents: Iterable[Document], job: Job, load: Loader, *, workers: int = 1
) -> Iterator[tuple[list[Document], list[Document]]]:
    """Yields (input documents, results) a batch, in input order whatever the number of workers."""
    batches = split_batches(documents, job.batch_size)
    if workers > 1:
        from hybrid_ner.workers import map_batches

        yield from map_batches(batches, job, load, workers)
        return
    extractor = load(job)
    for batch in batches:
        yield batch, extract_batch(extractor, job, batch)


def run(
    documents: Iterable[Document],
    job: Job,
    load: Loader,
    writer: Any,
    *,
    workers: int = 1,
    journal: Journal | None = None,
    on_document: Callable[[Document], None] | None = None,
) -> None:
    """Extracts every document and writes the results in input order.

    Args:
        documents: read lazily, a bounded number ahead of what is written.
        job: what to ask.
        load: makes the extractor, once a process.
        writer: has `write(document)` and, where there is a journal, `flush()`.
        workers: processes; 1 works in this one.
        journal: told after each batch how far the output is good; saved when the run ends, however it ends.
        on_document: called with each written document.
    """
    if journal is not None:
        journal.save()
    try:
        with closing(extract_batches(documents, job, load, workers=workers)) as finished:
            for batch, results in finished:
                for document in results:
                    writer.write(document)
                    if on_document is not None:
                        on_document(document)
                if journal is not None:
                    writer.flush()
                    journal.advance(batch, failed=sum(r.error is not None for r in results))
    finally:
        if journal is not None:
            journal.save()
