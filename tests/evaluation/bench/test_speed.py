from __future__ import annotations

from collections.abc import Sequence

import pytest

from evaluation.bench import speed
from evaluation.bench.speed import Sizes, compare
from evaluation.bench.systems import BenchError, GLiNERSystem, Ours
from evaluation.tables import render


class Clock:
    """A clock that only moves when a system works."""

    now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(speed, "time", made)
    return made


class Worker:
    """Takes `cost(types, batch size)` seconds a text, a share of them in its session."""

    batch_sizes = (8, 16)

    def __init__(self, clock, name, cost, share=None):
        self.clock, self.name, self.cost, self.share = clock, name, cost, share
        self.session, self.most_texts = 0.0, 0

    def ask(self, types: Sequence[str]):
        def run(texts, batch_size):
            seconds = len(texts) * self.cost(len(types), batch_size)
            self.clock.now += seconds
            self.session += seconds * (self.share or 0)
            self.most_texts = max(self.most_texts, len(texts))
            return len(texts)

        return run

    def session_seconds(self):
        return None if self.share is None else self.session


SIZES = Sizes(points=(5, 100), documents=32, repeats=3, budget=30.0)


def test_when_systems_are_compared_then_speeds_drop_and_session_share_follow_from_the_clock(clock):
    ours = Worker(clock, "ours", lambda types, _: 0.010 if types == 5 else 0.0125, share=0.8)
    theirs = Worker(clock, "theirs", lambda types, _: 0.1 * types)
    result = compare([ours, theirs], SIZES, lambda line: None)
    mine, other = result["systems"]
    words = result["words_per_document"]
    assert [p["words_per_second"] for p in mine["points"]] == pytest.approx([words / 0.01, words / 0.0125], rel=0.01)
    assert [p["session_percent"] for p in mine["points"]] == [80.0, 80.0]
    assert result["drop_percent"] == pytest.approx(20.0)
    assert other["points"][0]["words_per_second"] == pytest.approx(words / 0.5, rel=0.05)
    assert other["points"][0]["session_percent"] is None


def test_when_a_batch_size_is_faster_then_it_is_taken(clock):
    worker = Worker(clock, "w", lambda types, batch: 0.01 if batch == 16 else 0.02)
    assert {p["batch_size"] for p in compare([worker], SIZES, lambda line: None)["systems"][0]["points"]} == {16}


def test_when_a_system_is_slow_then_it_gets_fewer_texts_but_never_less_than_two(clock):
    worker = Worker(clock, "w", lambda types, _: 2.0 if types == 5 else 500.0)
    fast, slow = compare([worker], SIZES, lambda line: None)["systems"][0]["points"]
    assert fast["documents"] in (4, 5)  # 30 s for 3 passes at 2 s a text
    assert slow["documents"] == 2
    assert worker.most_texts <= 8


def test_when_the_clock_stands_still_then_there_is_no_figure(clock):
    with pytest.raises(BenchError, match="no measurable time"):
        compare([Worker(clock, "w", lambda types, batch: 0.0)], SIZES, lambda line: None)


def test_when_a_benchmark_is_rendered_then_ratios_and_processes_are_in_the_table(clock):
    ours = Worker(clock, "ours", lambda types, _: 0.01, share=0.8)
    theirs = Worker(clock, "theirs", lambda types, _: 0.1)
    result = {
        "kind": "bench",
        "quick": False,
        "load_before": 0.1,
        "command": "python -m evaluation bench",
        "machine": {"cpu": "a CPU", "threads": 2},
        "speed": {"paragraphs": compare([ours, theirs], SIZES, lambda line: None)},
        "process": [{"what": "peak memory", "value": 310.0, "unit": "MB"}],
    }
    shown = render([result])
    assert "| times theirs | 10.0 | 10.0 |" in shown
    assert "words a second, paragraphs (1" in shown
    assert "| our time spent in the encoder's ONNX session | 80 % | 80 % |" in shown
    assert "| peak memory | 310 MB |" in shown and "2 threads of a CPU" in shown
    assert "busy" not in shown and "load average 3.2" in render([{**result, "load_before": 3.2}])


def test_when_our_threads_work_at_once_then_the_session_time_is_a_threads_share():
    class Student:
        session_seconds, threads = 3.0, 2

    class NER:
        student = Student()

    assert Ours(NER(), "ours").session_seconds() == 1.5


class Words:
    """A tokenizer of words with room for `limit` of them."""

    def __init__(self, limit):
        self.model_max_length = limit

    def tokenize(self, text):
        return text.split()


class FakeGLiNER:
    """Finds one entity a text and a call; remembers the labels of its calls."""

    def __init__(self, limit):
        self.data_processor = type("P", (), {"transformer_tokenizer": Words(limit)})
        self.asked = []

    def inference(self, texts, labels, *, threshold, batch_size):
        self.asked.append(list(labels))
        return [[{}] for _ in texts]


def test_when_types_do_not_fit_beside_the_text_then_they_are_asked_in_groups_that_do():
    model = FakeGLiNER(limit=3 + 4 + 6)  # special tokens, the text, and two one-word types with their markers
    run = GLiNERSystem(model, "g", "groups").ask(["a", "b c", "d", "e", "f"])
    assert run(["one two three four", "one"], 8) == 2 * len(model.asked)
    assert model.asked == [["a", "b c"], ["d", "e", "f"]]
