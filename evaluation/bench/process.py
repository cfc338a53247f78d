"""What a fresh process costs: import, a cold command line, memory on a large document."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluation.bench.systems import BenchError
from evaluation.bench.texts import documents, long_document

_CLI = "from hybrid_ner.cli import main; main()"
_TIMED_IMPORT = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"
# Runs a command from a process that is itself small: a child's peak counts what its parent held when it was born.
_WATCH = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
if done.returncode:
    sys.stderr.write(done.stderr)
    sys.exit(done.returncode)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"seconds": time.perf_counter() - start, "peak": usage.ru_maxrss}))
"""
TYPES = "person,organization,disease"


def measure_processes(
    student: str | None, *, document_bytes: int = 2_000_000, repeats: int = 5
) -> list[dict[str, Any]]:
    """Rows {what, value, unit}; times are medians over `repeats` fresh processes.

    Raises:
        BenchError: a process that failed, with what it said.
    """
    chosen = ["--student", student] if student else []
    with tempfile.TemporaryDirectory() as folder:
        short, long, output = (Path(folder) / name for name in ("short.txt", "long.txt", "out.jsonl"))
        short.write_text(documents(1)[0], "utf-8")
        long.write_text(long_document(document_bytes), "utf-8")
        cold = [sys.executable, "-c", _CLI, "extract", str(short), "--types", "person", *chosen]
        large = [
            sys.executable,
            "-c",
            _CLI,
            "extract",
            str(long),
            "--types",
            TYPES,
            "--output",
            str(output),
            *chosen,
        ]
        seconds, peak = _peak_memory(large)
        return [
            _row("import hybrid_ner", _import("import hybrid_ner", repeats), "s"),
            _row("from hybrid_ner import HybridNER", _import("from hybrid_ner import HybridNER", repeats), "s"),
            _row(
                "first entity from a cold command line",
                statistics.median(_wall(cold) for _ in range(repeats)),
                "s",
            ),
            _row(f"peak memory on a document of {document_bytes / 1e6:g} MB", peak / 1e6, "MB"),
            _row("time for that document", seconds, "s"),
        ]


def _row(what: str, value: float, unit: str) -> dict[str, Any]:
    return {"what": what, "value": round(value, 0 if unit == "MB" else 2 if value > 1 else 3), "unit": unit}


def _import(statement: str, repeats: int) -> float:
    command = [sys.executable, "-c", _TIMED_IMPORT.format(statement)]
    return statistics.median(float(_checked(command).stdout) for _ in range(repeats))


def _wall(command: Sequence[str]) -> float:
    start = time.perf_counter()
    _checked(command)
    return time.perf_counter() - start


def _checked(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise BenchError(f"{' '.join(command[1:])} ended with code {done.returncode}: {done.stderr.strip()}")
    return done


def _peak_memory(command: Sequence[str]) -> tuple[float, int]:
    """Seconds, and the highest resident size in bytes, of one process."""
    done = json.loads(_checked([sys.executable, "-c", _WATCH, *command]).stdout)
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss
    return done["seconds"], done["peak"] * unit
