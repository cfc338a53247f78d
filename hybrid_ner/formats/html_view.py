"""HTML: a page that shows documents with their entities and, with `explain`, what was dropped and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hybrid_ner.formats.html_marks import Mark, escaped, hue, marked
from hybrid_ner.formats.html_panel import panel, sentence
from hybrid_ner.schema import Decision, Document, Entity

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Entities</title>
<style>
{style}</style>
</head>
<body>
<span class="brand">hybrid-ner</span>
{switches}<main>
<div class="documents">
"""
_SCORES = '<input type="checkbox" id="scores"><label for="scores">Scores</label>\n'
_DROPPED = '<input type="checkbox" id="dropped"><label for="dropped">Dropped candidates</label>\n'


class HtmlFormat:
    """Writes a self-contained page: no script, nothing from outside, light and dark, by keyboard, on a phone.

    Entities carry their type, and their score as a tooltip (or beside the type, by a switch). The legend with
    the counts comes last in the file, since documents are written as they come, and is shown beside or above
    them.

    Args:
        explain: also show dropped candidates, greyed out, by a switch; a panel for every span, opened at its label,
            with the candidates, their scores and what became of them; and a table of all decisions a document.
    """

    def __init__(self, *, explain: bool = False) -> None:
        self._explain = explain
        self._counts: Counter[str] = Counter()
        self._documents = 0
        self._failed = 0

    def begin(self) -> str:
        files = ("html_view.css", *(["html_panel.css"] if self._explain else []))
        style = "".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in files)
        return _HEAD.format(style=style, switches=_SCORES + (_DROPPED if self._explain else ""))

    def document(self, document: Document) -> str:
        self._documents += 1
        if document.error is not None:
            self._failed += 1
            return _article(document, "failed", f'<p class="error">{escaped(document.error)}</p>\n')
        self._counts.update(entity.type for entity in document.entities)
        claims = _claims(document) if self._explain else {}
        idents = {span: f"d{self._documents}-{number}" for number, span in enumerate(claims)}
        marks = [_entity_mark(entity, claims, idents) for entity in document.entities]
        marks += _dropped_marks(document, claims, idents)
        panels = "".join(panel(idents[span], document.text[slice(*span)], found) for span, found in claims.items())
        decisions = panels + _decision_table(document) if self._explain else ""
        body = f'<div class="text" dir="auto">{marked(document.text, marks)}</div>\n{decisions}'
        return _article(document, _counted(len(document.entities), "entity", "entities"), body)

    def end(self) -> str:
        rows = "".join(
            f'<li><span class="type" style="--hue:{hue(name)}">{escaped(name)}</span> <b>{count:,}</b></li>\n'
            for name, count in sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        )
        failed = f" · {self._failed:,} failed" if self._failed else ""
        return (
            "</div>\n"
            f"<aside>\n<h1>{_counted(self._counts.total(), 'entity', 'entities')}</h1>\n"
            f"<p>{_counted(self._documents, 'document', 'documents')}{failed}</p>\n"
            f"<ul>\n{rows}</ul>\n</aside>\n</main>\n</body>\n</html>\n"
        )


def _article(document: Document, note: str, body: str) -> str:
    title = "" if document.id is None else escaped(document.id)
    failed = ' class="failed"' if document.error is not None else ""
    return f"<article{failed}>\n<h2>{title}<span>{note}</span></h2>\n{body}</article>\n"


_Spot = tuple[int, int]


def _claims(document: Document) -> dict[_Spot, list[Decision]]:
    """The decisions on every span, in the order of the text."""
    spans: dict[_Spot, list[Decision]] = {}
    for decision in sorted(document.decisions, key=lambda d: (d.start, d.end)):
        spans.setdefault((decision.start, decision.end), []).append(decision)
    return spans


def _entity_mark(
    entity: Entity, claims: Mapping[_Spot, Sequence[Decision]], idents: Mapping[_Spot, str]
) -> Mark:
    score, span = f"{entity.score:.2f}", (entity.start, entity.end)
    why = next((d.reason for d in claims.get(span, ()) if d.kept and d.type == entity.type), "")
    title = f"{entity.type} · {score}" + (f": {why}" if why else "")
    return Mark(*span, entity.type, title, score, panel=idents.get(span, ""))


def _dropped_marks(
    document: Document, claims: Mapping[_Spot, Sequence[Decision]], idents: Mapping[_Spot, str]
) -> Iterator[Mark]:
    """One faint mark a dropped span, whatever the number of types it was a candidate for. Spans that are also
    an entity have the entity's mark and panel."""
    entities = {(entity.start, entity.end) for entity in document.entities}
    for span, found in claims.items():
        dropped = sorted((d for d in found if not d.kept), key=lambda d: (-d.score, d.type))
        if span in entities or not dropped:
            continue
        types = list(dict.fromkeys(decision.type for decision in dropped))
        label = ", ".join(types[:2]) + (f" +{len(types) - 2}" if len(types) > 2 else "")
        reasons = (f"{decision.type} · {decision.score:.2f}: {decision.reason}" for decision in dropped)
        yield Mark(*span, label, "dropped: " + "\n".join(reasons), faint=True, panel=idents[span])


def _decision_table(document: Document) -> str:
    if not document.decisions:
        return ""
    kept = sum(decision.kept for decision in document.decisions)
    order = sorted(document.decisions, key=lambda d: (d.start, d.end, not d.kept, -d.score, d.type))
    rows = "".join(_decision_row(document.text, decision) for decision in order)
    return (
        f"<details>\n<summary>Decisions: {kept:,} kept, {len(order) - kept:,} dropped</summary>\n"
        '<div class="scroll"><table>\n<thead><tr><th>Span</th><th>Type</th><th>Score</th><th>Proposed by</th>'
        f"<th>Outcome</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n</details>\n"
    )


def _decision_row(text: str, decision: Decision) -> str:
    score = f"{decision.score:.2f}"
    if decision.proposed_score is not None and f"{decision.proposed_score:.2f}" != score:
        score = f"{decision.proposed_score:.2f} → {score}"
    outcome = f"<b>{'kept' if decision.kept else 'dropped'}</b>"
    if not decision.kept:
        outcome += f" {escaped(sentence(decision.reason))}"
    if decision.rival:
        outcome += f" <em>rival: {escaped(decision.rival)}</em>"
    # The step that dropped it repeats the reason.
    steps = (step for step in decision.steps if step.action != "drop")
    trail = "".join(
        f"<small>{escaped(f'{step.stage}: {step.action} {step.detail}'.strip())}</small>" for step in steps
    )
    said = decision.proposal
    source = f"{decision.source}, by {said.view}" if said and said.view else decision.source
    row_class = "yes" if decision.kept else "no"
    return (
        f'<tr class="{row_class}">'
        f'<td dir="auto">{escaped(text[decision.start : decision.end])}</td>'
        f'<td><span class="type" style="--hue:{hue(decision.type)}">{escaped(decision.type)}</span></td>'
        f"<td>{score}</td><td>{escaped(source)}</td>"
        f"<td>{outcome}{trail}</td></tr>\n"
    )


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
