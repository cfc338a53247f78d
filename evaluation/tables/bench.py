"""The tables of a benchmark: words a second by number of types, and what a process costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.tables.cells import ABSENT, markdown

BUSY = 0.5  # load average before a benchmark; others' work slows systems unequally, those with thread barriers most


def bench_table(results: Sequence[Mapping[str, Any]]) -> str:
    """The tables of every benchmark, one after the other."""
    return "\n\n".join(
        "\n\n".join([*(_speed_table(r, workload) for workload in r["speed"]), _process_table(r)]) for r in results
    )


def _speed_table(result: Mapping[str, Any], workload: str) -> str:
    speed = result["speed"][workload]
    points, systems = speed["points"], speed["systems"]
    ours, busy = systems[0]["points"], result["load_before"]
    rows = [[s["name"], *(f"{p['words_per_second']:,.0f}" for p in s["points"])] for s in systems]
    rows += [[f"times {s['name']}", *map(_times, ours, s["points"])] for s in systems[1:]]
    rows.append(["our time spent in the encoder's ONNX session", *map(_session_share, ours)])
    notes = [
        f"Ours falls by {speed['drop_percent']:.1f} % from {points[0]} to {points[-1]} types.",
        speed["note"],
        f"{result['machine']['threads']} threads of {result['machine']['cpu']}.",
        *([f"**The machine was busy: load average {busy}. Not to be published.**"] if busy > BUSY else []),
        *(["**Tiny sizes (--quick): not to be published.**"] if result["quick"] else []),
    ]
    texts = f"words a second, {workload} ({speed['words_per_document']:.0f} words a text)"
    return markdown([texts, *(f"{n} types" for n in points)], rows) + "\n\n" + " ".join(notes)


def _process_table(result: Mapping[str, Any]) -> str:
    rows = [[row["what"], f"{row['value']:g} {row['unit']}"] for row in result["process"]]
    return markdown(["one process", "measured"], rows)


def _times(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    return f"{ours['words_per_second'] / theirs['words_per_second']:.1f}"


def _session_share(point: Mapping[str, Any]) -> str:
    return ABSENT if point["session_percent"] is None else f"{point['session_percent']:.0f} %"
