"""Rules as data: made from plain fields by the very code that loads a pack's file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from hybrid_ner.rules.pack import Rule, read_rule

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

# A rule's fields as its pack has them, its id and kind among them.
Spec = Mapping[str, Any]


def rules_of(pack: str, specs: Iterable[Spec]) -> dict[str, Rule]:
    """The rules that specs describe, by id, as if they were read from a file."""
    node = yaml.compose(dump(list(specs)), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    rules = [read_rule(Path(f"{pack}.yaml"), pack, item)[0] for item in node.value]
    return {rule.label.partition("/")[2]: rule for rule in rules}


def dump(value: Any, *, flow: bool | None = None) -> str:
    """YAML of plain values, keys in the order given; innermost collections on one line unless `flow` is False."""
    return yaml.dump(value, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, default_flow_style=flow, width=112)


def by_id(specs: Iterable[Spec]) -> dict[str, Spec]:
    """Specs by their ids, in their order."""
    return {spec["id"]: spec for spec in specs}


def slugs_of(names: Iterable[str]) -> dict[str, str]:
    """Each type's name as a part of rules' ids; no two alike."""
    slugs: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[\W_]+", "-", name.casefold()).strip("-") or "type"
        taken = sum(re.fullmatch(rf"{re.escape(plain)}(-\d+)?", slug) is not None for slug in slugs.values())
        slugs[name] = f"{plain}-{taken + 1}" if taken else plain
    return slugs
