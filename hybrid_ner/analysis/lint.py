"""Rules that contradict one another, cannot act, or cannot matter: found without reading a document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from hybrid_ner.rules.pack import Rule, RulePack

_SETS = ("words", "shape")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong: its kind, the rules (PACK/ID) it is about, and a sentence."""

    kind: str
    rules: tuple[str, ...]
    message: str


def lint_packs(packs: Sequence[RulePack]) -> list[Finding]:
    """Everything found in packs that are used together, in the order of the checks."""
    rules = [rule for pack in packs for rule in pack.rules]
    checks = (_doubles, _left_out, _listed_twice, _undone_relabels, _impossible, _always_dropped, _too_weak)
    return [finding for check in checks for finding in check(rules, packs)]


def _doubles(rules: Sequence[Rule], packs: Sequence[RulePack]) -> Iterator[Finding]:
    """Rules that say what an earlier one says."""
    seen: dict[object, Rule] = {}
    for rule in rules:
        body = {name: value for name, value in rule.fields.items() if name not in ("id", "note", *rule.learned)}
        first = seen.setdefault(repr(sorted(body.items())), rule)
        if first is not rule:
            yield Finding("duplicate", (first.label, rule.label), "the second says the same and can be taken out")


def _left_out(rules: Sequence[Rule], packs: Sequence[RulePack]) -> Iterator[Finding]:
    """Rules that leave alone every type they are for."""
    for rule in rules:
        if rule.types and rule.types <= rule.excluded:
            yield Finding("unreachable", (rule.label,), f"all its types are in `except`: {_listed(rule.types)}")
        if rule.target is not None and rule.types == {rule.target}:
            yield Finding("unreachable", (rule.label,), f"it changes {rule.target!r} to itself")


def _listed_twice(rules: Sequence[Rule], packs: Sequence[RulePack]) -> Iterator[Finding]:
    """Names that two gazetteers give different types. Those that compete are weighed, and may."""
    owners: dict[str, Rule] = {}
    clashes: dict[tuple[str, str], list[str]] = defaultdict(list)
    for rule in rules:
        if rule.kind != "gazetteer" or rule.stage == "claim":
            continue
        for entry in map(str.casefold, rule.fields.get("entries", ())):
            first = owners.setdefault(entry, rule)
            if not first.types & rule.types:
                clashes[first.label, rule.label].append(entry)
    for labels, entries in clashes.items():
        yield Finding("two types", labels, f"{len(entries)} names are listed under different types: {_listed(entries)}")


def _undone_relabels(rules: Sequence[Rule], packs: Sequence[RulePack]) -> Iterator[Finding]:
    """Relabelings one of which may undo the other."""
    for a, b in combinations((rule for rule in rules if rule.kind == "relabel"), 2):
        if a.target in b.types and b.target in a.types:
            yield Finding(
                "contradiction",
                (a.label, b.label),
                f"one changes {b.target!r} to {a.target!r}, the other changes it back; the later one has the last word",
            )


def _impossible(rules: Sequence[Rule], packs: Sequence[RulePack]) -> Iterator[Finding]:
    """Requirements that a rule rejects, or that no mention can meet together."""
    required = [rule for rule in rules if rule.kind == "require"]
    rejecting = [rule for rule in rules if rule.kind == "reject"]
    for need in required:
        for bar in rejecting:
            for field in _SETS:
                needed, barred = _values(need, field), _values(bar, field)
                if needed and needed <= barred and _meet(need, bar):
                    text = f"every {field} that the first requires is rejected by the second: {_listed(needed)}"
                    yield Finding("contradiction", (need.label, bar.label), text)
            same = need.fields.get("regex")
            if same is not None and same == bar.fields.get("regex") and _meet(need, bar):
                yield Finding("contradiction", (need.label, bar.label), "one requires the regex that the other rejects")
    for a, b in combinations(required, 2):
        for field in _SETS:
            left, right = _values(a, field), _values(b, field)
            if left and right and not left & right and _meet(a, b):
                yield Finding("contradiction", (a.label, b.label), f"no mention has a {field} that both require")


def _always_dropped(rules: Sequence[Rule], packs: Sequence[RulePack]) -> Iterator[Finding]:
    """Listed names that a rule for the same types rejects as whole mentions."""
    for bar in (rule for rule in rules if rule.kind == "reject"):
        words = _values(bar, "words")
        for lists in (rule for rule in rules if rule.kind == "gazetteer" and words):
            both = words & {entry.casefold() for entry in lists.fields.get("entries", ())}
            if both and _meet(lists, bar):
                yield Finding(
                    "contradiction",
                    (lists.label, bar.label),
                    f"proposed by one, rejected by the other: {_listed(both)}",
                )


def _too_weak(rules: Sequence[Rule], packs: Sequence[RulePack]) -> Iterator[Finding]:
    """Proposals below the threshold that a pack sets for their type, which nothing raises."""
    bars = {name: bar for pack in packs for name, bar in pack.thresholds.items()}
    raised = [rule for rule in rules if rule.kind in ("rescore", "weigh")]
    for rule in rules:
        if rule.stage not in ("claim", "propose") or any(_meet(rule, other) for other in raised):
            continue
        score = float(rule.fields.get("score", 0.9))
        low = sorted(name for name in rule.types if score < bars.get(name, 0))
        if low:
            text = f"it proposes with {score:g}, below the threshold of {_listed(low)}, and nothing raises the score"
            yield Finding("unreachable", (rule.label,), text)


def _values(rule: Rule, field: str) -> frozenset[str]:
    """The values of a condition, where it is the rule's only one to decide."""
    value = rule.fields.get(field, ())
    items = [value] if isinstance(value, str) else value
    return frozenset(item if field == "shape" else item.casefold() for item in items)


def _meet(a: Rule, b: Rule) -> bool:
    """Whether some type has both rules."""
    if a.types and b.types:
        return bool((a.types & b.types) - a.excluded - b.excluded)
    named = a.types or b.types
    return not named or bool(named - a.excluded - b.excluded)


def _listed(values: Iterable[str], most: int = 5) -> str:
    ordered = sorted(values)
    more = f" and {len(ordered) - most} more" if len(ordered) > most else ""
    return ", ".join(map(repr, ordered[:most])) + more
