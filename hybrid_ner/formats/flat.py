"""For formats without overlaps: a flat choice of entities, and pieces of text that respect their bounds."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Sequence

import regex

from hybrid_ner.schema import Entity

# A run of word characters (combining marks among them), any other visible character, or a run of white space.
# \x1c-\x1f separate lines and words for Python but are no white space for Unicode.
_PIECE = regex.compile(r"\w+|[^\w\s\x1c-\x1f]|[\s\x1c-\x1f]+")


def flat_choice(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Entities that do not overlap, in text order; the higher score wins, then the longer, the earlier."""
    chosen: list[Entity] = []  # by start, so that only the neighbours can overlap
    for entity in sorted(entities, key=lambda e: (-e.score, e.start - e.end, e.start, e.type)):
        at = bisect.bisect(chosen, entity.start, key=lambda e: e.start)
        after_previous = at == 0 or chosen[at - 1].end <= entity.start
        before_next = at == len(chosen) or entity.end <= chosen[at].start
        if entity.start < entity.end and after_previous and before_next:
            chosen.insert(at, entity)
    return tuple(chosen)


def pieces(text: str, entities: Sequence[Entity]) -> Iterator[tuple[int, int]]:
    """Words, other characters and white space of `text` as [start, end), in order and leaving nothing out.

    A piece is cut wherever an entity starts or ends, so that every entity begins and ends with a piece.
    """
    cuts = sorted({offset for e in entities for offset in (e.start, e.end)}, reverse=True)
    for match in _PIECE.finditer(text):
        start, end = match.span()
        while cuts and cuts[-1] <= start:
            cuts.pop()
        while cuts and cuts[-1] < end:
            yield start, cuts[-1]
            start = cuts.pop()
        yield start, end
