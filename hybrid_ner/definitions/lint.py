"""A linter for type lists: types too close, aliases that clash, names and definitions that say little."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hybrid_ner.definitions.index import DefinitionIndex
from hybrid_ner.definitions.wording import definition_fault, name_fault
from hybrid_ner.errors import UsageError
from hybrid_ner.schema import EntityType, TypeSet

if TYPE_CHECKING:
    import numpy as np

DEFAULT_CLOSE = 0.8
SAME = 0.95  # cosine from which two texts are taken for wordings of one type
SAME_NAME = 90  # rapidfuzz ratio (0 to 100) of two whole names, "organisation" and "organization": 91.7
SAME_WORD = 81  # the same word by word: "female politician" is 93.8 like "male politician", "female" 80


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at in a type list.

    Attributes:
        kind: near-duplicate, confusable, alias, name or definition.
        types: names of the types it is about, one or two.
        message: what was found.
        suggestion: what to do about it, in one line.
        similarity: cosine of two types' vectors, where it is at least what counts as close.
    """

    kind: str
    types: tuple[str, ...]
    message: str
    suggestion: str
    similarity: float | None = None


def lint(types: TypeSet, vectors: np.ndarray, *, close: float = DEFAULT_CLOSE) -> list[Finding]:
    """Looks through a type list.

    Args:
        types: T types.
        vectors: their unit vectors [T, D].
        close: cosine from which two types are expected to be confused.

    Returns:
        Findings about pairs, closest first, then about single types in the order of the list.

    Raises:
        UsageError: `close` outside (0, 1].
    """
    if not 0 < close <= 1:
        raise UsageError(f"close must be a similarity above 0 and at most 1, got {close!r}")
    findings = [*_near_pairs(types, vectors, close), *_alias_clashes(types)]
    for entity_type in types:
        for kind, fault in (("name", name_fault), ("definition", definition_fault)):
            if found := fault(entity_type):
                findings.append(Finding(kind, (entity_type.name,), *found))
    return findings


def _near_pairs(types: TypeSet, vectors: np.ndarray, close: float) -> Iterator[Finding]:
    close_pairs = DefinitionIndex.build(types, vectors).close_pairs(close)
    similarities: dict[tuple[int, int], float | None] = {
        (i, j): similarity for i, j, similarity in close_pairs
    }
    spelled = _spelled_alike(types)
    for pair in sorted(spelled):
        similarities.setdefault(pair, None)
    for (i, j), similarity in similarities.items():
        first, second = types[i], types[j]
        if (i, j) in spelled:
            kind = "near-duplicate"
            message = "the names are spelled almost alike"
            suggestion = f"if they mean the same, keep {first.name!r} and make {second.name!r} its alias"
        elif similarity >= SAME:
            kind = "near-duplicate"
            message = f"they are hardly told apart (similarity {similarity:.2f})"
            suggestion = "merge them, or write definitions that say what the one is and the other is not"
        else:
            kind = "confusable"
            message = f"they will be confused (similarity {similarity:.2f})"
            suggestion = _apart(first, second)
        yield Finding(kind, (first.name, second.name), message, suggestion, similarity)


def _apart(first: EntityType, second: EntityType) -> str:
    bare = [repr(t.name) for t in (first, second) if t.definition is None]
    if bare:
        return f"write a definition for {' and '.join(bare)} that says where the border is"
    return "say in both definitions where the border is, or merge them if it does not matter"


def _spelled_alike(types: TypeSet) -> set[tuple[int, int]]:
    """Pairs of types whose names are alike as a whole and, where they have as many words, word by word."""
    from rapidfuzz import fuzz, process, utils

    words = [sorted(utils.default_process(t.name.replace("_", " ")).split()) for t in types]
    names = [" ".join(name) for name in words]
    alike = set()
    for i, name in enumerate(names[:-1]):
        scores = process.cdist([name], names[i + 1 :], scorer=fuzz.ratio, score_cutoff=SAME_NAME)
        for j in (i + 1 + scores[0].nonzero()[0]).tolist():
            pairs = zip(words[i], words[j], strict=False)
            if len(words[i]) != len(words[j]) or all(fuzz.ratio(a, b) >= SAME_WORD for a, b in pairs):
                alike.add((i, j))
    return alike


def _alias_clashes(types: TypeSet) -> Iterator[Finding]:
    owners = {t.name.casefold(): t.name for t in types}
    for entity_type in types:
        for alias in entity_type.aliases:
            owner = owners.setdefault(alias.casefold(), entity_type.name)
            if owner != entity_type.name:
                yield Finding(
                    "alias",
                    (entity_type.name, owner),
                    f"the alias {alias!r} of {entity_type.name!r} also stands for {owner!r}",
                    f"leave {alias!r} to one of them",
                )
