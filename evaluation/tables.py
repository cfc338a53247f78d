"""Markdown tables made of results files and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from evaluation.results import ResultsError

ABSENT = "–"


def render(results: Sequence[Mapping[str, Any]]) -> str:
    """One table of results of one kind, with the commands that made them under it.

    Raises:
        ResultsError: no results, results of several kinds, or of a kind without a table.
    """
    kinds = sorted({r["kind"] for r in results})
    if len(kinds) != 1 or kinds[0] not in RENDERERS:
        raise ResultsError(f"a table is made of results of one kind, {' or '.join(RENDERERS)}; got {kinds}")
    commands = "\n".join(f"- `{command}`" for command in dict.fromkeys(r["command"] for r in results))
    return f"{RENDERERS[kinds[0]](results)}\n\n{commands}\n"


def markdown(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table; the first column is text, the others figures."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _suite_table(results: Sequence[Mapping[str, Any]]) -> str:
    runs = [(result, run) for result in results for run in result["runs"]]
    columns = [{row["corpus"]: row for row in run["corpora"]} for _, run in runs]
    names = list(dict.fromkeys(name for column in columns for name in column))
    rows = [[name, *(_f1(column.get(name)) for column in columns)] for name in names]
    rows.append(["**average**", *(f"**{_f1(run['average'])}**" for _, run in runs)])
    notes = dict.fromkeys(note for result in results for note in _suite_notes(result))
    return (
        markdown([f"F1 ({results[0]['suite']})", *(_heading(*r) for r in runs)], rows)
        + "\n\n"
        + "\n".join(notes)
    )


def _heading(result: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    threshold = run["threshold"]
    value = "" if threshold["value"] is None else f"{threshold['value']:.2f}, "
    student = f"{result['student']['name']} {result['student']['precision']}"
    return f"{student}, {result['view']}, {run['split']} ({value}{threshold['origin']})"


def _suite_notes(result: Mapping[str, Any]) -> Iterable[str]:
    yield f"Protocol: {result['protocol']}."
    for run in result["runs"]:
        found = len(run["corpora"])
        if found < result["size"]:
            yield f"**{found} of the suite's {result['size']} corpora only.**"
    if result["limit"]:
        yield f"**The first {result['limit']} sentences of a corpus only.**"


def _f1(row: Mapping[str, Any] | None) -> str:
    return ABSENT if row is None else f"{row['f1']:.1f}"


def _bench_table(results: Sequence[Mapping[str, Any]]) -> str:
    return "\n\n".join(_speed_table(r) + "\n\n" + _process_table(r) for r in results)


def _speed_table(result: Mapping[str, Any]) -> str:
    points, systems = result["speed"]["points"], result["speed"]["systems"]
    ours = systems[0]["name"]
    header = ["words a second", *(f"{n} types" for n in points)]
    by_system = {s["name"]: {p["types"]: p for p in s["points"]} for s in systems}
    rows = [
        [s["name"], *(_number(by_system[s["name"]].get(n), "words_per_second") for n in points)]
        for s in systems
    ]
    rows += [
        [f"times {name}", *(_times(by_system[ours].get(n), measured.get(n)) for n in points)]
        for name, measured in by_system.items()
        if name != ours
    ]
    notes = [result["speed"]["note"]]
    if result["speed"]["drop_percent"] is not None:
        notes.append(
            f"{ours} falls by {result['speed']['drop_percent']:.1f} % from {points[0]} to {points[-1]} types."
        )
    if result["speed"]["session_percent"] is not None:
        notes.append(
            f"{result['speed']['session_percent']:.0f} % of its time is spent in the encoder's ONNX session."
        )
    return markdown(header, rows) + "\n\n" + " ".join(notes)


def _process_table(result: Mapping[str, Any]) -> str:
    return markdown(
        ["one process", "measured"], [[p["what"], f"{p['value']} {p['unit']}"] for p in result["process"]]
    )


def _number(point: Mapping[str, Any] | None, field: str) -> str:
    return ABSENT if point is None else f"{point[field]:,.0f}"


def _times(ours: Mapping[str, Any] | None, theirs: Mapping[str, Any] | None) -> str:
    if ours is None or theirs is None:
        return ABSENT
    return f"{ours['words_per_second'] / theirs['words_per_second']:.1f}"


RENDERERS: Mapping[str, Callable[[Sequence[Mapping[str, Any]]], str]] = {
    "suite": _suite_table,
    "bench": _bench_table,
}
