"""Who proposes spans: one file a kind of student, one protocol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from hybrid_ner.definitions.encoder import TypeEncoder
from hybrid_ner.schema import Proposal, TypeSet


class Student(Protocol):
    """Proposes spans for types, with high recall.

    Attributes:
        name: for results and logs.
        threshold: the score from which a proposal is kept where neither user nor type says otherwise.
        type_encoder: type texts -> unit vectors, for the linter of types; None for a student that has none.
    """

    name: str
    threshold: float
    type_encoder: TypeEncoder | None

    def propose(self, texts: Sequence[str], types: TypeSet) -> Iterator[list[Proposal]]:
        """The proposals of each text, in order, offsets into that text."""
        ...
