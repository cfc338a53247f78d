"""The linter names the fault of each type and of each pair of types, and leaves good lists alone."""

from __future__ import annotations

import numpy as np
import pytest

from hybrid_ner.definitions.lint import lint
from hybrid_ner.definitions.wording import definition_fault, name_fault
from hybrid_ner.errors import UsageError
from hybrid_ner.schema import EntityType, TypeSet


def vectors_with(similarities, count):
    """Unit vectors [count, D], at right angles but for the pairs given."""
    gram = np.eye(count)
    for (i, j), similarity in similarities.items():
        gram[i, j] = gram[j, i] = similarity
    return np.linalg.cholesky(gram).astype(np.float32)


def findings(types, similarities=(), **options):
    types = TypeSet.of(types)
    found = lint(types, vectors_with(dict(similarities), len(types)), **options)
    return [(f.kind, f.types) for f in found]


def test_when_nothing_is_wrong_then_nothing_is_found():
    types = [
        EntityType("person", "a human being, real or fictional, named as an individual"),
        "chemical compound",
        "mRNA",
        "e-mail address",
        "人物",
        "город",
    ]
    assert findings(types) == []


@pytest.mark.parametrize(
    ("similarity", "expected"), [(0.79, []), (0.85, ["confusable"]), (0.96, ["near-duplicate"])]
)
def test_when_two_types_are_close_then_the_kind_says_how_close(similarity, expected):
    found = findings(["river", "town", "village"], {(1, 2): similarity})
    assert found == [(kind, ("town", "village")) for kind in expected]


def test_when_close_is_given_then_it_is_the_bound():
    assert findings(["town", "village"], {(0, 1): 0.5}, close=0.4) == [("confusable", ("town", "village"))]


def test_pairs_come_closest_first_with_their_similarity():
    types = TypeSet.of(["actor", "mountain", "musician", "peak"])
    found = lint(types, vectors_with({(0, 2): 0.82, (1, 3): 0.9}, 4))
    assert [f.types for f in found] == [("mountain", "peak"), ("actor", "musician")]
    assert [f.similarity for f in found] == pytest.approx([0.9, 0.82], abs=1e-6)


def test_when_a_confusable_type_has_no_definition_then_the_suggestion_asks_for_one():
    types = TypeSet.of(["town", EntityType("village", "a settlement smaller than a town")])
    (finding,) = lint(types, vectors_with({(0, 1): 0.9}, 2))
    assert "definition for 'town'" in finding.suggestion and "village" not in finding.suggestion


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("organisation", "organization"),
        ("person", "persons"),
        ("art_work", "work art"),
        ("artwork", "art work"),
    ],
)
def test_when_names_are_spellings_of_one_then_they_are_near_duplicates(first, second):
    assert ("near-duplicate", (first, second)) in findings([first, second])


@pytest.mark.parametrize(
    ("first", "second"), [("female politician", "male politician"), ("birth date", "death date")]
)
def test_when_one_word_sets_names_apart_then_they_are_not_spellings_of_one(first, second):
    assert findings([first, second]) == []


def test_when_a_pair_is_alike_in_spelling_and_vector_then_it_is_found_once():
    assert findings(["person", "persons"], {(0, 1): 0.97}) == [("near-duplicate", ("person", "persons"))]


def test_when_an_alias_stands_for_two_types_then_both_are_named():
    types = [EntityType("town", aliases=("Place", "town")), EntityType("river", aliases=("place",)), "sea"]
    assert findings(types) == [("alias", ("river", "town"))]
    assert findings([EntityType("town", aliases=("sea",)), "sea"]) == [("alias", ("town", "sea"))]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("misc", "says little"),
        ("Other", "says little"),
        ("other_entity", "says little"),
        ("42", "no letters"),
        ("DNA", "short code"),
        ("x", "short code"),
        ("B-PER", "label"),
        ("birth_date", "label"),
        ("ProteinName", "label"),
        ("prsn", "does not look like words"),
    ],
)
def test_when_a_name_says_little_then_the_fault_says_why(name, part):
    message, suggestion = name_fault(EntityType(name))
    assert part in message and suggestion


@pytest.mark.parametrize("name", ["named person", "U-boat", "E-mail", "rhythm", "R&D project", "药"])
def test_when_a_name_is_in_words_then_there_is_no_fault(name):
    assert name_fault(EntityType(name)) is None


@pytest.mark.parametrize("name", ["DNA", "prsn"])
def test_when_a_code_has_a_definition_then_the_definition_makes_up_for_it(name):
    assert name_fault(EntityType(name, "the molecule that carries genes")) is None


@pytest.mark.parametrize(
    ("label", "words"), [("B-PER", "per"), ("birth_date", "birth date"), ("ProteinName", "protein name")]
)
def test_when_a_name_is_a_label_then_its_words_are_suggested(label, words):
    assert name_fault(EntityType(label))[1].endswith(f"for example {words!r}")


@pytest.mark.parametrize(
    ("definition", "part"),
    [
        ("A city", "repeats the name"),
        ("town", "repeats the name"),
        ("big town", "fewer than 3 words"),
        ("???", "fewer than 3 words"),
        ("e.g. Paris, London and Rome", "only gives examples"),
        ("Such as Paris or London", "only gives examples"),
        ('"Paris", "New York" and "Rome", etc.', "only gives examples"),
        ("“Paris” or ‘Rome’", "only gives examples"),
        ("word " * 61, "61 words, more than 60"),
    ],
)
def test_when_a_definition_does_not_define_then_the_fault_says_why(definition, part):
    message, suggestion = definition_fault(EntityType("city", definition, aliases=("town",)))
    assert part in message and suggestion


@pytest.mark.parametrize(
    "definition",
    [
        None,
        "a large settlement with its own government",
        'a large settlement such as "Paris"',
        "城市是人口密集的地方",
        "likely a settlement of many people",
    ],
)
def test_when_a_definition_defines_then_there_is_no_fault(definition):
    assert definition_fault(EntityType("city", definition)) is None


@pytest.mark.parametrize("close", [0, -0.1, 1.01, float("nan")])
def test_when_close_is_no_similarity_then_refused(close):
    with pytest.raises(UsageError, match="above 0 and at most 1"):
        lint(TypeSet.of("person"), np.ones((1, 1), dtype=np.float32), close=close)
