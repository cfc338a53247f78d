"""The panel of one span: every type that claimed it, who proposed it, what each stage did, and why it ended so."""

from __future__ import annotations

from collections.abc import Sequence

from hybrid_ner.formats.html_marks import escaped, hue
from hybrid_ner.schema import Decision, Step, View

_STAGES = {
    "library": "Type library",
    "index": "Definition index",
    "rules": "Rules",
    "threshold": "Threshold",
    "consolidate": "Consolidation",
}


def panel(ident: str, mention: str, decisions: Sequence[Decision]) -> str:
    """A popover (https://html.spec.whatwg.org/#the-popover-attribute): opened by a button, closed by Esc, no script.

    Args:
        ident: its id, which buttons name as their `popovertarget`.
        mention: the text of the span.
        decisions: the candidates for it, at least one.
    """
    order = sorted(decisions, key=lambda d: (not d.kept, -d.score, d.type))
    shut = f'<button popovertarget="{ident}" popovertargetaction="hide" aria-label="Close">✕</button>'
    claims = "".join(map(_claim, order))
    return (
        f'<div popover class="panel" id="{ident}" role="dialog" aria-label="Decisions on this span">\n'
        f'<header><strong dir="auto">{escaped(mention)}</strong>{shut}</header>\n{claims}</div>\n'
    )


def _claim(decision: Decision) -> str:
    kept = "kept" if decision.kept else "dropped"
    trail = _origin(decision) + "".join(_step(step, decision) for step in decision.steps)
    told = decision.rival is None or repr(decision.rival) in decision.reason
    rival = "" if told else f" <em>Rival: {escaped(decision.rival)}.</em>"
    return (
        f'<section class="{"yes" if decision.kept else "no"}">\n'
        f'<h3><span class="type" style="--hue:{hue(decision.type)}">{escaped(decision.type)}</span> <b>{kept}</b> '
        f"<span>{decision.score:.2f}</span></h3>\n"
        f"<p>{escaped(sentence(decision.reason))}{rival}</p>\n"
        f"{_views(decision)}<ol>\n{trail}</ol>\n</section>\n"
    )


def _views(decision: Decision) -> str:
    if decision.proposal is None or not decision.proposal.views:
        return ""
    return f"<ul>\n{''.join(map(_view, decision.proposal.views))}</ul>\n"


def _view(view: View) -> str:
    width = max(0.0, min(1.0, view.score))
    return (
        f'<li style="--share:{width:.2f}"><b>{escaped(view.view)}</b> <q>{escaped(view.query)}</q> '
        f"<span>{view.score:.2f}</span></li>\n"
    )


def _origin(decision: Decision) -> str:
    """The first line of the trail: who proposed it, with which scores."""
    said = decision.proposal
    if said is None:
        score = "" if decision.proposed_score is None else f" with {decision.proposed_score:.2f}"
        who = "Found again" if decision.source == "repeat" else "Proposed"
        return f"<li><b>{escaped(decision.source)}</b> {who}{score}.</li>\n"
    by = f" by {escaped(said.view)}" if said.view else ""
    raw = "" if said.raw is None else f" (raw {said.raw:.3f})"
    other = "" if said.type == decision.type else f" as {escaped(said.type)}"
    return f"<li><b>Student</b> Proposed{other}{by}: {said.score:.2f}{raw}.</li>\n"


def _step(step: Step, decision: Decision) -> str:
    detail = f"{step.action}: {step.detail}" if step.detail else step.action
    if not decision.kept and step.detail == decision.reason:
        detail = "dropped it, as said above"
    return f"<li><b>{escaped(_STAGES.get(step.stage, step.stage))}</b> {escaped(sentence(detail))}</li>\n"


def sentence(words: str) -> str:
    """Words as a sentence: a capital first, a full stop last. Types keep their quotes, and so their case."""
    words = words.strip()
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) or not words else ".")
