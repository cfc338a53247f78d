"""`is_a` between types: which asked types are wider than which, also by way of types of the library."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from hybrid_ner.errors import TypesError
from hybrid_ner.schema import EntityType, TypeSet


@lru_cache(maxsize=64)
def ancestors(types: TypeSet) -> Mapping[str, tuple[str, ...]]:
    """The asked types that each asked type is a kind of, nearest first; types without any are left out.

    `is_a` names an asked type (by name or alias), or a type of the library. From a library type that is not asked
    the chain goes on by the library: with person and head of state asked, a head of state is a politician and so
    a person.

    Raises:
        TypesError: `is_a` names neither, or a type is a kind of itself.
    """
    return MappingProxyType({t.name: found for t in types if t.is_a and (found := _chain(t, types))})


def _chain(start: EntityType, types: TypeSet) -> tuple[str, ...]:
    seen, found, current = [start.name], [], start
    while current.is_a:
        asked = _asked(current.is_a, types)
        parent = asked or _in_library(current)
        if any(parent.name.casefold() == name.casefold() for name in seen):
            chain = " is a ".join(repr(name) for name in (*seen, parent.name))
            raise TypesError(f"is_a goes in a circle: {chain}; leave one of them out")
        seen.append(parent.name)
        found += [parent.name] if asked else []
        current = parent
    return tuple(found)


def _asked(name: str, types: TypeSet) -> EntityType | None:
    """The asked type of that name, or else the first by name that has it as an alias."""
    key = name.casefold()
    aliased = (t for t in types if any(key == alias.casefold() for alias in t.aliases))
    return types.get(name) or min(aliased, key=lambda t: t.name, default=None)


def _in_library(child: EntityType) -> EntityType:
    from hybrid_ner.library import offers

    found = offers([child.is_a]).get(child.is_a.casefold())
    if not found:
        raise TypesError(
            f"type {child.name!r} is_a {child.is_a!r}, which is neither another type that is asked nor one of the "
            "type library (`hybrid-ner library` lists them)"
        )
    return found[0][1]
