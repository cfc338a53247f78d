"""The threshold stage: a candidate stays when its score reaches its type's bar, and what stays says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from hybrid_ner.schema import Decision, TypeSet

STAGE = "threshold"


def apply_thresholds(decisions: Iterable[Decision], types: TypeSet, default: float) -> list[Decision]:
    """Drops what scores below its type's threshold.

    Args:
        default: the bar of types that set none of their own.
    """
    bars = bars_of(types, default)
    return [_measured(decision, bars[decision.type]) for decision in decisions]


def say_why_kept(decisions: Iterable[Decision], types: TypeSet, default: float) -> list[Decision]:
    """The same decisions, of which every kept one says in a sentence why it is kept."""
    bars = bars_of(types, default)
    return [_praised(decision, bars[decision.type]) if decision.kept else decision for decision in decisions]


@lru_cache(maxsize=64)  # asked several times a document, by every stage, for up to hundreds of types
def bars_of(types: TypeSet, default: float | None) -> Mapping[str, float | None]:
    """Each type's threshold by its name; `default` for types that set none of their own."""
    return MappingProxyType({t.name: default if t.threshold is None else t.threshold for t in types})


def _measured(decision: Decision, bar: float) -> Decision:
    if not decision.kept or decision.score >= bar:
        return decision
    return decision.drop(STAGE, f"score {decision.score:.2f} is below the threshold {bar:.2f}")


def _praised(decision: Decision, bar: float) -> Decision:
    if decision.source == "repeat":
        return replace(
            decision, reason=f"the same words were found elsewhere in the document, score {decision.score:.2f}"
        )
    over = f", ahead of {decision.rival!r}" if decision.rival else ""
    return replace(decision, reason=f"score {decision.score:.2f} reaches the threshold {bar:.2f}{over}")
