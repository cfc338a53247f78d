"""The table of a suite: corpora down, runs across, others' published figures apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evaluation.quoted import quoted
from evaluation.tables.cells import ABSENT, f1, interval, markdown


def suite_table(results: Sequence[Mapping[str, Any]]) -> str:
    """One table of all runs of all results; a set that is absent keeps its row."""
    runs = [(result, run) for result in results for run in result["runs"]]
    columns = [{row["corpus"]: row for row in run["corpora"]} for _, run in runs]
    sets = (name for result in results for name in result.get("sets", ()))
    names = list(dict.fromkeys([*sets, *(name for column in columns for name in column)]))
    absent = [result.get("absent", {}) for result, _ in runs]
    rows = [
        [name, *(f1(column[name]) if name in column else why.get(name, ABSENT) for column, why in pairs)]
        for name in names
        for pairs in [list(zip(columns, absent, strict=True))]
    ]
    rows.append(["**average**", *(f"**{f1(run['average'])}**" for _, run in runs)])
    rows += _average_rows(results, [run for _, run in runs])
    suite = results[0]["suite"]
    notes = dict.fromkeys(note for result in results for note in _suite_notes(result))
    parts = [markdown([f"F1 ({suite})", *(_heading(*r) for r in runs)], rows), "\n".join(notes)]
    run_everywhere = [name for name in names if all(name in column for column in columns)]
    return "\n\n".join([*parts, *_quoted_table(suite, names, run_everywhere)])


def _average_rows(results: Sequence[Mapping[str, Any]], runs: Sequence[Mapping[str, Any]]) -> Iterable[list[str]]:
    """Rows of averages that only newer results files, or runs that asked for them, have."""
    if any("f1_interval" in run["average"] for run in runs):
        level = next(r["bootstrap"]["level"] for r in results if "bootstrap" in r)
        yield [f"{level} % interval", *(interval(run["average"].get("f1_interval")) for run in runs)]
    for name in dict.fromkeys(name for run in runs for name in run.get("protocols", ())):
        figures = (run.get("protocols", {}).get(name) for run in runs)
        yield [f"average, {name} protocol", *(f1(f and f["average"]) for f in figures)]


def _quoted_table(suite: str, corpora: Sequence[str], run: Sequence[str]) -> Iterable[str]:
    """Others' figures for the corpora of the table above, and their average over those that were run.

    Nothing for a suite that nobody's figures are quoted for.
    """
    systems = quoted(suite)
    if not systems:
        return
    cells = ([f"{q.sets[c]:.1f}" if c in q.sets else ABSENT for q in systems] for c in corpora)
    rows = [[corpus, *cell] for corpus, cell in zip(corpora, cells, strict=True)]
    rows.append(["**average**", *(f"**{q.average:.1f}**" for q in systems)])
    if run and len(run) < len(corpora):
        figures = ([q.sets.get(c) for c in run] for q in systems)
        averages = (ABSENT if None in of else f"{sum(of) / len(of):.1f}" for of in figures)
        rows.append([f"average of the {len(run)} run here", *averages])
    yield "As published by others, each by its own protocol; not run here (sources: `evaluation/quoted.yaml`):"
    yield markdown([f"F1 ({suite}, quoted)", *(q.name for q in systems)], rows)


def _heading(result: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    if "system" in result:
        return f"{result['system']['name']}, {run['split']}"
    threshold = run["threshold"]
    origin = f"threshold {threshold['value']:.2f}, {threshold['origin']}"
    student = f"{result['student']['name']} {result['student']['precision']}"
    view = result["view"] + (", corpus named" if result.get("conditioned") else "")
    return f"{student}, {view}, {run['split']} ({origin})"


def _suite_notes(result: Mapping[str, Any]) -> Iterable[str]:
    yield f"Protocol: {result['protocol']}."
    if "system" in result:
        settings = ", ".join(f"{name} {value}" for name, value in result["system"]["settings"].items())
        yield f"{result['system']['name']}: {settings}."
    for run in result["runs"]:
        found = len(run["corpora"])
        if found < result["size"]:
            yield f"**{found} of the suite's {result['size']} corpora only.**"
    if result["limit"]:
        yield f"**The first {result['limit']} sentences of a corpus only.**"
