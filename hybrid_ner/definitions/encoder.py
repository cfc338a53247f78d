"""What the definition index asks of a student: type texts in, unit vectors out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from hybrid_ner.schema import EntityType

if TYPE_CHECKING:
    import numpy as np


class TypeEncoder(Protocol):
    """The type tower of a student.

    Attributes:
        fingerprint: hash of the weights; vectors of one fingerprint never mix with those of another. Encoders
            that are cached and give other vectors for the same text must differ in it.
    """

    fingerprint: str

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors [N, D], float32, of N texts; a text's vector does not depend on its neighbours."""
        ...


def type_text(entity_type: EntityType) -> str:
    """The text that stands for a type: "name: definition", or its name alone."""
    if entity_type.definition is None:
        return entity_type.name
    return f"{entity_type.name}: {entity_type.definition}"
