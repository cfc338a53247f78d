"""A student that says again what another said: what comes after the proposals can then be tried many times over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hybrid_ner.schema import Proposal, TypeSet


class ReplayStudent:
    """Remembers a student's proposals by text and types; everything else is that student's."""

    def __init__(self, student: Any) -> None:
        self._student = student
        self._said: dict[tuple[TypeSet, str], list[Proposal]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._student, name)

    def propose(self, texts: Sequence[str], types: TypeSet) -> Iterator[list[Proposal]]:
        """As the student would; a text is read once for each type set."""
        fresh = list(dict.fromkeys(text for text in texts if (types, text) not in self._said))
        for text, proposals in zip(fresh, self._student.propose(fresh, types), strict=True):
            self._said[types, text] = proposals
        for text in texts:
            yield self._said[types, text]
