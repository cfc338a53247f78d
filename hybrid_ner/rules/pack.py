"""Loading a rule pack: YAML in, checked rules out. A pack is data; nothing in it is run but these rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from hybrid_ner.errors import RulePackError
from hybrid_ner.resources import data_folder
from hybrid_ner.rules.kinds import KINDS
from hybrid_ner.rules.kinds.base import Judge, Propose
from hybrid_ner.rules.source import Fields, compose, pack_error, suggestion

_NAME = re.compile(r"[\w][\w-]*")


@dataclass(frozen=True)
class Rule:
    """One rule of a pack.

    Attributes:
        label: "PACK/ID", as decisions name it.
        kind: its name in `KINDS`.
        types: the types it is for, case-folded; empty means all.
        excluded: types it leaves alone, case-folded.
        target: the type a relabel rule gives, case-folded.
        run: what it does: proposes on a page, or judges a candidate.
    """

    label: str
    kind: str
    types: frozenset[str]
    excluded: frozenset[str]
    target: str | None
    run: Propose | Judge


@dataclass(frozen=True)
class RulePack:
    """A pack's rules in the order of its file; those of an `overlay` run after all rules of the others."""

    name: str
    path: Path
    rules: tuple[Rule, ...]
    overlay: bool = False


def load_pack(name_or_path: str | Path) -> RulePack:
    """Loads a pack that travels with the package ("default"), or one from a YAML file.

    Raises:
        RulePackError: no such pack, or something in it is wrong; names file, line and rule.
    """
    path = _find(name_or_path)
    fields = Fields(path, compose(path), named="a rule pack")
    fields.only(("name", "description", "overlay", "rules"))
    fields.text("description", None)
    name = fields.text("name", path.stem)
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise fields.error(f"a pack's name is letters, digits, - and _, got {name!r}", "name")
    rules: list[Rule] = []
    lines: dict[str, int] = {}
    for node in fields.nodes("rules"):
        rule, line = _read_rule(path, name, node)
        if rule.label in lines:
            rule_id = rule.label.removeprefix(f"{name}/")
            first = lines[rule.label]
            message = f"this id is already used on line {first}; ids must differ"
            raise pack_error(path, message, line=line, rule=rule_id)
        lines[rule.label] = line
        rules.append(rule)
    return RulePack(name, path, tuple(rules), fields.flag("overlay"))


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


def _read_rule(path: Path, pack: str, node: yaml.Node) -> tuple[Rule, int]:
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
    fields.only(("id", "kind", *(() if relabels else ("types",)), "except", *kind.fields))
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
    )
    return rule, fields.line


def _folded(fields: Fields, name: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in fields.words(name))
