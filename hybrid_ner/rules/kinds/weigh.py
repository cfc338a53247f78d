"""`weigh`: evidence for or against a type, added to the logit of its claims before types compete for a span."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hybrid_ner.rules.kinds.base import Kind
from hybrid_ner.rules.source import Fields
from hybrid_ner.rules.traits import TRAITS

# A logit of 8 is a score of 0.9997: more would say no more.
_MOST = 8.0


@dataclass(frozen=True, slots=True)
class Weights:
    """What a `weigh` rule adds, in logits.

    Attributes:
        by: added to every claim of the rule's types.
        tables: trait -> its value -> added where the mention has it.
        unclaimed: spans that only other types claim are weighed too, from their weakest claim and this; None: not.
    """

    by: float
    tables: Mapping[str, Mapping[str, float]]
    unclaimed: float | None


def build(fields: Fields) -> Weights:
    tables = {
        trait: {
            (value if trait == "shape" else value.casefold()): weight
            for value, weight in fields.table(trait, low=-_MOST, high=_MOST).items()
        }
        for trait in TRAITS
        if trait in fields
    }
    if not tables and "by" not in fields and "unclaimed" not in fields:
        raise fields.error(f"weigh needs at least one of: by, unclaimed, {', '.join(TRAITS)}")
    return Weights(
        by=fields.number("by", 0.0, low=-_MOST, high=_MOST),
        tables=tables,
        unclaimed=fields.number("unclaimed", None, low=-_MOST, high=_MOST),
    )


KIND = Kind("weigh", ("by", "unclaimed", *TRAITS), build, needs_types=True)
