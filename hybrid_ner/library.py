"""The type library: common types with aliases and definitions, a file a domain, selected by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from hybrid_ner.errors import TypesError
from hybrid_ner.resources import data_folder
from hybrid_ner.schema import EntityType, TypeSet, from_dict

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
    try:
        return TypeSet(tuple(from_dict(EntityType, item) for item in _parsed(_source(name))))
    except (ValueError, TypeError) as error:
        raise TypesError(f"domain {name!r} of the type library is broken: {error}") from error


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


Offer = tuple[str, EntityType]  # a domain and one of its types


def entries() -> Iterator[Offer]:
    """Every type of the library with its domain: the general domain first, then by the domains' names."""
    for name in _in_order():
        for entity_type in domain(name):
            yield name, entity_type


def offers(names: Iterable[str]) -> dict[str, tuple[Offer, ...]]:
    """The types of the library that have each name, or have it as an alias; case does not count.

    Only the files that hold one of the names are parsed: a first question should not wait for all of them.

    Returns:
        For each name that is found, case-folded, its types: those of that very name, then those of that alias, each
        in the order of `entries`.
    """
    wanted = {name.casefold() for name in names}
    found = _indexed(tuple(name for name in _in_order() if any(key in _heads(name) for key in wanted)))
    return {key: found[key] for key in wanted if key in found}


def by_name() -> Mapping[str, tuple[Offer, ...]]:
    """`offers` of every name and alias there is."""
    return _indexed(_in_order())


@lru_cache(maxsize=8)
def _indexed(names: tuple[str, ...]) -> Mapping[str, tuple[Offer, ...]]:
    found: dict[str, list[Offer]] = {}
    listed = [(name, entity_type) for name in names for entity_type in domain(name)]
    for name, entity_type in listed:
        found.setdefault(entity_type.name.casefold(), []).append((name, entity_type))
    for name, entity_type in listed:
        for alias in sorted(names_of(entity_type) - {entity_type.name.casefold()}):
            found.setdefault(alias, []).append((name, entity_type))
    return MappingProxyType({key: tuple(value) for key, value in found.items()})


def _in_order() -> tuple[str, ...]:
    return tuple(sorted(domains(), key=lambda name: (name != GENERAL, name)))


def names_of(entity_type: EntityType) -> frozenset[str]:
    """A type's name and aliases, case-folded."""
    return frozenset(name.casefold() for name in (entity_type.name, *entity_type.aliases))


@cache
def _source(name: str) -> str:
    return (data_folder("library") / f"{name}.yaml").read_text(encoding="utf-8")


@cache
def _heads(name: str) -> str:
    """A domain's file without its definitions, case-folded: every name and alias in it is somewhere in this."""
    lines = _source(name).casefold().splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("definition:", "is_a:", "#")))


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
