"""Overlap policies and document-level consistency: what remains once all candidates are known."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from hybrid_ner.errors import UsageError
from hybrid_ner.schema import Decision, Step, TypeSet
from hybrid_ner.thresholds import bars_of
from hybrid_ner.words import word_offsets

STAGE = "consolidate"
REPEAT_SOURCE = "repeat"
REPEAT_DISCOUNT = 0.9

OverlapPolicy = Callable[[Iterable[Decision]], list[Decision]]


def consolidate(decisions: Iterable[Decision], overlap: str = "flat") -> list[Decision]:
    """Applies the overlap policy of that name to one document's decisions.

    Returns:
        Every input decision, in the order given; those that gave way are dropped with the reason.

    Raises:
        UsageError: an unknown policy.
    """
    if overlap not in OVERLAP_POLICIES:
        raise UsageError(f"unknown overlap policy {overlap!r}; accepted: {', '.join(OVERLAP_POLICIES)}")
    return OVERLAP_POLICIES[overlap](decisions)


def keep_flat(decisions: Iterable[Decision]) -> list[Decision]:
    """No two kept spans overlap: the best score first, then the longer span, the earlier, the type's name.

    Every character of a kept span is marked once, so the marks cost no more than the text is long.
    """
    result = list(decisions)
    marks = bytearray(max((d.end for d in result), default=0))  # 2: a kept span starts here, 1: it goes on
    owners: dict[int, Decision] = {}
    for index in _by_strength(result):
        candidate = result[index]
        first = marks.find(2, candidate.start, candidate.end)
        if marks[candidate.start]:
            first = marks.rfind(2, 0, candidate.start + 1)
        if first >= 0:
            result[index] = _give_way(candidate, owners[first])
            continue
        owners[candidate.start] = candidate
        marks[candidate.start : candidate.end] = b"\2" + b"\1" * (candidate.end - candidate.start - 1)
    return result


def keep_nested(decisions: Iterable[Decision]) -> list[Decision]:
    """Kept spans may contain but not cross one another, and a span has one type; preference as in `flat`."""
    result = list(decisions)
    family = _NestedSpans(max((d.end for d in result), default=0))
    owners: dict[tuple[int, int], Decision] = {}
    for index in _by_strength(result):
        candidate = result[index]
        span = (candidate.start, candidate.end)
        winner = owners.get(span) or owners.get(family.crossing(*span) or span)
        if winner is not None:
            result[index] = _give_way(candidate, winner)
            continue
        owners[span] = candidate
        family.add(*span)
    return result


def keep_all(decisions: Iterable[Decision]) -> list[Decision]:
    """Everything stays but exact duplicates (same span, same type), of which the best score stays."""
    result = list(decisions)
    owners: dict[tuple[int, int, str], Decision] = {}
    for index in _by_strength(result):
        candidate = result[index]
        claim = (candidate.start, candidate.end, candidate.type)
        if claim in owners:
            result[index] = _give_way(candidate, owners[claim])
        else:
            owners[claim] = candidate
    return result


OVERLAP_POLICIES: dict[str, OverlapPolicy] = {"flat": keep_flat, "nested": keep_nested, "all": keep_all}


class _NestedSpans:
    """A growing family of spans of which none crosses another, asked whether one more would.

    No span crosses another, so of the spans that start at one place the longest hides the rest, and a look
    from inside a candidate can jump over whatever that longest one covers; likewise for ends, from the right.
    """

    def __init__(self, length: int) -> None:
        self._starts = bytearray(length + 1)
        self._ends = bytearray(length + 1)
        self._last_end: dict[int, int] = {}
        self._first_start: dict[int, int] = {}

    def add(self, start: int, end: int) -> None:
        self._starts[start] = self._ends[end] = 1
        self._last_end[start] = max(end, self._last_end.get(start, end))
        self._first_start[end] = min(start, self._first_start.get(end, start))

    def crossing(self, start: int, end: int) -> tuple[int, int] | None:
        """A span of the family that crosses [start, end), or None."""
        inner = self._starts.find(1, start + 1, end)
        while inner >= 0:
            inner_end = self._last_end[inner]
            if inner_end > end:
                return inner, inner_end
            inner = self._starts.find(1, inner_end, end)
        inner = self._ends.rfind(1, start + 1, end)
        while inner >= 0:
            inner_start = self._first_start[inner]
            if inner_start < start:
                return inner_start, inner
            inner = self._ends.rfind(1, start + 1, inner_start + 1)
        return None


def _by_strength(decisions: Sequence[Decision]) -> list[int]:
    """Indices of the kept decisions, strongest first; the source settles what is equal in all else."""

    def strength(index: int) -> tuple[float, int, int, str, str]:
        d = decisions[index]
        return (-d.score, d.start - d.end, d.start, d.type, d.source)

    return sorted((i for i, d in enumerate(decisions) if d.kept), key=strength)


def _give_way(loser: Decision, winner: Decision) -> Decision:
    place = f"{winner.type!r} [{winner.start}, {winner.end})"
    if (loser.start, loser.end) != (winner.start, winner.end):
        reason = f"overlaps {place}, which is preferred ({loser.score:.2f} against {winner.score:.2f})"
    elif loser.type == winner.type:
        reason = f"duplicate of {place} from {winner.source}"
    else:
        reason = f"same span as {place}, which is preferred ({loser.score:.2f} against {winner.score:.2f})"
    return loser.drop(STAGE, reason, rival=None if loser.type == winner.type else winner.type)


def repeat_mentions(
    text: str, decisions: Iterable[Decision], types: TypeSet, *, minimum: float = 0.5
) -> list[Decision]:
    """Finds the mentions found once everywhere else in the document; to be called after `consolidate`.

    A mention repeats if it has an uppercase letter, or a letter and a digit, and at least three characters: a
    bare number or a lowercase word means too little without its context. Matches are exact, made of whole
    words, the longest first, and never touch a kept span or a span that a rule rejected. One pass over the
    text, with a dictionary look-up a word.

    Args:
        text: the document.
        decisions: its decisions, consolidated.
        types: the types asked for; a repeat that would score below its type's own threshold is not made.
        minimum: the score that at least one mention must have for its text to repeat.

    Returns:
        The input decisions followed by the new ones (source "repeat"), in the order of the text.
    """
    result = list(decisions)
    surfaces = _repeating(text, result, types, minimum)
    if not surfaces:
        return result
    lengths: dict[str, set[int]] = defaultdict(set)  # first word -> numbers of words
    for surface in surfaces:
        words = word_offsets(surface)
        lengths[surface[: words[0][1]]].add(len(words))
    longest_first = {word: sorted(counts, reverse=True) for word, counts in lengths.items()}

    taken = bytearray(len(text))
    for decision in result:
        if decision.kept or _rejected_by_rule(decision):
            taken[decision.start : decision.end] = b"\1" * (decision.end - decision.start)

    words = word_offsets(text)
    for index, (start, first_end) in enumerate(words):
        for count in longest_first.get(text[start:first_end], ()):
            end = words[min(index + count, len(words)) - 1][1]
            mention = surfaces.get(text[start:end])
            if mention is not None and taken.find(1, start, end) < 0:
                taken[start:end] = b"\1" * (end - start)
                result.append(_repeat(start, end, mention))
                break
    return result


def _rejected_by_rule(decision: Decision) -> bool:
    return not decision.kept and bool(decision.steps) and decision.steps[-1].stage == "rules"


def _repeating(text: str, decisions: Sequence[Decision], types: TypeSet, minimum: float) -> dict[str, Decision]:
    """The surfaces that repeat, each with the strongest mention of its type.

    A surface that was found with several types takes the one with the largest total score.
    """
    mentions: dict[str, dict[str, list[Decision]]] = defaultdict(lambda: defaultdict(list))
    for decision in decisions:
        surface = text[decision.start : decision.end]
        if decision.kept and _says_enough(surface):
            mentions[surface][decision.type].append(decision)
    thresholds = bars_of(types, 0.0)
    repeating = {}
    for surface, by_type in mentions.items():
        _, name = min((-math.fsum(d.score for d in found), name) for name, found in by_type.items())
        strongest = min(by_type[name], key=lambda d: (-d.score, d.start))
        if strongest.score >= minimum and REPEAT_DISCOUNT * strongest.score >= thresholds.get(name, 0.0):
            repeating[surface] = strongest
    return repeating


def _says_enough(surface: str) -> bool:
    return (
        len(surface) >= 3
        and surface == surface.strip()
        and any(c.isalpha() for c in surface)
        and any(c.isupper() or c.isdigit() for c in surface)
    )


def _repeat(start: int, end: int, mention: Decision) -> Decision:
    reason = f"the same text is {mention.type!r} at [{mention.start}, {mention.end}) with {mention.score:.2f}"
    score = REPEAT_DISCOUNT * mention.score
    return Decision(
        start,
        end,
        mention.type,
        score,
        source=REPEAT_SOURCE,
        proposed_score=score,
        reason=reason,
        steps=(Step(STAGE, "repeat", reason),),
    )
