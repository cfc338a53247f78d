"""Words a second at several numbers of types: every system on the same texts, cores and clock."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.bench.systems import BenchError, Runner, System
from evaluation.bench.texts import WORDS_PER_DOCUMENT, documents, type_names

NOTE = (
    "GLiNER in PyTorch, fp32, from a config with random heads and a threshold that keeps next to nothing; "
    "slow systems are timed on fewer texts. In one call the uni-encoder cuts prompt and text together at 512 "
    "tokens, so with many types it no longer reads the text; in groups that fit it does."
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is timed.

    Attributes:
        points: numbers of types.
        documents: texts a pass has at most.
        words: what a text has at least, in whole sentences.
        repeats: timed passes, of which the median counts.
        budget: seconds all passes of a system at one point should take; slow ones get fewer texts.
    """

    points: tuple[int, ...] = (5, 25, 100, 500)
    documents: int = 64
    words: int = WORDS_PER_DOCUMENT
    repeats: int = 5
    budget: float = 10.0


WORKLOADS = {"paragraphs": Sizes(), "sentences": Sizes(documents=256, words=1)}
QUICK = {"paragraphs": Sizes(points=(5, 25), documents=4, repeats=1, budget=1.0)}
MIN_DOCUMENTS = 2


@dataclass(frozen=True, slots=True)
class _Point:
    """A system set up for a number of types."""

    types: int
    runner: Runner
    batch_size: int
    texts: list[str]
    first_call: float


@dataclass(frozen=True, slots=True)
class _Pass:
    seconds: float
    session: float | None
    entities: int


def compare(systems: Sequence[System], sizes: Sizes, say: Callable[[str], None]) -> dict[str, Any]:
    """Times every system; the first is ours, and what is said of one system is said of it.

    Args:
        say: called with a line about every point measured.
    """
    texts = documents(sizes.documents, sizes.words)
    measured = [{"name": system.name, "points": _measure(system, texts, sizes, say)} for system in systems]
    ours = measured[0]["points"]
    drop = 100 * (1 - ours[-1]["words_per_second"] / ours[0]["words_per_second"])
    return {
        "points": list(sizes.points),
        "words_per_document": round(_words(texts) / len(texts), 1),
        "repeats": sizes.repeats,
        "note": NOTE if len(systems) > 1 else "GLiNER was not measured (--no-gliner).",
        "drop_percent": round(drop, 2),
        "systems": measured,
    }


def _measure(system: System, texts: list[str], sizes: Sizes, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """The system's points. Passes go round over them: a slow minute of the machine hits them all."""
    points = [_set_up(system, n, texts, sizes) for n in sizes.points]
    passes: dict[int, list[_Pass]] = {p.types: [] for p in points}
    for _ in range(sizes.repeats):
        for point in points:
            passes[point.types].append(_timed(system, point.runner, point.texts, point.batch_size))
    rows = [_row(point, passes[point.types]) for point in points]
    for row in rows:
        say(f"{system.name}: {row['types']} types, {row['words_per_second']:,.0f} words/s")
    return rows


def _set_up(system: System, count: int, texts: list[str], sizes: Sizes) -> _Point:
    """Warms the system up, takes the faster batch size, and as many texts as the budget allows."""
    start = time.perf_counter()
    runner = system.ask(type_names(count))
    runner(texts[:1], 1)
    first_call = time.perf_counter() - start

    rate = _rate(system, runner, texts[:MIN_DOCUMENTS], MIN_DOCUMENTS)
    rates: dict[int, float] = {}
    for size in system.batch_sizes:
        tried = texts[: min(size, _affordable(rate, texts, sizes))]
        if rates and len(tried) < size:
            break  # so large a batch would never be filled
        rates[size] = rate = _rate(system, runner, tried, size)
    batch_size = max(rates, key=rates.__getitem__)
    return _Point(count, runner, batch_size, texts[: _affordable(rates[batch_size], texts, sizes)], first_call)


def _rate(system: System, runner: Runner, texts: list[str], batch_size: int) -> float:
    """Words a second of one pass."""
    seconds = _timed(system, runner, texts, batch_size).seconds
    if not seconds:
        raise BenchError(f"a pass of {system.name} took no measurable time; the clock cannot be trusted")
    return _words(texts) / seconds


def _affordable(rate: float, texts: list[str], sizes: Sizes) -> int:
    """How many texts a pass may have, at `rate` words a second."""
    words_a_pass = rate * sizes.budget / sizes.repeats
    return min(len(texts), max(MIN_DOCUMENTS, int(words_a_pass * len(texts) / _words(texts))))


def _timed(system: System, runner: Runner, texts: list[str], batch_size: int) -> _Pass:
    before = system.session_seconds()
    start = time.perf_counter()
    entities = runner(texts, batch_size)
    seconds = time.perf_counter() - start
    return _Pass(seconds, None if before is None else system.session_seconds() - before, entities)


def _row(point: _Point, passes: list[_Pass]) -> dict[str, Any]:
    words = _words(point.texts)
    seconds = statistics.median(p.seconds for p in passes)
    session = [p.session / p.seconds for p in passes if p.session is not None]
    return {
        "types": point.types,
        "words_per_second": round(words / seconds, 1),
        "session_percent": round(100 * statistics.median(session), 1) if session else None,
        "documents": len(point.texts),
        "words": words,
        "entities": passes[-1].entities,
        "batch_size": point.batch_size,
        "seconds": [round(p.seconds, 4) for p in passes],
        "first_call_seconds": round(point.first_call, 3),
    }


def _words(texts: Sequence[str]) -> int:
    return sum(len(text.split()) for text in texts)
