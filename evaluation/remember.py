"""A student that remembers its proposals: stages after it can be run again and again for the price of one pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hybrid_ner.schema import Proposal, TypeSet


class Remembering:
    """Proposes what `student` does and asks it once a text and type set; all else is the student's own."""

    def __init__(self, student: Any) -> None:
        self._student = student
        self._known: dict[tuple[str, TypeSet], list[Proposal]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._student, name)

    def propose(self, texts: Sequence[str], types: TypeSet) -> Iterator[list[Proposal]]:
        new = [text for text in dict.fromkeys(texts) if (text, types) not in self._known]
        for text, found in zip(new, self._student.propose(new, types), strict=True):
            self._known[text, types] = found
        return iter([self._known[text, types] for text in texts])
