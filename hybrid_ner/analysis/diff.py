"""A dry run: what a changed rule pack would change in documents, and which rule is why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from hybrid_ner.rules.engine import RuleEngine
from hybrid_ner.schema import Decision, Document, Proposal, TypeSet

if TYPE_CHECKING:
    from hybrid_ner.extractor import HybridNER

_BATCH = 32


@dataclass(frozen=True, slots=True)
class Change:
    """An entity that one pack gives and the other does not, or gives otherwise.

    Attributes:
        kind: "added", "removed", "type" or "boundary".
        before, after: (start, end, type) with the old and with the new pack; None where there is none.
        text: the mention as it is after, or was.
        why: what the run that decides says of it.
    """

    document: Any
    kind: str
    before: tuple[int, int, str] | None
    after: tuple[int, int, str] | None
    text: str
    why: str


def diff(
    ner: HybridNER,
    old: RuleEngine,
    new: RuleEngine,
    documents: Iterable[Document],
    types: TypeSet,
    *,
    threshold: float | None = None,
    overlap: str = "flat",
) -> Iterator[tuple[Document, list[Change]]]:
    """Each document that could be read with its changes, none where both engines agree; lazy, in order.

    The student reads a document once, and both engines work on the same proposals, unless one adapts types otherwise.
    """
    bar = ner.student.threshold if threshold is None else threshold
    types, _ = ner.lender.lend(types)
    extractors = [replace(ner, rules=rules) for rules in (old, new)]
    asked = list(dict.fromkeys(n.adapted(types) for n in extractors))
    runs = [(n, n.rules.with_thresholds(n.adapted(types))) for n in extractors]
    documents = iter(documents)
    while batch := list(islice(documents, _BATCH)):
        readable = [document for document in batch if document.error is None]
        texts = [document.text for document in readable]
        proposed = zip(*(ner.student.propose(texts, types) for types in asked), strict=True)
        for document in batch:
            if document.error is not None:
                yield document, []
                continue
            proposals: Sequence[list[Proposal]] = next(proposed)
            sides = zip(runs, (proposals[0], proposals[-1]), strict=True)
            before, after = (n.decide(document.text, offered, t, bar, overlap) for (n, t), offered in sides)
            yield document, _changes(document, before, after)


def _changes(document: Document, before: list[Decision], after: list[Decision]) -> list[Change]:
    was, now = ({_span(d): d for d in decisions if d.kept} for decisions in (before, after))
    gone, new = sorted(was.keys() - now.keys()), sorted(now.keys() - was.keys())
    changes = []
    for span in new:
        same = next((other for other in gone if other[:2] == span[:2]), None)
        near = same or next((o for o in gone if o[2] == span[2] and o[0] < span[1] and span[0] < o[1]), None)
        if near is not None:
            gone.remove(near)
        kind = "added" if near is None else "type" if same else "boundary"
        changes.append(Change(document.id, kind, near, span, document.text[span[0] : span[1]], _why(now[span])))
    for span in gone:
        dropped = next((d for d in after if _span(d) == span and not d.kept), None)
        why = dropped.reason if dropped else "no one proposes it"
        changes.append(Change(document.id, "removed", span, None, document.text[span[0] : span[1]], why))
    return sorted(changes, key=lambda change: change.after or change.before or (0, 0, ""))


def _why(decision: Decision) -> str:
    """What rules did to it last, else where it is from."""
    done = [step.detail for step in decision.steps if step.stage == "rules"]
    return done[-1] if done else f"from {decision.source}, score {decision.score:.2f}"


def _span(decision: Decision) -> tuple[int, int, str]:
    return decision.start, decision.end, decision.type
