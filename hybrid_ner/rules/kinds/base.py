"""The two shapes a rule has: it proposes spans on a page, or it judges one candidate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hybrid_ner.rules.page import Clock, Page
from hybrid_ner.rules.source import Fields
from hybrid_ner.schema import Decision


@dataclass(frozen=True, slots=True)
class Hit:
    """A span that a rule proposes for its types, with the score it gives and why."""

    start: int
    end: int
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule would do to a candidate: `action` is trim, drop, relabel or rescore."""

    action: str
    why: str
    changes: Mapping[str, Any] = field(default_factory=dict)


Propose = Callable[[Page, Clock], "list[Hit]"]
Judge = Callable[[Page, Decision, Clock], "Effect | None"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rule: the stage of the engine it runs in, its fields, and what makes it from them."""

    stage: str
    fields: tuple[str, ...]
    build: Callable[[Fields], Propose | Judge]
    needs_types: bool = False

    @property
    def may_compete(self) -> bool:
        """Whether its rules can be told to propose before types compete for a span."""
        return self.stage == "propose"
