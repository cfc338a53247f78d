"""Markdown tables made of results files and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from evaluation.bootstrap import LEVEL, Difference
from evaluation.cells import markdown
from evaluation.fit_tables import cost_table, fit_tables
from evaluation.quoted import quoted
from evaluation.results import ResultsError

ABSENT = "–"
BUSY = 0.5  # load average before a benchmark; others' work slows systems unequally, those with thread barriers most


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


def _suite_table(results: Sequence[Mapping[str, Any]]) -> str:
    runs = [(result, run) for result in results for run in result["runs"]]
    columns = [{row["corpus"]: row for row in run["corpora"]} for _, run in runs]
    names = list(dict.fromkeys(name for column in columns for name in column))
    rows = [[name, *(_f1(column.get(name)) for column in columns)] for name in names]
    rows.append(["**average**", *(f"**{_f1(run['average'])}**" for _, run in runs)])
    rows += _average_rows(results, [run for _, run in runs])
    suite = results[0]["suite"]
    notes = dict.fromkeys(note for result in results for note in _suite_notes(result))
    parts = [markdown([f"F1 ({suite})", *(_heading(*r) for r in runs)], rows), "\n".join(notes)]
    return "\n\n".join([*parts, *_quoted_table(suite, names)])


def _average_rows(results: Sequence[Mapping[str, Any]], runs: Sequence[Mapping[str, Any]]) -> Iterable[list[str]]:
    """Rows of averages that only newer results files, or runs that asked for them, have."""
    if any("f1_interval" in run["average"] for run in runs):
        level = next(r["bootstrap"]["level"] for r in results if "bootstrap" in r)
        yield [f"{level} % interval", *(_interval(run["average"].get("f1_interval")) for run in runs)]
    for name in dict.fromkeys(name for run in runs for name in run.get("protocols", ())):
        figures = (run.get("protocols", {}).get(name) for run in runs)
        yield [f"average, {name} protocol", *(_f1(f and f["average"]) for f in figures)]


def _quoted_table(suite: str, corpora: Sequence[str]) -> Iterable[str]:
    """Others' figures, for the corpora that the table above has; nothing for a suite without any."""
    systems = quoted(suite)
    if not systems:
        return
    cells = ([f"{q.sets[c]:.1f}" if c in q.sets else ABSENT for q in systems] for c in corpora)
    rows = [[corpus, *cell] for corpus, cell in zip(corpora, cells, strict=True)]
    rows.append(["**average**", *(f"**{q.average:.1f}**" for q in systems)])
    yield "As published by others, each by its own protocol; not run here (sources: `evaluation/quoted.yaml`):"
    yield markdown([f"F1 ({suite}, quoted)", *(q.name for q in systems)], rows)


def _heading(result: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    threshold = run["threshold"]
    origin = f"threshold {threshold['value']:.2f}, {threshold['origin']}"
    student = f"{result['student']['name']} {result['student']['precision']}"
    return f"{student}, {result['view']}, {run['split']} ({origin})"


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


def _interval(pair: Sequence[float] | None) -> str:
    return ABSENT if pair is None else f"{pair[0]:.1f}–{pair[1]:.1f}"


def _bench_table(results: Sequence[Mapping[str, Any]]) -> str:
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


def differences(rows: Iterable[Difference]) -> str:
    """The table of a comparison of two runs: F1 of both, b - a in points with its interval, and p."""
    cells = [
        [d.name, *(f"{100 * x:.1f}" for x in (d.a, d.b)), f"{100 * (d.b - d.a):+.2f}",
         f"{100 * d.low:+.2f} to {100 * d.high:+.2f}", f"{d.p:.3f}"]
        for d in rows
    ]  # fmt: skip
    return markdown(["F1", "A", "B", "B - A", f"{LEVEL} % interval", "p"], cells)


RENDERERS: Mapping[str, Callable[[Sequence[Mapping[str, Any]]], str]] = {
    "suite": _suite_table,
    "bench": _bench_table,
    "fit": fit_tables,
    "rule-cost": cost_table,
}
