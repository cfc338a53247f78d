"""Definitions on loan: a type asked without one takes that of the library type with its name, or of the nearest."""

from __future__ import annotations

import dataclasses
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hybrid_ner.errors import TypesError, UsageError
from hybrid_ner.hierarchy import ancestors
from hybrid_ner.schema import Decision, EntityType, Step, TypeSet

if TYPE_CHECKING:
    from hybrid_ner.definitions.encoder import TypeEncoder
    from hybrid_ner.definitions.index import DefinitionIndex
    from hybrid_ner.library import Offer

logger = logging.getLogger(__name__)

POLICIES = ("no", "name", "nearest")
# On the dev suite asked by name (first 300 sentences of the dev splits): F1 34.5 without loans, 34.6 by name, 34.8 with
# the nearest, all within noise; "nearest" has 1,600 names to encode first.
DEFAULT = "name"
SIMILAR = 0.8  # cosine of two names' vectors from which a definition is lent: "law article" - "article of law" 0.91

_MOST_REMEMBERED = 64  # type sets

# Single words that mean something else in another domain: "role" in a film or in a firm. They borrow only from a domain
# that lends to another asked type as well.
AMBIGUOUS = frozenset(
    """
    ability acquisition activity advocate agent amenity anatomy apparatus application archive arms attack
    attribute battle bearing benchmark bill bout bug business challenge character charity chart charter class
    club coach cohort command commodity comparator competence complaint component composite composition concept
    consideration convention cook coup course covenant crash cup damages dance defect degree demonstration
    department destination detector device dimension directive director discipline discovery division drama duty
    element endpoint equation equipment evaluation examination exception executive faculty failure fair fault
    formulation framework fuel fund game grade graduate grant grid group handle hours identifier industry
    instrument intervention justice knowledge laboratory landmark library major make maker manager mark match
    material metric mixture model module noble operation opinion organ origin outcome package paper part
    participants party pathway pay peak penalty perk pest pilot pin pipeline plain platform play player plot
    policy position precedent preparation preview problem procedure process producer protest purpose
    qualification quality quarter race rating reaction record regulation relative release relic repair
    requirement residence residue review rock role ruin ruling sanction score season secret security seller
    sentence severity sight signature single size solution species specification spirit star strike style
    subject subsystem summit sun supplier system task team tool tour track trailer trainer trait transcript
    transit treatment unit venue victim vote witness workshop yield
    """.split()  # noqa: SIM905
)


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
    _lent: dict[TypeSet, tuple[TypeSet, tuple[Loan, ...]]] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            raise UsageError(f"borrow is {self.policy!r}; accepted: {', '.join(POLICIES)}")

    def lend(self, types: TypeSet) -> tuple[TypeSet, tuple[Loan, ...]]:
        """The types with definitions and wider types where there were none, and the definitions lent.

        Their order changes nothing.

        Of several library types with the name, the one of the domain that lends to most of the types is taken,
        then a name before an alias, then the general domain, then the first by name. `AMBIGUOUS` words need such
        company.
        """
        if self.policy == "no":
            return types, ()
        lent = self._lent.get(types)
        if lent is None:
            if len(self._lent) >= _MOST_REMEMBERED:
                self._lent.clear()
            lent = self._lent[types] = self._lend(types)
            for loan in lent[1]:
                logger.info("%s", loan)
        return lent

    def _lend(self, types: TypeSet) -> tuple[TypeSet, tuple[Loan, ...]]:
        lenders = _lenders(types)
        bare = [t for t in types if t.definition is None]
        loans = {
            t.name: Loan(t.name, f"{domain}/{lender.name}", lender.definition)
            for t in bare
            if t.name in lenders
            for domain, lender in [lenders[t.name]]
        }
        rest = [t for t in bare if t.name not in loans and t.name.casefold() not in AMBIGUOUS]
        if rest and self.policy == "nearest" and self.encoder is not None:
            loans |= _by_vector(rest, self.encoder)
        lent = TypeSet(tuple(_with_loan(t, loans.get(t.name), lenders.get(t.name)) for t in types))
        try:
            ancestors(lent)
        except TypesError:  # the library and the caller see it the other way round: the caller is right
            lent = TypeSet(tuple(_with_loan(t, loans.get(t.name), None) for t in types))
        return lent, tuple(loans[t.name] for t in types if t.name in loans)


NO_LOANS = Lender("no")


def borrow_policy(borrow: str | None, no_library: bool) -> str:
    """What --borrow and --no-library say together.

    Raises:
        UsageError: they contradict each other.
    """
    if no_library and borrow not in (None, "no"):
        raise UsageError(f"--borrow {borrow} and --no-library contradict each other; give one of them")
    return "no" if no_library else borrow or DEFAULT


def say_what_was_lent(decisions: Iterable[Decision], loans: Iterable[Loan]) -> list[Decision]:
    """The same decisions; those of a student that was asked with a borrowed definition say so first."""
    by_type = {loan.type: loan for loan in loans}
    return [_indebted(decision, by_type) for decision in decisions]


def _indebted(decision: Decision, loans: Mapping[str, Loan]) -> Decision:
    loan = loans.get(decision.proposal.type) if decision.proposal else None
    if loan is None:
        return decision
    near = "" if loan.similarity is None else f", similarity {loan.similarity:.2f}"
    step = Step("library", "borrow", f"the definition of {loan.lender}{near}")
    return dataclasses.replace(decision, steps=(step, *decision.steps))


def _with_loan(asked: EntityType, loan: Loan | None, lender: Offer | None) -> EntityType:
    """The type with a borrowed definition, and with the wider type that the library knows for its name."""
    return dataclasses.replace(
        asked,
        definition=loan.definition if loan else asked.definition,
        is_a=asked.is_a or (lender[1].is_a if lender else None),
    )


def _lenders(types: TypeSet) -> dict[str, Offer]:
    """The library's type of the same name, with its domain, for every type that has one."""
    from hybrid_ner.library import names_of, offers

    known = offers(name for asked in types for name in names_of(asked))
    found = {}
    for asked in types:
        # The asked name first; its aliases only where the library does not have that.
        by_alias = [offer for alias in sorted(names_of(asked)) for offer in known.get(alias, ())]
        if offered := known.get(asked.name.casefold()) or by_alias:
            found[asked.name] = offered
    popular = Counter(domain for offered in found.values() for domain in {domain for domain, _ in offered})
    # They are in the library's order, names before aliases: a stable minimum keeps that among equals.
    chosen = {name: min(offered, key=lambda offer: -popular[offer[0]]) for name, offered in found.items()}
    return {
        name: offer for name, offer in chosen.items() if name.casefold() not in AMBIGUOUS or popular[offer[0]] > 1
    }


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
