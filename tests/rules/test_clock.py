"""What bounds a rule's time: the thread's own."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hybrid_ner.rules import page
from hybrid_ner.rules.page import Clock


@pytest.fixture
def hands(monkeypatch):
    """The two clocks, set by hand."""
    now = SimpleNamespace(wall=100.0, thread=1.0)
    clocks = {"perf_counter": lambda: now.wall, "thread_time": lambda: now.thread}
    monkeypatch.setattr(page, "time", SimpleNamespace(**clocks))
    return now


def test_a_rule_that_goes_on_is_stopped_by_its_threads_time(hands):
    clock = Clock(0.5)
    hands.wall += 0.1
    assert clock.check() == 0.5
    hands.wall, hands.thread = hands.wall + 9, hands.thread + 0.4
    assert clock.check() == pytest.approx(0.1)
    hands.thread += 0.1
    with pytest.raises(TimeoutError, match="used up"):
        clock.check()


def test_waiting_for_a_busy_machine_costs_a_rule_nothing(hands):
    clock = Clock(0.5)
    hands.wall += 60
    assert clock.check() == 0.5
    hands.wall += 60
    assert clock.check() == 0.5
