"""The journal: whatever interrupts a run, going on with it ends with the bytes of an uninterrupted one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid_ner.batch import Job, run
from hybrid_ner.errors import UsageError
from hybrid_ner.formats.writing import open_writer
from hybrid_ner.journal import Journal, Progress, journal_path, load_progress, settings_digests, skip_done
from hybrid_ner.schema import Document, TypeSet
from tests.fakes import FakeExtractor, load_fake

SETTINGS = settings_digests({"types": TypeSet.of(["name"]), "threshold": None})
JOB = Job(TypeSet.of(["name"]), batch_size=3)


class Interrupted(BaseException):
    """Like KeyboardInterrupt: nothing catches it on the way."""


class InterruptedWriter:
    """Writes `good` documents, half of the next one, and then the run is interrupted."""

    def __init__(self, writer, good, tail):
        self._writer, self._left, self._tail = writer, good, tail
        self.flush = writer.flush

    def write(self, document):
        if self._left == 0:
            self._writer._file.write(self._tail)
            raise Interrupted
        self._left -= 1
        self._writer.write(document)


class InterruptedExtractor(FakeExtractor):
    def __init__(self, good):
        self._left = good

    def extract_many(self, documents, types, **options):
        for result in super().extract_many(documents, types, **options):
            if self._left == 0:
                raise Interrupted
            self._left -= 1
            yield result


def do_run(documents, output, form, *, resume, every=0.0, load=load_fake, good=None, tail=b"", batch_size=3):
    job = Job(JOB.types, batch_size=batch_size)
    progress = load_progress(output, SETTINGS) if resume else Progress(settings=SETTINGS)
    remaining = skip_done(documents, progress, output) if resume else documents
    journal = Journal(output, progress, every=every)
    journal.prepare_output()
    with open_writer(form, str(output), append=progress.bytes > 0) as writer:
        run(
            remaining,
            job,
            load,
            writer if good is None else InterruptedWriter(writer, good, tail),
            journal=journal,
        )
    journal.finish()


documents_strategy = st.lists(
    st.builds(
        Document,
        text=st.sampled_from(["Ada met Bob.", "", "FAIL", "RAISE", "nothing", 'Zoë,\r\n"Max"', "\u2028A"]),
        id=st.one_of(st.none(), st.integers(), st.text(max_size=3)),
        extra=st.dictionaries(st.sampled_from(["a", "é"]), st.integers(), max_size=1),
        error=st.sampled_from([None, None, None, "unreadable"]),
    ),
    max_size=14,
)


@settings(max_examples=60)
@given(
    documents=documents_strategy,
    form=st.sampled_from(["jsonl", "csv", "conll"]),
    stops=st.lists(
        st.tuples(st.booleans(), st.integers(0, 14), st.binary(max_size=6)), min_size=1, max_size=3
    ),
    every=st.sampled_from([0.0, 1e9]),
    batch_size=st.integers(1, 5),
)
def test_when_a_run_is_interrupted_anywhere_and_resumed_then_its_output_is_that_of_an_uninterrupted_one(
    tmp_path_factory, documents, form, stops, every, batch_size
):
    folder = tmp_path_factory.mktemp("run")
    whole, output = folder / "whole", folder / "output"
    do_run(documents, whole, form, resume=False)
    for number, (in_writer, good, tail) in enumerate(stops):
        try:
            if in_writer:
                how = {"good": good, "tail": tail}
            else:
                how = {"load": lambda job, good=good: InterruptedExtractor(good)}
            do_run(documents, output, form, resume=number > 0, every=every, batch_size=batch_size, **how)
        except Interrupted:
            continue
    do_run(documents, output, form, resume=True)
    assert output.read_bytes() == whole.read_bytes()
    failed = json.loads(journal_path(whole).read_text())["failed"]
    final = json.loads(journal_path(output).read_text())
    assert (final["documents"], final["failed"], final["complete"]) == (len(documents), failed, True)


@given(garbage=st.binary(max_size=40))
@settings(max_examples=10)
def test_when_bytes_follow_what_the_journal_says_then_they_are_cut_off(tmp_path_factory, garbage):
    folder = tmp_path_factory.mktemp("run")
    documents = [Document(f"Ada {n}", id=n) for n in range(7)]
    do_run(documents, folder / "whole", "jsonl", resume=False)
    with pytest.raises(Interrupted):
        do_run(documents, folder / "output", "jsonl", resume=False, good=4)
    with open(folder / "output", "ab") as file:
        file.write(garbage)
    do_run(documents, folder / "output", "jsonl", resume=True)
    assert (folder / "output").read_bytes() == (folder / "whole").read_bytes()


@pytest.fixture
def interrupted(tmp_path):
    documents = [Document(f"Ada {n}", id=n) for n in range(7)]
    with pytest.raises(Interrupted):
        do_run(documents, tmp_path / "out", "jsonl", resume=False, good=4)
    return tmp_path / "out", documents


def test_when_the_inputs_grew_after_a_complete_run_then_only_the_new_documents_are_done(tmp_path):
    documents = [Document(f"Ada {n}", id=n) for n in range(5)]
    do_run(documents[:3], tmp_path / "out", "csv", resume=False)
    do_run(documents, tmp_path / "out", "csv", resume=True)
    do_run(documents, tmp_path / "whole", "csv", resume=False)
    assert (tmp_path / "out").read_bytes() == (tmp_path / "whole").read_bytes()


def test_when_nothing_was_written_yet_then_a_resumed_run_starts_from_the_start(tmp_path):
    assert load_progress(tmp_path / "out", SETTINGS) == Progress(settings=SETTINGS)
    (tmp_path / "out").touch()
    assert load_progress(tmp_path / "out", SETTINGS) == Progress(settings=SETTINGS)


def test_when_an_output_has_no_journal_then_resuming_is_refused(tmp_path):
    (tmp_path / "out").write_text("somebody's work")
    with pytest.raises(UsageError, match=r"no out\.progress"):
        load_progress(tmp_path / "out", SETTINGS)


def test_when_settings_differ_then_resuming_is_refused_naming_them(interrupted):
    output, _ = interrupted
    others = settings_digests({"types": TypeSet.of(["name"]), "threshold": 0.5})
    with pytest.raises(UsageError, match=r"changed: threshold\)"):
        load_progress(output, others)


def test_when_the_output_lost_bytes_then_resuming_is_refused(interrupted):
    output, _ = interrupted
    output.write_bytes(output.read_bytes()[:5])
    with pytest.raises(UsageError, match="has 5 bytes"):
        load_progress(output, SETTINGS)


@pytest.mark.parametrize("change", ["text", "order", "fewer"])
def test_when_the_inputs_changed_then_resuming_is_refused_and_the_output_stays(interrupted, change):
    output, documents = interrupted
    before = output.read_bytes()
    if change == "text":
        documents[1] = Document("Eve", id=1)
    elif change == "order":
        documents[0], documents[1] = documents[1], documents[0]
    else:
        del documents[2:]
    with pytest.raises(UsageError, match="do not begin with the 3 documents"):
        do_run(documents, output, "jsonl", resume=True)
    assert output.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"version": 0}',
        '{"version": 1, "what": 2}',
        '{"version": 1, "bytes": -1}',
        "\xff",
    ],
)
def test_when_the_journal_is_not_one_then_resuming_is_refused_naming_it(tmp_path, content):
    (tmp_path / "out").write_text("x")
    (tmp_path / "out.progress").write_bytes(content.encode("latin1"))
    with pytest.raises(UsageError, match=r"out\.progress is not a progress file"):
        load_progress(tmp_path / "out", SETTINGS)


def test_when_a_run_starts_anew_then_an_older_journal_does_not_outlive_its_output(interrupted):
    output, documents = interrupted
    do_run(documents[:1], output, "jsonl", resume=False)
    assert load_progress(output, SETTINGS).documents == 1
