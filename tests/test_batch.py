"""The batch engine: order, bounded memory, one bad document never more than one bad document."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from hybrid_ner.batch import Job, extract_batches, run, split_batches
from hybrid_ner.schema import Document, TypeSet
from tests.fakes import FakeExtractor, load_broken, load_fake, load_pipeline

JOB = Job(types=TypeSet.of(["name"]), batch_size=2)


class ListWriter:
    def __init__(self):
        self.documents = []

    def write(self, document):
        self.documents.append(document)


def texts_to_documents(texts):
    return [Document(text, id=number) for number, text in enumerate(texts)]


def extracted(texts, job=JOB, load=load_fake, workers=1):
    writer = ListWriter()
    run(texts_to_documents(texts), job, load, writer, workers=workers)
    return writer.documents


def test_when_documents_are_split_then_no_batch_is_longer_than_asked_and_order_is_kept():
    documents = texts_to_documents("abcdefg")
    batches = list(split_batches(documents, 3))
    assert [len(batch) for batch in batches] == [3, 3, 1]
    assert [d for batch in batches for d in batch] == documents


def test_when_documents_are_long_then_a_batch_ends_early():
    documents = texts_to_documents(["x" * 60] * 4)
    assert [len(batch) for batch in split_batches(documents, 32, characters=100)] == [2, 2]


def test_when_results_are_not_taken_then_input_is_not_read_ahead():
    read = []

    def source():
        for number in range(1000):
            read.append(number)
            yield Document("Ada", id=number)

    next(extract_batches(source(), JOB, load_fake))
    assert len(read) == JOB.batch_size


def test_when_workers_wait_for_the_writer_then_input_is_read_only_a_few_batches_ahead():
    read = []

    def source():
        for number in range(1000):
            read.append(number)
            yield Document("Ada", id=number)

    batches = extract_batches(source(), JOB, load_fake, workers=2)
    for _ in range(3):
        next(batches)
    batches.close()
    assert len(read) < 30


def test_when_a_document_was_unreadable_then_it_passes_with_its_error_and_the_others_are_done():
    documents = [Document("Ada"), Document("", id="x", error="bad bytes"), Document("Bob")]
    writer = ListWriter()
    run(documents, JOB, load_fake, writer)
    assert [d.error for d in writer.documents] == [None, "bad bytes", None]
    assert [len(d.entities) for d in writer.documents] == [1, 0, 1]


def test_when_the_extractor_raises_on_one_document_then_only_that_one_fails():
    documents = extracted(["Ada", "RAISE", "Bob", "FAIL", "Eve"], job=Job(TypeSet.of(["name"]), batch_size=5))
    assert [d.error for d in documents] == [
        None,
        "RuntimeError: the fake was told to raise",
        None,
        "the fake was told to fail",
        None,
    ]


@pytest.mark.parametrize("batch_size", [1, 3, 50])
def test_when_workers_share_the_work_then_results_equal_those_of_one(batch_size):
    texts = [f"Ada number {n} met Bob" if n % 7 else f"RAISE {n}" for n in range(40)]
    job = Job(TypeSet.of(["name"]), batch_size=batch_size, explain=True)
    assert extracted(texts, job=job, workers=2) == extracted(texts, job=job)


def test_when_a_worker_is_killed_then_only_the_document_it_died_on_fails():
    texts = ["Ada", "Bob", "Eve", "DIE", "Zoe", "Max", "Joe"]
    documents = extracted(texts, job=Job(TypeSet.of(["name"]), batch_size=3), workers=2)
    assert [d.text for d in documents] == texts
    assert [d.text for d in documents if d.error is not None] == ["DIE"]
    assert "killed by SIGKILL" in documents[3].error
    assert "--workers" in documents[3].error


def test_when_workers_cannot_load_the_extractor_then_every_document_says_so():
    documents = extracted(["Ada", "Bob"], load=load_broken, workers=2)
    assert [d.error for d in documents] == ["no such student"] * 2


def test_when_the_writer_fails_then_the_workers_are_stopped():
    class FullDisk(ListWriter):
        def write(self, document):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        run(texts_to_documents(["Ada"] * 9), JOB, load_fake, FullDisk(), workers=2)
    import multiprocessing

    deadline = time.monotonic() + 5
    while multiprocessing.active_children() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert multiprocessing.active_children() == []


def test_when_the_real_pipeline_runs_in_workers_then_each_has_one_thread_and_results_equal_those_of_one():
    texts = [f"Ada number {n} met Bob." for n in range(9)]
    job = Job(TypeSet.of(["person", "city"]), batch_size=2, explain=True, threads=1)
    one = extracted(texts, job=job, load=load_pipeline)
    assert [[e.text for e in d.entities] for d in one] == [["Ada", "Bob"]] * 9
    assert extracted(texts, job=replace(job, threads=None), load=load_pipeline, workers=2) == one


def test_when_extract_many_is_called_then_it_gets_what_the_job_says():
    seen = {}

    class Recorder(FakeExtractor):
        def extract_many(self, documents, types, **options):
            seen.update(options, types=types)
            return super().extract_many(documents, types, **options)

    job = Job(TypeSet.of(["name"]), threshold=0.25, overlap="all", explain=True, batch_size=7)
    extracted(["Ada"], job=job, load=lambda job: Recorder())
    assert seen == {"types": job.types, "threshold": 0.25, "overlap": "all", "explain": True, "batch_size": 7}
