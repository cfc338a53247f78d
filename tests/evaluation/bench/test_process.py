from __future__ import annotations

import sys

import pytest

from evaluation.bench.process import _import, _peak_memory, _wall
from evaluation.bench.systems import BenchError


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_when_a_process_takes_memory_then_its_own_peak_is_measured():
    _, small = _peak_memory(python("pass"))
    _, large = _peak_memory(python("x = bytearray(b'x' * 80_000_000)"))
    assert large - small > 70_000_000


def test_when_this_process_is_large_then_the_peak_of_its_child_is_not_its_own():
    ballast = bytearray(b"x" * 150_000_000)
    _, small = _peak_memory(python("pass"))
    assert small < len(ballast) / 2


def test_when_a_process_fails_then_there_is_no_figure():
    with pytest.raises(BenchError, match="ended with code 3: why"):
        _wall(python("import sys; sys.stderr.write('why'); sys.exit(3)"))
    with pytest.raises(BenchError, match="ended with code 3"):
        _peak_memory(python("import sys; sys.exit(3)"))


def test_when_an_import_is_timed_then_it_happens_in_a_fresh_process():
    assert _import("import json", 1) > 0
    with pytest.raises(BenchError, match="ModuleNotFoundError"):
        _import("import no_such_module", 1)
