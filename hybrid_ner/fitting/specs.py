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


def dump(value: Any) -> str:
    """YAML of plain values, innermost collections on one line; keys in the order given."""
    return yaml.dump(value, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, default_flow_style=None, width=116)


def slug(name: str) -> str:
    """A type's name as part of a rule's id."""
    return re.sub(r"[\W_]+", "-", name.casefold()).strip("-") or "type"
