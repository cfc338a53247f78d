"""The type library: common types with aliases and definitions, a file a domain, selected by name."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterator
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from hybrid_ner.errors import TypesError
from hybrid_ner.resources import data_folder
from hybrid_ner.schema import EntityType, TypeSet, from_dict

logger = logging.getLogger(__name__)

PREFIX = "library:"
GENERAL = "general"


@lru_cache(maxsize=1)
def domains() -> tuple[str, ...]:
    """The names of the domains, sorted."""
    return tuple(sorted(path.stem for path in data_folder("library").glob("*.yaml")))


@cache
def domain(name: str) -> TypeSet:
    """The types of one domain, in the order of its file.

    Raises:
        TypesError: no such domain, or a file of the library that is broken.
    """
    if name not in domains():
        raise TypesError(f"no domain {name!r} in the type library; {_accepted(name, domains())}")
    path = data_folder("library") / f"{name}.yaml"
    try:
        return TypeSet(tuple(from_dict(EntityType, item) for item in _parsed(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError, TypeError) as error:
        raise TypesError(f"{path}: not a file of the type library: {error}") from error


def types(*selections: str) -> TypeSet:
    """The types that selections name, in their order; one that several select is taken once.

    Args:
        selections: a domain ("medical") or a type of one ("geography/city"), with or without `PREFIX`.

    Raises:
        TypesError: no selection, a domain or a type that is not there.
    """
    chosen: dict[str, EntityType] = {}
    for selection in selections:
        for entity_type in selected(selection):
            chosen.setdefault(entity_type.name.casefold(), entity_type)
    return TypeSet(tuple(chosen.values()))


def selected(selection: str) -> tuple[EntityType, ...]:
    """The types of one selection, as `types` takes it."""
    name, slash, wanted = selection.strip().removeprefix(PREFIX).partition("/")
    found = domain(name.strip().casefold())
    if not slash:
        return found.types
    one = next((t for t in found if wanted.strip().casefold() in names_of(t)), None)
    if one is None:
        known = _accepted(wanted.strip(), found.names)
        raise TypesError(f"no type {wanted.strip()!r} in the domain {name!r} of the type library; {known}")
    return (one,)


def entries() -> Iterator[tuple[str, EntityType]]:
    """Every type of the library with its domain: the general domain first, then by the domains' names."""
    for name in sorted(domains(), key=lambda name: (name != GENERAL, name)):
        for entity_type in domain(name):
            yield name, entity_type


@lru_cache(maxsize=1)
def by_name() -> MappingProxyType[str, tuple[tuple[str, EntityType], ...]]:
    """(domain, type) of every name and alias, case-folded; those of that very name before those of that alias."""
    found: dict[str, list[tuple[str, EntityType]]] = {}
    listed = list(entries())
    for name, entity_type in listed:
        found.setdefault(entity_type.name.casefold(), []).append((name, entity_type))
    for name, entity_type in listed:
        for alias in sorted(names_of(entity_type) - {entity_type.name.casefold()}):
            found.setdefault(alias, []).append((name, entity_type))
    return MappingProxyType({key: tuple(value) for key, value in found.items()})


def names_of(entity_type: EntityType) -> frozenset[str]:
    """A type's name and aliases, case-folded."""
    return frozenset(name.casefold() for name in (entity_type.name, *entity_type.aliases))


def _parsed(text: str) -> list[Any]:
    import yaml

    try:
        # The C loader takes a tenth of the time; files of this project are no danger to it.
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _accepted(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    return f"accepted: {', '.join(known)}{meant}"
