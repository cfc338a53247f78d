"""A student that remembers its proposals: stages after it can be run again and again for the price of one pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from hybrid_ner.schema import Proposal, TypeSet


class Remembering:
    """Proposes what `student` does and asks it once a text and type set; all else is the student's own.

    Thresholds of types make no other set: nothing that a student proposes depends on them.
    """

    def __init__(self, student: Any) -> None:
        self._student = student
        self._known: dict[tuple[str, TypeSet], list[Proposal]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._student, name)

    def propose(self, texts: Sequence[str], types: TypeSet) -> Iterator[list[Proposal]]:
        asked = TypeSet(tuple(replace(entity_type, threshold=None) for entity_type in types))
        new = [text for text in dict.fromkeys(texts) if (text, asked) not in self._known]
        for text, found in zip(new, self._student.propose(new, types), strict=True):
            self._known[text, asked] = found
        return iter([self._known[text, asked] for text in texts])
