"""Tables of a suite run in several ways, of two runs compared, and of lists of types of several lengths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evaluation.bootstrap import LEVEL, Difference
from evaluation.quoted import quoted
from evaluation.tables.cells import ABSENT, f1, interval, markdown

QUOTED = {"negatives": "negative-sampling", "types": "type-variants", "segments": "type-variants"}


def variants_table(results: Sequence[Mapping[str, Any]]) -> str:
    """A table a results file: variants down, their average F1 and what they gain over what they are compared with."""
    return "\n\n".join(map(_variants, results))


def labels_table(results: Sequence[Mapping[str, Any]]) -> str:
    """A table a results file: numbers of types down."""
    return "\n\n".join(map(_labels, results))


def differences(rows: Iterable[Difference]) -> str:
    """The table of a comparison of two runs: F1 of both, b - a in points with its interval, and p."""
    cells = [
        [d.name, *(f"{100 * x:.1f}" for x in (d.a, d.b)), f"{100 * (d.b - d.a):+.2f}",
         f"{100 * d.low:+.2f} to {100 * d.high:+.2f}", f"{d.p:.3f}"]
        for d in rows
    ]  # fmt: skip
    return markdown(["F1", "A", "B", "B - A", f"{LEVEL} % interval", "p"], cells)


def _variants(result: Mapping[str, Any]) -> str:
    rows = [
        [row["name"], *_precision_recall(row["average"]), f1(row["average"]),
         interval(row["average"]["f1_interval"]), *_gain(row)]
        for row in result["variants"]
    ]  # fmt: skip
    level = result["bootstrap"]["level"]
    header = [f"{result['question']} ({result['suite']}, {result['split']})", "P", "R", "F1", f"{level} % interval"]
    table = markdown([*header, "change", f"{level} % interval", "p", "against"], rows)
    return "\n\n".join([table, " ".join(_notes(result)), *_quoted(result["question"])])


def _precision_recall(average: Mapping[str, Any]) -> list[str]:
    return [f"{average[name]:.1f}" for name in ("precision", "recall")]


def _gain(row: Mapping[str, Any]) -> list[str]:
    gain = row.get("difference")
    if gain is None:
        return [ABSENT] * 4
    low, high = gain["interval"]
    return [f"{gain['f1']:+.2f}", f"{low:+.2f} to {high:+.2f}", f"{gain['p']:.3f}", row["against"]]


def _labels(result: Mapping[str, Any]) -> str:
    rows = [
        [
            point["types"],
            f1(point["average"]),
            interval(point["average"]["f1_interval"]),
            f"{point['average']['commonest_f1']:.1f}",
            f"{point['words_per_second']:,.0f}",
        ]
        for point in result["points"]
    ]
    of = f"types ({result['suite']}, {result['split']})"
    header = [of, "F1", f"{LEVEL} % interval", "F1 of the commonest type", "words a second"]
    what = (
        "F1 is over a corpus's own types among those asked; the rest are distractors, whose spans are not scored. "
        f"{result['machine']['cpus']} cores of {result['machine']['cpu']}, types encoded beforehand."
    )
    return "\n\n".join([markdown(header, rows), " ".join([what, *_notes(result)])])


def _notes(result: Mapping[str, Any]) -> Iterable[str]:
    yield f"Average over {len(result['corpora'])} corpora; {result['protocol']}."
    if len(result["corpora"]) < result["size"]:
        yield f"**{len(result['corpora'])} of the suite's {result['size']} corpora only.**"
    if result["limit"]:
        yield f"**The first {result['limit']} sentences of a corpus only.**"


def _quoted(question: str) -> Iterable[str]:
    systems = quoted(QUOTED[question]) if question in QUOTED else []
    if systems:
        shown = ", ".join(f"{q.name} {q.average:.1f}" for q in systems)
        yield f"As published of another model on other corpora (sources: `evaluation/quoted.yaml`): {shown}."
