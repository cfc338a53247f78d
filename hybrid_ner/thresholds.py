"""The threshold stage: a candidate stays when its score reaches its type's bar."""

from __future__ import annotations

from collections.abc import Iterable

from hybrid_ner.schema import Decision, TypeSet

STAGE = "threshold"


def apply_thresholds(decisions: Iterable[Decision], types: TypeSet, default: float) -> list[Decision]:
    """Drops what scores below its type's threshold and says of the rest by how much it is kept.

    Args:
        default: the bar of types that set none of their own.
    """
    bars = {t.name: default if t.threshold is None else t.threshold for t in types}
    return [_measured(decision, bars.get(decision.type, default)) for decision in decisions]


def _measured(decision: Decision, bar: float) -> Decision:
    if not decision.kept or decision.score >= bar:
        return decision
    return decision.drop(STAGE, f"score {decision.score:.2f} is below the threshold {bar:.2f}")
