"""A learned pack as the text of its file: a header that says what it is from, then ordinary rules."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from hybrid_ner.fitting.fit import Fitted
from hybrid_ner.fitting.specs import Spec, dump

_WIDTH = 116
_HOW = """
In a rule: support is how many held-out sentences it changed; precision, of the mentions it added there or took away,
the share that was right (percent); gain, the points of F1 that are lost there without it. Weights are in logits: +0.7
doubles the odds of a type, -0.7 halves them. Everything may be edited; the rules' README says what the fields mean.
"""


def pack_text(fitted: Fitted, name: str, *, source: str, notes: Iterable[str] = ()) -> str:
    """The YAML of a pack.

    Args:
        name: the pack's; as `pack_name` makes it.
        source: what it was learned from, for the header.
        notes: further lines for the header.
    """
    header = [
        f"Learned by `hybrid-ner fit` from {source}: {fitted.sentences} sentences, {sum(fitted.mentions.values())} "
        f"mentions. F1 on held-out sentences: {fitted.before:.1f} without these rules, {fitted.after:.1f} with them; "
        f"{len(fitted.specs)} of {fitted.tried} rules held.",
        *notes,
        *_HOW.strip().split("\n\n"),
    ]
    if fitted.rare:
        header.append(f"Too few mentions to trust what is learned of them: {', '.join(fitted.rare)}.")
    parts = [
        "\n".join(textwrap.wrap(" ".join(part.split()), _WIDTH, initial_indent="# ", subsequent_indent="# "))
        for part in header
    ]
    body = [_fields({"name": name, "description": f"learned from {source}"})]
    if fitted.thresholds:
        bars = textwrap.indent(_fields(fitted.thresholds), "  ")
        body.append(f"# The score from which a type is kept.\nthresholds:\n{bars}")
    rules = "\n".join(map(_rule, fitted.specs))
    body.append(f"rules:\n{rules}" if rules else "rules: []\n")
    return "\n".join([*parts, "", "\n".join(body)])


def pack_name(stem: str) -> str:
    """A file's stem as a pack's name."""
    return re.sub(r"[^\w-]+", "-", stem).strip("-") or "fitted"


def _fields(fields: Mapping[str, Any]) -> str:
    """A mapping, a field a line; lists and mappings in it flow."""
    return "".join(
        dump({name: value}, flow=None if isinstance(value, (list, dict)) else False) for name, value in fields.items()
    )


def _rule(spec: Spec) -> str:
    lines = _fields(spec).splitlines()
    return "".join(f"{'  - ' if place == 0 else '    '}{line}\n" for place, line in enumerate(lines))
