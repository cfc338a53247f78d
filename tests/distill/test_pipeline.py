"""The whole way: stopped anywhere and started again it ends with the same bytes, and no answer is paid twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hybrid_ner.distill import files
from hybrid_ner.distill.pipeline import Pipeline, run_pipeline
from hybrid_ner.distill.teacher import cache, endpoint, label
from hybrid_ner.errors import UsageError
from tests.distill import made
from tests.distill.server import FAULTS, FORMS, TeacherServer

FOLDERS = ("corpus", "answers", "stats", "dataset")
SMALL = {"corpus": {"passages": 12}}


class Killed(BaseException):
    """What a test raises inside: no handler of errors may take it for one."""


def write(folder, texts, server, **sections):
    return made.write_config(folder / "run.yaml", texts, server.spec, **{**SMALL, **sections})


@pytest.fixture(scope="module")
def whole(texts, tmp_path_factory):
    """The files of a run that nothing interrupts, and how many renames and replies it has."""
    folder = tmp_path_factory.mktemp("whole")
    with TeacherServer(forms=FORMS) as server:
        made_steps = run_pipeline(Pipeline.load(write(folder, texts, server)), folder / "work")
        assert made_steps == ["corpus", "teach", "stats", "dataset"]
        assert len(server.paid) == 12
    return made.contents(folder / "work", *FOLDERS)


def interrupted(monkeypatch, module, name, at):
    """Makes call number `at` of a function end the run, before or after it did its work in turns."""
    original, calls = getattr(module, name), iter(range(10_000))

    def counted(*arguments, **options):
        number = next(calls)
        if number == at and at % 2:
            raise Killed
        result = original(*arguments, **options)
        if number == at:
            raise Killed
        return result

    monkeypatch.setattr(module, name, counted)


# Renames are what every step ends its files with, the manifests among them; the others are inside the teach step.
_POINTS = [
    (files.os, "replace", 0),
    (files.os, "replace", 3),
    (files.os, "replace", 4),
    (label, "parse_answer", 0),
    (cache.os, "fsync", 1),
    (cache.os, "fsync", 2),
    (label, "align", 7),
    (files.os, "replace", 6),
    (files.os, "replace", 2),
    (files.os, "replace", 5),
    (files.os, "replace", 9),
    (files.os, "replace", 10),
]


def kill_and_check(pipeline, work, monkeypatch, points):
    """Kills a run at each point in turn, each run going on where the one before was killed."""
    for module, name, at in points:
        with monkeypatch.context() as patch:
            interrupted(patch, module, name, at)
            with pytest.raises(Killed):
                pytest.fail(f"call {at} of {name} was not reached: {run_pipeline(pipeline, work)}")
    run_pipeline(pipeline, work)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_when_it_is_killed_again_and_again_then_bytes_are_the_same_and_nothing_is_paid_twice(
    whole, texts, tmp_path, monkeypatch, concurrency
):
    with TeacherServer(forms=FORMS) as server:
        how = {"teacher": {"endpoint": {**made.ENDPOINT, "concurrency": concurrency}}}
        pipeline = Pipeline.load(write(tmp_path, texts, server, **how))
        kill_and_check(pipeline, tmp_path / "work", monkeypatch, _POINTS)
        assert len(server.paid) == 12 and set(server.paid.values()) == {1}
        assert made.contents(tmp_path / "work", *FOLDERS) == whole
        assert run_pipeline(pipeline, tmp_path / "work") == []


@pytest.mark.parametrize("at", range(1, 22, 3))
def test_when_it_is_killed_once_at_any_file_then_bytes_are_the_same_and_nothing_is_paid_twice(
    whole, texts, tmp_path, monkeypatch, at
):
    with TeacherServer(forms=FORMS) as server:
        pipeline = Pipeline.load(write(tmp_path, texts, server))
        kill_and_check(pipeline, tmp_path / "work", monkeypatch, [(files.os, "replace", at)])
        assert len(server.paid) == 12 and set(server.paid.values()) == {1}
    assert made.contents(tmp_path / "work", *FOLDERS) == whole


@pytest.mark.parametrize("idempotent", [True, False])
def test_when_it_is_killed_between_an_answer_and_the_disk_then_it_is_asked_again_under_the_same_key(
    whole, texts, tmp_path, monkeypatch, idempotent
):
    with TeacherServer(forms=FORMS, idempotent=idempotent) as server:
        pipeline = Pipeline.load(write(tmp_path, texts, server, **{"teacher": {"endpoint": made.ENDPOINT}}))
        kill_and_check(pipeline, tmp_path / "work", monkeypatch, [(endpoint, "_reply", 3)])
        assert sorted(server.paid.values()) == [1] * 11 + [1 if idempotent else 2]
        sent = [headers["Idempotency-Key"] for headers in server.headers]
        assert len(sent) == 13 and len(set(sent)) == 12
    assert made.contents(tmp_path / "work", *FOLDERS) == whole


class Holding:
    """Answers four requests of a process and holds the next four until it is told to answer them."""

    def __init__(self) -> None:
        self.arrived, self.answer = threading.Semaphore(0), threading.Event()

    def __call__(self, number: int) -> None:
        if number > 4 and not self.answer.is_set():
            self.arrived.release()
            self.answer.wait(60)

    def all_arrived(self) -> bool:
        return all(self.arrived.acquire(timeout=60) for _ in range(4))


def start(config, folder):
    program = "from hybrid_ner.cli import main; main()"
    command = [sys.executable, "-c", program, "distill", "run", str(config), "--work", str(folder / "work")]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def ends(process):
    """The code a process ends with, and what it said until then."""
    said = process.communicate(timeout=60)[1]
    return process.returncode, said


@pytest.mark.parametrize("idempotent", [True, False])
def test_when_a_process_is_killed_with_calls_under_way_then_no_others_are_asked_again_and_a_gateway_charges_once(
    whole, texts, tmp_path, idempotent
):
    """SIGKILL: the four answers are made and paid for, and nobody is there to take them."""
    hold = Holding()
    with TeacherServer(forms=FORMS, on_request=hold, idempotent=idempotent) as server:
        config = write(tmp_path, texts, server, **{"teacher": {"endpoint": {**made.ENDPOINT, "concurrency": 4}}})
        process = start(config, tmp_path)
        assert hold.all_arrived()
        process.kill()
        assert ends(process)[0] == -signal.SIGKILL
        hold.answer.set()
        assert server.has_paid(8)
        code, said = ends(start(config, tmp_path))
        assert code == 0, said
        assert sorted(server.paid.values()) == ([1] * 12 if idempotent else [1] * 8 + [2] * 4)
        assert server.requests == 12 + 4
    assert made.contents(tmp_path / "work", *FOLDERS) == whole


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_when_a_process_is_asked_to_stop_then_calls_under_way_are_waited_for_and_no_call_is_made_twice(
    whole, texts, tmp_path, number
):
    hold = Holding()
    with TeacherServer(forms=FORMS, on_request=hold) as server:
        config = write(tmp_path, texts, server, **{"teacher": {"endpoint": {**made.ENDPOINT, "concurrency": 4}}})
        process = start(config, tmp_path)
        assert hold.all_arrived()
        process.send_signal(number)
        assert any("4 calls are under way" in line for line in process.stderr)
        hold.answer.set()
        code, said = ends(process)
        assert (code, len(server.paid), server.requests) == (130, 8, 8), said
        assert "interrupted" in said
        code, said = ends(start(config, tmp_path))
        assert code == 0, said
        assert set(server.paid.values()) == {1} and server.requests == len(server.paid) == 12
    assert made.contents(tmp_path / "work", *FOLDERS) == whole


def test_when_a_process_is_asked_to_stop_twice_then_it_ends_at_once(texts, tmp_path):
    hold = Holding()
    with TeacherServer(on_request=hold) as server:
        config = write(tmp_path, texts, server, **{"teacher": {"endpoint": {**made.ENDPOINT, "concurrency": 4}}})
        process = start(config, tmp_path)
        assert hold.all_arrived()
        process.terminate()
        assert any("4 calls are under way" in line for line in process.stderr)
        process.terminate()
        assert ends(process)[0] == -signal.SIGTERM
        hold.answer.set()


def test_when_the_server_has_every_fault_then_the_bytes_are_those_of_a_server_without(whole, texts, tmp_path):
    with TeacherServer(FAULTS, FORMS) as server:
        how = {"teacher": {"endpoint": {**made.ENDPOINT, "timeout": 1}}}
        run_pipeline(Pipeline.load(write(tmp_path, texts, server, **how)), tmp_path / "work")
        assert server.requests > 12 and set(server.paid.values()) == {1}
    assert made.contents(tmp_path / "work", *FOLDERS) == whole


def test_when_only_a_later_setting_changes_then_earlier_steps_are_kept(texts, tmp_path, server):
    run_pipeline(Pipeline.load(write(tmp_path, texts, server)), tmp_path / "work")
    config = write(tmp_path, texts, server, stats={"plot": False})
    text = config.read_text().replace("dev: 0.15", "dev: 0.3")
    config.write_text(text)
    assert run_pipeline(Pipeline.load(config), tmp_path / "work") == ["dataset"]
    config.write_text(text.replace("passages: 12", "passages: 14"))
    assert run_pipeline(Pipeline.load(config), tmp_path / "work") == ["corpus", "teach", "stats", "dataset"]
    assert set(server.paid.values()) == {1} and len(server.paid) == 14


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("corpsu: {}", "unknown sections ['corpsu']"),
        ("corpus: 3", "corpus: expected a mapping"),
        ("corpus: {}", "no inputs"),
        ("corpus: {inputs: [x], tokens: many}", "corpus: tokens is 'many'"),
        ("corpus: {inputs: [x]}\nstudent: {steps: 3}", "student: unknown settings ['steps']"),
        ("corpus: {inputs: [x]}\nevaluate: {gold: a, types: b}", "no student section"),
        ("corpus: {inputs: [x]}\nstudent: {}\nevaluate: [3]", "evaluate: expected an entry"),
        ("corpus: {inputs: [x]}\nstudent: {}\nevaluate: {gold: a}", "gold, a labelled file, and types"),
    ],
)
def test_when_the_file_is_wrong_then_section_and_setting_are_named(tmp_path, content, part):
    (tmp_path / "run.yaml").write_text(content)
    with pytest.raises(UsageError) as caught:
        Pipeline.load(tmp_path / "run.yaml")
    assert part in str(caught.value)


def test_the_example_under_examples_can_be_read():
    pipeline = Pipeline.load(Path(__file__).parents[2] / "examples" / "distill.yaml")
    assert pipeline.corpus.passages == 50_000 and pipeline.student.train["max_tokens"] == 256
    assert pipeline.teacher.limits().settings.cost == 20
