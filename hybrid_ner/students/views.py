"""The views of a type: its name, its aliases, its definition. Each proposes, and a combination of them scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hybrid_ner.definitions.encoder import type_text
from hybrid_ner.errors import UsageError
from hybrid_ner.schema import EntityType, TypeSet

if TYPE_CHECKING:
    import numpy as np

VIEWS = ("name", "definition")
COMBINE = ("mean", "max")

_BLOCK = 2048  # rows that are looked up at a time; bounds memory, changes no result

Ask = tuple[str, str]  # the view ("name", "alias" or "definition") and the text that is asked


def type_asks(entity_type: EntityType, views: Sequence[str] = VIEWS) -> list[Ask]:
    """What a type is asked by: its name, its aliases, and its name with its definition, as `views` say.

    A type without a definition is asked by name whatever the views.
    """
    by_name = [("name", entity_type.name), *(("alias", alias) for alias in entity_type.aliases)]
    if not entity_type.definition:
        return by_name
    by_definition = [("definition", type_text(entity_type))]
    return (by_name if "name" in views else []) + (by_definition if "definition" in views else [])


def type_texts(entity_type: EntityType, views: Sequence[str] = VIEWS) -> list[str]:
    """The texts of `type_asks`."""
    return [text for _, text in type_asks(entity_type, views)]


@dataclass(frozen=True)
class Board:
    """The views of all asked types as rows of one matrix.

    Attributes:
        names: T types, sorted.
        asks: the view and text of every row, R in all.
        rows: their vectors [R, D].
        weights: what each row counts in the mean of its type [R].
        means: the weighted mean of each type's rows [T, D].
        owner: which type a row belongs to [R].
        views: the rows of each type [T, most], padded with its last row; most is the largest number of views.
        counts: how many of them are not padding [T].
        moves: what adaptations add to each type's rows [T, D]; None where no type is adapted.
        adapted_by: the rule that adapts each type, or None.
    """

    names: tuple[str, ...]
    asks: tuple[Ask, ...]
    rows: np.ndarray
    weights: np.ndarray
    means: np.ndarray
    owner: np.ndarray
    views: np.ndarray
    counts: np.ndarray
    moves: np.ndarray | None
    adapted_by: tuple[str | None, ...]

    @classmethod
    def of(
        cls, types: TypeSet, asks: Sequence[Sequence[Ask]], rows: np.ndarray, definition_weight: float = 1.0
    ) -> Board:
        """Lays out types in the order given, `asks` and `rows` [R, D] in step with them.

        Args:
            definition_weight: what a type's definition counts in its mean, beside 1 for its name and each alias.

        Raises:
            UsageError: an adaptation of another size than the types' vectors.
        """
        import numpy as np

        counts = np.array([len(group) for group in asks])
        first = np.cumsum(counts) - counts
        padded = first[:, None] + np.minimum(np.arange(counts.max())[None], counts[:, None] - 1)
        owner = np.repeat(np.arange(len(types)), counts)
        moves = _moves(types, rows.shape[1])
        rows = rows if moves is None else rows + moves[owner]
        flat = tuple(ask for group in asks for ask in group)
        weights = np.array([definition_weight if view == "definition" else 1.0 for view, _ in flat], dtype=rows.dtype)
        means = np.add.reduceat(rows * weights[:, None], first, axis=0) / np.add.reduceat(weights, first)[:, None]
        adapted_by = tuple(t.adaptation and t.adaptation.rule for t in types)
        return cls(types.names, flat, rows, weights, means, owner, padded, counts, moves, adapted_by)

    def asks_of(self, column: int) -> tuple[Ask, ...]:
        """What the type of that column is asked by."""
        first = int(self.views[column, 0])
        return self.asks[first : first + int(self.counts[column])]

    def logits(self, vectors: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """The logits of M spans by every view of a type each [M, most]; padding repeats the last view.

        Args:
            vectors: the spans' vectors [M, D].
            columns: their types [M].
        """
        import numpy as np

        most = self.views.shape[1]
        blocks = range(0, max(1, len(columns)), max(1, _BLOCK // most))
        parts = [slice(at, at + blocks.step) for at in blocks]
        return np.concatenate(
            [np.einsum("md,mvd->mv", vectors[part], self.rows[self.views[columns[part]]]) for part in parts]
        )

    def moved(self, vectors: np.ndarray, columns: np.ndarray) -> np.ndarray | None:
        """What adaptations add to the logits of M spans [M, D] by their types [M]; None where no type is adapted."""
        import numpy as np

        return None if self.moves is None else np.einsum("md,md->m", vectors, self.moves[columns])

    def combined(self, logits: np.ndarray, columns: np.ndarray, how: str) -> np.ndarray:
        """One logit a pair [M] of the views' [M, most]: their weighted mean, or the largest."""
        import numpy as np

        if how == "max":
            return logits.max(1)
        real = np.arange(logits.shape[1])[None] < self.counts[columns][:, None]
        weights = self.weights[self.views[columns]] * real
        return (logits * weights).sum(1) / weights.sum(1)


def _moves(types: TypeSet, size: int) -> np.ndarray | None:
    """The adaptations of types [T, size], zero where there is none; None where no type has one."""
    import numpy as np

    if all(t.adaptation is None for t in types):
        return None
    moves = np.zeros((len(types), size), dtype=np.float32)
    for row, adaptation in zip(moves, (t.adaptation for t in types), strict=True):
        if adaptation is not None:
            vector = np.frombuffer(adaptation.vector, dtype="<f2")
            if len(vector) != size:
                raise UsageError(f"rule {adaptation.rule}: its vectors have {len(vector)} numbers; accepted: {size}")
            row[:] = vector
    return moves


def best_of_each(groups: np.ndarray, values: np.ndarray, ties: np.ndarray, most: int) -> np.ndarray:
    """Positions of the `most` largest values of each group, by group and value; the smaller of `ties` goes first."""
    import numpy as np

    order = np.lexsort((ties, -values, groups))
    sorted_groups = groups[order]
    starts = np.searchsorted(sorted_groups, sorted_groups)
    return order[np.arange(len(order)) - starts < most]
