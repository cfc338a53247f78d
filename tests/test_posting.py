"""Calls to a server keep the pace and a server's wish to wait, and carry the same mark whenever they are made."""

from __future__ import annotations

import pytest

for package in ("httpx", "tenacity"):
    pytest.importorskip(package)

from hybrid_ner.posting import Pace  # noqa: E402


class Time:
    def __init__(self):
        self.now = 100.0

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def test_when_a_pace_is_set_then_calls_start_evenly():
    time = Time()
    pace = Pace(30, time.clock, time.sleep)
    starts = []
    for _ in range(4):
        pace.wait()
        starts.append(time.now)
    assert starts == [100, 102, 104, 106]


def test_when_a_server_asks_to_wait_then_no_call_starts_before():
    time = Time()
    pace = Pace(0, time.clock, time.sleep)
    pace.wait()
    pace.hold(7)
    pace.hold(3)
    pace.wait()
    assert time.now == 107
    pace.wait()
    assert time.now == 107
