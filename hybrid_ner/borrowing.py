"""Definitions on loan: a type asked without one takes that of the library type with its name, or of the nearest."""

from __future__ import annotations

import dataclasses
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hybrid_ner.errors import UsageError
from hybrid_ner.schema import EntityType, TypeSet

if TYPE_CHECKING:
    from hybrid_ner.definitions.encoder import TypeEncoder
    from hybrid_ner.definitions.index import DefinitionIndex

logger = logging.getLogger(__name__)

POLICIES = ("no", "name", "nearest")
SIMILAR = 0.8  # cosine of two names' vectors from which a definition is lent: "law article" - "article of law" 0.91


@dataclass(frozen=True, slots=True)
class Loan:
    """A definition lent to a type.

    Attributes:
        type: the asked type.
        lender: the library type, as "domain/name".
        definition: what was lent.
        similarity: cosine of the two names' vectors, or None where they have a name in common.
    """

    type: str
    lender: str
    definition: str
    similarity: float | None = None

    def __str__(self) -> str:
        near = "" if self.similarity is None else f" (similarity {self.similarity:.2f})"
        return f"{self.type!r} borrows the definition of {self.lender!r}{near}: {self.definition}"


@dataclass(frozen=True, slots=True)
class Lender:
    """Lends definitions of the type library.

    Attributes:
        policy: "no" lends nothing, "name" to types that share a name or alias with a library type, case ignored,
            "nearest" also to those whose name is at least `SIMILAR` to one.
        encoder: the student's type tower; needed for "nearest" only.
    """

    policy: str
    encoder: TypeEncoder | None = None

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            raise UsageError(f"borrow is {self.policy!r}; accepted: {', '.join(POLICIES)}")

    def lend(self, types: TypeSet) -> tuple[TypeSet, tuple[Loan, ...]]:
        """The types with definitions where there was none, and what was lent. Their order changes nothing.

        Of several library types with the name, the one of the domain that lends to most of the types is taken,
        then a name before an alias, then the general domain, then the first by name.
        """
        bare = [t for t in types if t.definition is None]
        if self.policy == "no" or not bare:
            return types, ()
        loans = _by_name(bare)
        if self.policy == "nearest" and self.encoder is not None:
            rest = [t for t in bare if t.name not in loans]
            loans |= _by_vector(rest, self.encoder) if rest else {}
        lent = [dataclasses.replace(t, definition=loans[t.name].definition) if t.name in loans else t for t in types]
        return TypeSet(tuple(lent)), tuple(loans[t.name] for t in types if t.name in loans)


def _by_name(bare: Sequence[EntityType]) -> dict[str, Loan]:
    """Loans between types that share a name."""
    from hybrid_ner.library import by_name, names_of

    known = by_name()
    # The asked name first; its aliases only where that is in no file.
    offers = {}
    for asked in bare:
        found = known.get(asked.name.casefold()) or [o for a in sorted(names_of(asked)) for o in known.get(a, ())]
        if found:
            offers[asked.name] = found
    popular = Counter(domain for found in offers.values() for domain in {domain for domain, _ in found})
    loans = {}
    for name, found in offers.items():
        # `found` is in the library's order, names before aliases: a stable minimum keeps that among equals.
        domain, lender = min(found, key=lambda offer: -popular[offer[0]])
        loans[name] = Loan(name, f"{domain}/{lender.name}", lender.definition)
    return loans


def _by_vector(bare: Sequence[EntityType], encoder: TypeEncoder) -> dict[str, Loan]:
    """Loans of the library types whose name or alias is nearest."""
    index = _index(encoder)
    nearest, similarities = index.nearest(encoder.encode([t.name for t in bare]), 1)
    loans = {}
    for asked, (row,), (similarity,) in zip(bare, nearest.tolist(), similarities.tolist(), strict=True):
        if similarity >= SIMILAR:
            lender = index.types[row]
            loans[asked.name] = Loan(asked.name, lender.aliases[0], lender.definition, round(similarity, 2))
    return loans


_indexes: dict[str, DefinitionIndex] = {}


def _index(encoder: TypeEncoder) -> DefinitionIndex:
    """The names and aliases of the library as a student's type tower sees them; made once a student.

    Each is a type of the index, named by the text; its alias is "domain/name" of the type it stands for.
    """
    from hybrid_ner.definitions.index import DefinitionIndex
    from hybrid_ner.library import by_name

    if encoder.fingerprint not in _indexes:
        rows = TypeSet(
            tuple(
                EntityType(text, found[0][1].definition, (f"{found[0][0]}/{found[0][1].name}",))
                for text, found in by_name().items()
            )
        )
        _indexes[encoder.fingerprint] = DefinitionIndex.build(rows, encoder.encode(rows.names))
    return _indexes[encoder.fingerprint]
