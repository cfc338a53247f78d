"""Corrections as an overlay rule pack: what was rejected stays rejected, what was added is found again."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from hybrid_ner.feedback.corrections import Correction

SCORE = 1.0  # of what a reviewer added: no threshold is above it, and no other candidate goes before it
_SHOWN_DOCUMENTS = 3


@dataclass(frozen=True, slots=True)
class Ruling:
    """What holds for a mention from now on.

    Attributes:
        verdict: "added", "rejected" or "relabelled"; "contradicted" where as many say one thing as the other.
        mention, type, to: as in `Correction`.
        support: how many corrections say so. against: how many say otherwise.
        documents: the ids of the documents that support it.
    """

    verdict: str
    mention: str
    type: str
    to: str | None
    support: int
    against: int
    documents: tuple[str, ...]


@dataclass(slots=True)
class _Votes:
    """The corrections on one mention as one type."""

    right: list[Correction] = field(default_factory=list)  # it is one: accepted, added
    wrong: list[Correction] = field(default_factory=list)  # it is none: rejected, relabelled


def rulings(corrections: Iterable[Correction]) -> list[Ruling]:
    """What the majority of the corrections says of each mention (in its very spelling) and type.

    A mention that was only ever accepted needs no ruling. A mention that is wrong becomes another type where more
    corrections relabel it to that type than say anything else against it.
    """
    votes: dict[tuple[str, str], _Votes] = defaultdict(_Votes)
    for correction in corrections:
        of = votes[correction.text.strip(), correction.type.strip().casefold()]
        (of.right if correction.verdict in ("accepted", "added") else of.wrong).append(correction)
    made = [ruling for key in sorted(votes) if (ruling := _ruling(key[0], votes[key]))]
    return sorted(made, key=lambda r: (r.verdict, r.type.casefold(), (r.to or "").casefold(), r.mention))


def _ruling(mention: str, votes: _Votes) -> Ruling | None:
    right, wrong = len(votes.right), len(votes.wrong)
    name = (votes.right or votes.wrong)[0].type.strip()
    if right == wrong:
        return Ruling("contradicted", mention, name, None, right, wrong, _documents([*votes.right, *votes.wrong]))
    if right > wrong:
        added = any(c.verdict == "added" for c in votes.right)
        return Ruling("added", mention, name, None, right, wrong, _documents(votes.right)) if added else None
    targets = Counter(c.to for c in votes.wrong if c.to)
    to, most = min(targets.items(), key=lambda pair: (-pair[1], pair[0]), default=(None, 0))
    if 2 * most > wrong:
        agree = [c for c in votes.wrong if c.to == to]
        return Ruling("relabelled", mention, name, to, most, right + wrong - most, _documents(agree))
    return Ruling("rejected", mention, name, None, wrong, right, _documents(votes.wrong))


def _documents(corrections: Iterable[Correction]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c.document for c in corrections))


def pack_yaml(found: Sequence[Ruling], name: str) -> str:
    """A rule pack in YAML, an `overlay`: its rules run after those of every other pack. Comments give the support."""
    groups: dict[tuple[str, str, str], list[Ruling]] = defaultdict(list)
    for ruling in found:
        if ruling.verdict != "contradicted":
            groups[ruling.verdict, ruling.type, ruling.to or ""].append(ruling)
    lines = [
        "# Made by `hybrid-ner feedback`; remove a line to forget a correction.",
        f"name: {_quoted(name)}",
        'description: "Corrections of reviewers: exact mentions that are added, rejected or relabelled."',
        "overlay: true",
        "rules:" if groups else "rules: []",
    ]
    taken: Counter[str] = Counter()
    for (verdict, type_name, to), group in sorted(groups.items()):
        slug = re.sub(r"\W+", "-", "-".join(filter(None, (verdict, type_name, to))).casefold()).strip("-")
        taken[slug] += 1
        ident = slug if taken[slug] == 1 else f"{slug}.{taken[slug]}"
        lines += _rule(verdict, ident, type_name, to, group)
    return "\n".join(lines) + "\n"


def _rule(verdict: str, ident: str, type_name: str, to: str, group: Sequence[Ruling]) -> Iterator[str]:
    kind = {"added": "gazetteer", "rejected": "reject", "relabelled": "relabel"}[verdict]
    yield f"  - id: {_quoted(ident)}"
    yield f"    kind: {kind}"
    yield f"    {'from' if to else 'types'}: [{_quoted(type_name)}]"
    if to:
        yield f"    to: {_quoted(to)}"
    if verdict == "added":
        yield f"    score: {SCORE}"
    yield "    case_sensitive: true"
    yield "    entries:" if verdict == "added" else "    words:"
    for ruling in group:
        yield f"      - {_quoted(ruling.mention)}  # {_support(ruling)}"


def _support(ruling: Ruling) -> str:
    shown = [json.dumps(ident) for ident in ruling.documents[:_SHOWN_DOCUMENTS]]
    more = len(ruling.documents) - len(shown)
    against = f", against it: {ruling.against}" if ruling.against else ""
    return f"support: {ruling.support}{against}; in {', '.join(shown)}" + (f" and {more} more" if more > 0 else "")


def _quoted(value: str) -> str:
    """A YAML scalar on one line, whatever is in it: what JSON escapes, and the line ends that only YAML knows."""
    quoted = json.dumps(value, ensure_ascii=False)
    return re.sub(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda m: f"\\u{ord(m.group()):04x}", quoted)
