"""Tables of pairs of close types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_HEAD = """\
| typing accuracy, % | gold spans | by bare names | by the index's definitions | with its second look | errors gone |
| --- | ---: | ---: | ---: | ---: | ---: |"""


def close_types_table(results: Sequence[Mapping[str, Any]]) -> str:
    """A row a pair, and the mean over pairs."""
    return "\n\n".join(map(_table, results))


def _table(result: Mapping[str, Any]) -> str:
    rows = [
        f"| {row['pair'][0]} / {row['pair'][1]} ({row['corpus']}) | {row['spans']} | {row['by_name']:.1f} "
        f"| {row['without']:.1f} | {row['with']:.1f} | {row['errors_gone']:.0f} % |"
        for row in result["pairs"]
    ]
    mean = result["mean"]
    means = " | ".join(f"**{mean[key]:.1f}**" for key in ("by_name", "without", "with"))
    rows.append(f"| **mean of pairs** | | {means} | **{mean['errors_gone']:.0f} %** |")
    note = (
        f"Asked by {result['view']}; {result['split']} splits, at most {result['limit']} sentences a pair; "
        f"{result['protocol']}."
    )
    return "\n".join([_HEAD, *rows, "", note])
