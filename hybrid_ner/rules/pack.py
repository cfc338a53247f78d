"""Loading a rule pack: YAML in, checked rules out. A pack is data; nothing in it is run but these rules."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from hybrid_ner.errors import RulePackError
from hybrid_ner.resources import data_folder
from hybrid_ner.rules.kinds import KINDS
from hybrid_ner.rules.kinds.base import Judge, Propose
from hybrid_ner.rules.kinds.weigh import Weights
from hybrid_ner.rules.source import Fields, compose, pack_error, suggestion

_NAME = re.compile(r"[\w][\w-]*")

# A field of rules that propose: with the student's claims, before types compete for a span.
COMPETES = "competes"
# Fields that `hybrid-ner fit` writes into a rule and what they may hold; they change nothing.
LEARNED = {"support": (0, math.inf), "precision": (0, 100), "gain": (-100, 100)}


@dataclass(frozen=True)
class Rule:
    """One rule of a pack.

    Attributes:
        label: "PACK/ID", as decisions name it.
        kind: its name in `KINDS`.
        types: the types it is for, case-folded; empty means all.
        excluded: types it leaves alone, case-folded.
        target: the type a relabel rule gives, case-folded.
        run: what it does: proposes on a page, judges a candidate, or weights that are added.
        stage: when it runs, one of `EARLY_STAGES` or `STAGES`.
        fields: as they are written, for linters.
        learned: what `hybrid-ner fit` measured of it on held-out sentences: support, precision, gain.
    """

    label: str
    kind: str
    types: frozenset[str]
    excluded: frozenset[str]
    target: str | None
    run: Propose | Judge | Weights
    stage: str
    fields: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    learned: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class RulePack:
    """A pack's rules in the order of its file; those of an `overlay` run after all rules of the others.

    Attributes:
        thresholds: type, case-folded -> the score from which it is kept, unless the type has a threshold of its own.
    """

    name: str
    path: Path
    rules: tuple[Rule, ...]
    overlay: bool = False
    thresholds: Mapping[str, float] = field(default_factory=dict)


def load_pack(name_or_path: str | Path) -> RulePack:
    """Loads a pack that travels with the package ("default"), or one from a YAML file.

    Raises:
        RulePackError: no such pack, or something in it is wrong; names file, line and rule.
    """
    path = _find(name_or_path)
    fields = Fields(path, compose(path), named="a rule pack")
    fields.only(("name", "description", "overlay", "thresholds", "rules"))
    fields.text("description", None)
    name = fields.text("name", path.stem)
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise fields.error(f"a pack's name is letters, digits, - and _, got {name!r}", "name")
    rules: list[Rule] = []
    lines: dict[str, int] = {}
    for node in fields.nodes("rules"):
        rule, line = read_rule(path, name, node)
        if rule.label in lines:
            rule_id = rule.label.removeprefix(f"{name}/")
            first = lines[rule.label]
            message = f"this id is already used on line {first}; ids must differ"
            raise pack_error(path, message, line=line, rule=rule_id)
        lines[rule.label] = line
        rules.append(rule)
    return RulePack(name, path, tuple(rules), fields.flag("overlay"), _thresholds(fields))


def _find(name_or_path: str | Path) -> Path:
    folder = data_folder("rules")
    if isinstance(name_or_path, str) and _NAME.fullmatch(name_or_path):
        named = folder / f"{name_or_path}.yaml"
        if named.is_file():
            return named
    try:
        path = Path(name_or_path)
        if path.is_file():
            return path
    except (TypeError, ValueError):
        pass
    known = ", ".join(sorted(pack.stem for pack in folder.glob("*.yaml"))) or "none"
    raise RulePackError(
        f"no rule pack {str(name_or_path)!r}: neither a pack of this package ({known}) nor a YAML file"
    )


def read_rule(path: Path, pack: str, node: yaml.Node) -> tuple[Rule, int]:
    """A rule of a pack from its node, with its line.

    Raises:
        RulePackError: something in it is wrong.
    """
    fields = Fields(path, node, named="a rule")
    rule_id = fields.text("id")
    if "/" in rule_id:
        raise fields.error(f"a rule's id has no '/', got {rule_id!r}", "id")
    fields.rule = rule_id
    kind_name = fields.text("kind")
    if kind_name not in KINDS:
        raise fields.error(f"unknown kind {kind_name!r}; {suggestion(kind_name, KINDS)}", "kind")
    kind = KINDS[kind_name]
    relabels = "from" in kind.fields
    own = (*(() if relabels else ("types",)), *((COMPETES,) if kind.may_compete else ()), *kind.fields)
    fields.only(("id", "kind", "except", *own, *LEARNED, "note"))
    fields.text("note", None)
    wanted = "from" if relabels else "types"
    if kind.needs_types and "types" not in fields:
        raise fields.error(f"{kind_name} needs `types`: the types it proposes")
    if relabels and "from" not in fields:
        raise fields.error("relabel needs `from`: the types it changes")
    rule = Rule(
        label=f"{pack}/{rule_id}",
        kind=kind_name,
        types=_folded(fields, wanted),
        excluded=_folded(fields, "except"),
        target=fields.text("to").strip().casefold() if relabels else None,
        run=kind.build(fields),
        stage="claim" if kind.may_compete and fields.flag(COMPETES) else kind.stage,
        fields=fields.plain(),
        learned={
            name: fields.number(name, None, low=low, high=high)
            for name, (low, high) in LEARNED.items()
            if name in fields
        },
    )
    return rule, fields.line


def _thresholds(fields: Fields) -> dict[str, float]:
    if "thresholds" not in fields:
        return {}
    return {name.casefold(): value for name, value in fields.table("thresholds", low=0, high=1).items()}


def _folded(fields: Fields, name: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in fields.words(name))
