"""`adapt`: what labelled sentences taught a student about types; added to the types' vectors before it proposes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from hybrid_ner.rules.kinds.base import Kind
from hybrid_ner.rules.source import Fields


@dataclass(frozen=True, slots=True)
class Adaptations:
    """What an `adapt` rule holds.

    Attributes:
        student: fingerprint of the student it was learned with.
        vectors: type, case-folded -> half-precision numbers, little-endian.
    """

    student: str
    vectors: Mapping[str, bytes]


def build(fields: Fields) -> Adaptations:
    vectors = {}
    for name, written in fields.texts("vectors").items():
        vectors[name.casefold()] = vector = _decoded(written)
        if not vector:
            raise fields.error(f"the vector of {name!r} is no base64 of finite half-precision numbers", "vectors")
    listed = {name.casefold() for name in fields.words("types")}
    if listed != vectors.keys():
        wrong = ", ".join(sorted(listed ^ vectors.keys()))
        raise fields.error(f"adapt needs a vector for each of its types, and for no other; see {wrong}", "vectors")
    if len({len(vector) for vector in vectors.values()}) > 1:
        raise fields.error("the vectors differ in length", "vectors")
    return Adaptations(fields.text("student"), vectors)


def encoded(vector: bytes) -> str:
    """Half-precision numbers as a pack has them."""
    return base64.b64encode(vector).decode("ascii")


def _decoded(written: str) -> bytes:
    """The bytes written; empty where they are no finite numbers."""
    import numpy as np

    try:
        vector = base64.b64decode(written, validate=True)
        return vector if np.isfinite(np.frombuffer(vector, "<f2")).all() else b""
    except (binascii.Error, ValueError):
        return b""


KIND = Kind("adapt", ("student", "vectors"), build, needs_types=True)
