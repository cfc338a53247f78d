"""Tables of pairs of close types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_HEAD = """\
| typing accuracy, % | gold spans | without the index | with it | errors gone |
| --- | ---: | ---: | ---: | ---: |"""


def close_types_table(results: Sequence[Mapping[str, Any]]) -> str:
    """A row a pair, and the mean over pairs."""
    return "\n\n".join(map(_table, results))


def _table(result: Mapping[str, Any]) -> str:
    rows = [
        f"| {row['pair'][0]} / {row['pair'][1]} ({row['corpus']}) | {row['spans']} | {row['without']:.1f} "
        f"| {row['with']:.1f} | {row['errors_gone']:.0f} % |"
        for row in result["pairs"]
    ]
    mean = result["mean"]
    without, using, gone = (mean[key] for key in ("without", "with", "errors_gone"))
    rows.append(f"| **mean of pairs** | | **{without:.1f}** | **{using:.1f}** | **{gone:.0f} %** |")
    note = (
        f"Asked by {result['view']}; {result['split']} splits, at most {result['limit']} sentences a pair; "
        f"{result['protocol']}."
    )
    return "\n".join([_HEAD, *rows, "", note])
