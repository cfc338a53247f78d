"""Learns rules for what the first stage leaves wrong: boundaries, limits, stop phrases, relabelings.

They are induced from held-out predictions beside the gold: what is systematically wrong there, and rarely right.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hybrid_ner.fitting.bench import Example
from hybrid_ner.fitting.specs import Spec
from hybrid_ner.rules.conditions import shape_of
from hybrid_ner.rules.page import PIECE
from hybrid_ner.schema import Decision
from hybrid_ner.scoring import Span

_LEAST = 2  # sentences in which a mistake must be seen
_MOST_WORDS = 3  # that a boundary is moved by
_REACH = 40  # characters beside a mention in which the word beside it must end


@dataclass(frozen=True)
class Seen:
    """An example and what was found in it by rules learned without it."""

    example: Example
    found: tuple[Decision, ...]

    def right(self, decision: Decision) -> bool:
        return _span(decision) in self.example.gold

    def text(self, start: int, end: int) -> str:
        return self.example.text[start:end]


def second_specs(seen: Sequence[Seen], slugs: dict[str, str]) -> list[Spec]:
    """All rules that these predictions suggest; which of them hold is for the held-out folds to say."""
    return [*_boundaries(seen, slugs), *_stop_phrases(seen, slugs), *_limits(seen, slugs), *_relabelings(seen, slugs)]


def _boundaries(seen: Sequence[Seen], slugs: dict[str, str]) -> Iterator[Spec]:
    """Words that are cut from, or taken into, mentions: of all types together, and of each."""
    votes: dict[tuple[str, str, str], Counter[bool]] = defaultdict(Counter)  # (type, field, word) -> for and against
    for one in seen:
        for (name, field, word), good in set(_moves(one)):
            votes[name, field, word][good] += 1
            votes["", field, word][good] += 1
    for name, slug in {"": "all-types", **slugs}.items():
        for field, kind in _FIELDS.items():
            words = [
                word
                for (of, at, word), count in votes.items()
                if (of, at) == (name, field) and count[True] >= _LEAST and count[True] > count[False]
            ]
            if words:
                types = {"types": name} if name else {}
                yield {"id": f"{slug}-{field.replace('_', '-')}", "kind": kind, **types, field: sorted(words)}


_FIELDS = {"first_words": "trim", "last_words": "trim", "words_before": "extend", "words_after": "extend"}


def _moves(one: Seen) -> Iterator[tuple[tuple[str, str, str], bool]]:
    """((type, field, word), whether moving a boundary past the word would be right), of every prediction."""
    for d in one.found:
        if one.right(d):
            yield from (((d.type, field, word), False) for field, word in _standing(one, d))
            continue
        near = [g for g in one.example.gold if g[2] == d.type and g[0] < d.end and d.start < g[1]]
        if len(near) == 1:
            yield from (((d.type, field, word), True) for field, word in _amiss(one, d, *near[0][:2]))


def _standing(one: Seen, d: Decision) -> Iterator[tuple[str, str]]:
    """The words at both sides of both boundaries, which are where they should be."""
    inside = _words(one.text(d.start, d.end))
    if len(inside) > 1:
        yield from (("first_words", inside[0]), ("last_words", inside[-1]))
    yield from (("words_before", word) for word in _words(one.text(max(0, d.start - _REACH), d.start))[-1:])
    yield from (("words_after", word) for word in _words(one.text(d.end, d.end + _REACH))[:1])


def _amiss(one: Seen, d: Decision, start: int, end: int) -> Iterator[tuple[str, str]]:
    """The words between the prediction's boundaries and the gold mention's."""
    for field, left, right in (
        ("first_words", d.start, start),
        ("last_words", end, d.end),
        ("words_before", start, d.start),
        ("words_after", d.end, end),
    ):
        words = _words(one.text(left, right)) if left < right else []
        if len(words) <= _MOST_WORDS:
            yield from ((field, word) for word in words)


def _stop_phrases(seen: Sequence[Seen], slugs: dict[str, str]) -> Iterator[Spec]:
    wrong, right = _mentions(seen)
    for name, slug in slugs.items():
        words = [w for (of, w), n in wrong.items() if of == name and n >= _LEAST and not right[of, w]]
        if words:
            yield {"id": f"{slug}-stop-phrases", "kind": "reject", "types": name, "words": sorted(words)}


def _limits(seen: Sequence[Seen], slugs: dict[str, str]) -> Iterator[Spec]:
    """The longest gold mention's words, and shapes that no gold mention has."""
    for name, slug in slugs.items():
        gold = [one.text(s, e) for one in seen for s, e, of in one.example.gold if of == name]
        wrong = [one.text(d.start, d.end) for one in seen for d in one.found if d.type == name and not one.right(d)]
        most = max((len(mention.split()) for mention in gold), default=0)
        if most and sum(len(mention.split()) > most for mention in wrong) >= _LEAST:
            yield {"id": f"{slug}-length", "kind": "reject", "types": name, "max_words": most}
        shapes = Counter(map(shape_of, wrong))
        for mention in gold:
            shapes.pop(shape_of(mention), None)
        unseen = sorted(shape for shape, n in shapes.items() if n > _LEAST and shape.strip() == shape)
        if unseen:
            yield {"id": f"{slug}-shapes", "kind": "reject", "types": name, "shape": unseen}


def _relabelings(seen: Sequence[Seen], slugs: dict[str, str]) -> Iterator[Spec]:
    """Mentions and shapes that are found as one type and are another."""
    for kind, trait in (("words", str.casefold), ("shape", shape_of)):
        moved: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        right: Counter[tuple[str, str]] = Counter()
        for one in seen:
            by_span = {g[:2]: g[2] for g in one.example.gold}
            for d in one.found:
                value, gold = trait(one.text(d.start, d.end)), by_span.get((d.start, d.end))
                right[d.type, value] += gold == d.type
                if gold not in (None, d.type):
                    moved[d.type, gold][value] += 1
        for (source, target), values in moved.items():
            good = sorted(v for v, n in values.items() if n >= _LEAST and n > right[source, v] and v.strip() == v)
            if good:
                rule_id = f"{slugs[source]}-to-{slugs[target]}-by-{kind}"
                yield {"id": rule_id, "kind": "relabel", "from": source, "to": target, kind: good}


def _mentions(seen: Sequence[Seen]) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """How often a mention was found wrongly as a type, and how often it is one, in all sentences."""
    wrong: Counter[tuple[str, str]] = Counter()
    right: Counter[tuple[str, str]] = Counter()
    for one in seen:
        wrong.update((d.type, one.text(d.start, d.end).casefold()) for d in one.found if not one.right(d))
        right.update((name, one.text(s, e).casefold()) for s, e, name in one.example.gold)
    return wrong, right


def _words(text: str) -> list[str]:
    return [word.casefold() for word in PIECE.findall(text)]


def _span(decision: Decision) -> Span:
    return decision.start, decision.end, decision.type
