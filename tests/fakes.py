"""A deterministic stand-in for the extractor, importable by worker processes: no weights, no time."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

from hybrid_ner.batch import Job
from hybrid_ner.errors import InputError, ModelError
from hybrid_ner.extractor import HybridNER
from hybrid_ner.rules import load_packs
from hybrid_ner.schema import Decision, Document, Entity, Proposal, TypeSet


class FakeExtractor:
    """Every capitalised word is an entity of the first type; texts with a marker word misbehave.

    RAISE fails inside the extractor, FAIL is a document with an error, DIE kills the process, and GATE
    waits until the file named by the environment variable FAKE_GATE is there.
    """

    def loans(self, types) -> tuple:
        return ()

    def extract(self, text: str, types, **options) -> Document:
        return next(self.extract_many([text], types, **options))

    def extract_many(
        self, documents: Iterable, types, *, batch_size=32, threshold=None, overlap="flat", explain=False
    ) -> Iterator[Document]:
        first = TypeSet.of(types)[0].name
        for item in documents:
            document = item if isinstance(item, Document) else Document(item)
            if "DIE" in document.text:
                os.kill(os.getpid(), signal.SIGKILL)
            while "GATE" in document.text and not os.path.exists(os.environ["FAKE_GATE"]):
                time.sleep(0.01)
            if "RAISE" in document.text:
                raise RuntimeError("the fake was told to raise")
            if "FAIL" in document.text:
                yield replace(document, error=str(InputError("the fake was told to fail")))
                continue
            entities = tuple(
                Entity(m.start(), m.end(), m.group(), first, 0.5 if threshold is None else threshold)
                for m in re.finditer(r"\b[A-Z]\w*", document.text)
            )
            decisions = tuple(Decision(e.start, e.end, e.type, e.score) for e in entities) if explain else ()
            yield replace(document, entities=entities, decisions=decisions)


def load_fake(job: Job) -> FakeExtractor:
    """What `load_extractor` is replaced with."""
    return FakeExtractor()


class CapitalsStudent:
    """A student for the real pipeline: every capitalised word may be of every type, the first most of all."""

    threshold = 0.5

    def propose(self, texts, types):
        for text in texts:
            yield [
                Proposal(m.start(), m.end(), name, 0.9 - 0.1 * rank)
                for m in re.finditer(r"\b[A-Z]\w*", text)
                for rank, name in enumerate(types.names)
            ]


def load_pipeline(job: Job) -> HybridNER:
    """The real extractor around that student, for jobs that ask for one thread, as workers must."""
    if job.threads != 1:
        raise ModelError(f"a worker must use one thread, not {job.threads}")
    return HybridNER(CapitalsStudent(), load_packs(("default",)), job.use_index)


def load_broken(job: Job) -> FakeExtractor:
    """A loader that fails."""
    raise ModelError("no such student")
