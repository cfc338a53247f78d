"""UniversalNER's two pictures (figure 5) with our bars beside its quoted ones; the corpora are not the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluation.ablations.segments import ALONE, TOGETHER
from evaluation.ablations.types import NAMES
from evaluation.corpora import load_yaml
from evaluation.plots.bars import Series, grouped
from evaluation.plots.style import axes
from evaluation.plots.suite import title
from evaluation.quoted import quoted
from evaluation.results import ResultsError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOMAINS = Path(__file__).parents[1] / "domains.yaml"
SYSTEMS = ("ChatGPT", "UniNER-7B")


def domains(results: Sequence[Mapping[str, Any]]) -> Figure:
    """Zero-shot F1 by domain (5a): ours is the mean over the corpora of a domain in all the suites given.

    Raises:
        ResultsError: results that are not of suites, or of different systems.
    """
    if any(r["kind"] != "suite" for r in results) or len({title(r) for r in results}) != 1:
        raise ResultsError("the picture by domain is made of suites of one system, asked in one way")
    f1 = {row["corpus"]: row["f1"] for result in results for row in result["runs"][-1]["corpora"]}
    of_domain = {name: [f1[c] for c in corpora if c in f1] for name, corpora in load_yaml(DOMAINS).items()}
    systems = [q for q in quoted("domains") if q.name in SYSTEMS]
    names = list(systems[0].sets)
    ours = [_mean(of_domain.get(name, ())) for name in names]
    known = [value for value in ours if value is not None]
    series = [Series(f"{q.name} (quoted)", [*(q.sets[n] for n in names), q.average], False) for q in systems]
    series.append(Series(f"{title(results[0])} (our corpora)", [*ours, _mean(known)], True))
    shown = [f"{n} ({len(of_domain.get(n, ()))} of ours)" for n in names]
    with axes(6.5, 5.6) as ax:
        grouped(ax, [*shown, "average"], series)
        ax.set_title("Zero-shot F1 by domain; quoted bars are over the paper's 43 sets", fontsize=10)
        return ax.figure


def variants(results: Sequence[Mapping[str, Any]]) -> Figure:
    """Types by name, by definition, and all in one query (5b): what each costs against the model's own usual way.

    Raises:
        ResultsError: not one results file of `ablate types` and one of `ablate segments`.
    """
    by_question = {r.get("question"): {row["name"]: row["average"]["f1"] for row in r["variants"]} for r in results
                   if r["kind"] == "variants"}  # fmt: skip
    if set(by_question) != {"types", "segments"} or len(results) != 2:
        raise ResultsError("the picture of variants is made of the results of `ablate types` and `ablate segments`")
    types, segments = by_question["types"], by_question["segments"]
    paper = {q.name.removeprefix("UniNER-7B-"): q.average for q in quoted("type-variants")}
    groups = ["asked by name", "asked by definition", "by name and definition", "one type a query", "all in one query"]
    theirs = [paper["type"], paper["definition"], None, paper["type"], paper["all-in-one"]]
    ours = [types[NAMES["name"]], types[NAMES["definition"]], types[NAMES["both"]], segments[ALONE], segments[TOGETHER]]
    with axes(6.5, 3) as ax:
        grouped(ax, groups, [Series("UniNER-7B (quoted, 43 sets)", theirs, False), Series("hybrid_ner", ours, True)])
        ax.set_title("How types are asked: average F1", fontsize=10)
        return ax.figure


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


PICTURES: Mapping[str, Callable[[Sequence[Mapping[str, Any]]], Figure]] = {"domains": domains, "variants": variants}
