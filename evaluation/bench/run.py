"""The whole benchmark: ours and GLiNER on the same cores, then fresh processes of ours."""

from __future__ import annotations

import os
from typing import Any

import click

from evaluation.bench.process import measure_processes
from evaluation.bench.speed import QUICK, WORKLOADS, compare
from evaluation.bench.systems import BenchError, Ours, System, load_gliner
from evaluation.student import Setup


def run_bench(student: str | None, *, threads: int, quick: bool, gliner: bool) -> dict[str, Any]:
    """Measures everything; what a results file of kind "bench" holds besides its provenance.

    Args:
        threads: CPUs that this process and those it starts may use.
        quick: tiny sizes, for trying out.
        gliner: measure GLiNER as well.
    """
    load = os.getloadavg()[0]
    _pin(threads)
    setup = Setup(student)
    ner = setup.load()
    facts = setup.facts(ner)
    name = f"hybrid_ner, {facts['student']['name']} {facts['student']['precision']}"
    systems: list[System] = [Ours(ner, name), *(load_gliner() if gliner else ())]
    speed = {
        name: compare(systems, sizes, lambda line: click.echo(line, err=True))
        for name, sizes in (QUICK if quick else WORKLOADS).items()
    }
    sizes = {"document_bytes": 20_000, "repeats": 1} if quick else {}
    return {
        "kind": "bench",
        "quick": quick,
        "load_before": round(load, 2),
        **facts,
        "speed": speed,
        "process": measure_processes(student, **sizes),
    }


def _pin(threads: int) -> None:
    """Holds this process, and those it starts, to as many CPUs; thread pools size themselves by that.

    Raises:
        BenchError: fewer CPUs are to be had.
    """
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < threads:
        raise BenchError(f"{threads} threads asked for; this process may use {len(cpus)} CPUs")
    os.sched_setaffinity(0, cpus[:threads])
