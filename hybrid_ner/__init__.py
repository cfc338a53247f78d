"""Open-type named-entity extraction: a distilled student, an index of type definitions and a rule layer."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hybrid_ner.extractor import HybridNER
    from hybrid_ner.schema import Decision, Document, Entity, EntityType, TypeSet

__version__ = "0.1.0"

_LAZY = {
    "HybridNER": "hybrid_ner.extractor",
    "Decision": "hybrid_ner.schema",
    "Document": "hybrid_ner.schema",
    "Entity": "hybrid_ner.schema",
    "EntityType": "hybrid_ner.schema",
    "TypeSet": "hybrid_ner.schema",
}
__all__ = ["Decision", "Document", "Entity", "EntityType", "HybridNER", "TypeSet", "__version__"]


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module 'hybrid_ner' has no attribute {name!r}")
    return getattr(importlib.import_module(_LAZY[name]), name)
