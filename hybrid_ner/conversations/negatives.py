"""Types to ask about that are not there: a student that is never told "none" finds everything everywhere."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from hybrid_ner.conversations.labelled import LabelledPassage
from hybrid_ner.definitions.encoder import TypeEncoder, type_text
from hybrid_ner.errors import UsageError
from hybrid_ner.schema import EntityType

if TYPE_CHECKING:
    import numpy as np

STRATEGIES = ("none", "uniform", "frequency", "nearest")


class Negatives:
    """Draws absent types for a passage from those of its data set.

    "uniform" gives every type the same chance, "frequency" one in proportion to the passages that hold it
    (UniversalNER's choice, and the better one in its ablation), "nearest" takes those whose vectors are closest to the
    present types: the ones that are confused. A passage without any mention is drawn for by frequency then.
    """

    def __init__(
        self,
        passages: Iterable[LabelledPassage],
        strategy: str = "frequency",
        *,
        encoder: TypeEncoder | None = None,
    ) -> None:
        """
        Args:
            passages: the whole data, read once, for its types.
            strategy: one of `STRATEGIES`.
            encoder: of type texts, for "nearest".

        Raises:
            UsageError: an unknown strategy, or "nearest" without an encoder.
        """
        if strategy not in STRATEGIES:
            raise UsageError(f"unknown negative sampling {strategy!r}; accepted: {', '.join(STRATEGIES)}")
        if strategy == "nearest" and encoder is None:
            raise UsageError("the nearest types need an encoder of types; name a student that has one")
        self._strategy = strategy
        self._pools: dict[str, Counter[EntityType]] = {}
        for passage in passages:
            pool = self._pools.setdefault(passage.dataset, Counter())
            pool.update({t for _, _, t in passage.mentions})
            pool.update(dict.fromkeys(passage.asked or (), 0))
        self._vectors = {} if encoder is None else _vectors(self._pools.values(), encoder)

    @property
    def frequency(self) -> Counter[EntityType]:
        """Passages that hold each type, over all data sets."""
        return sum(self._pools.values(), Counter())

    def draw(self, passage: LabelledPassage, count: int, rng: random.Random) -> list[EntityType]:
        """At most `count` types that the passage is known not to hold, distinct."""
        present = {t for _, _, t in passage.mentions}
        pool = self._pools[passage.dataset]
        known = pool if passage.asked is None else passage.asked
        # Names, not their order in the data, decide what a seed draws. Another definition is not another type.
        held = {t.name.casefold() for t in present}
        absent = sorted((t for t in known if t.name.casefold() not in held), key=_key)
        if self._strategy == "none" or not absent or count < 1:
            return []
        if self._strategy == "uniform":
            return rng.sample(absent, min(count, len(absent)))
        if self._strategy == "nearest" and present:
            return self._nearest(absent, sorted(present, key=_key), count)
        return _by_weight(absent, [pool[t] for t in absent], count, rng)

    def _nearest(self, absent: Sequence[EntityType], present: Sequence[EntityType], count: int) -> list[EntityType]:
        import numpy as np

        rows = np.stack([self._vectors[t] for t in absent]) @ np.stack([self._vectors[t] for t in present]).T
        order = np.argsort(-rows.max(1), kind="stable")[:count]
        return [absent[i] for i in order]


def _vectors(pools: Iterable[Counter[EntityType]], encoder: TypeEncoder) -> dict[EntityType, np.ndarray]:
    types = sorted({t for pool in pools for t in pool}, key=_key)
    return dict(zip(types, encoder.encode([type_text(t) for t in types]), strict=True)) if types else {}


def _by_weight(items: Sequence[Any], weights: Sequence[float], count: int, rng: random.Random) -> list[Any]:
    """A weighted draw without replacement: the largest of u ** (1 / w) (Efraimidis and Spirakis, 2006)."""
    keys = [rng.random() ** (1 / weight) if weight > 0 else -rng.random() for weight in weights]
    order = sorted(range(len(items)), key=lambda i: -keys[i])
    return [items[i] for i in order[:count]]


def _key(entity_type: EntityType) -> tuple[str, str]:
    return entity_type.name, entity_type.definition or ""
