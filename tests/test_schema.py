"""The contract between the stages: types that can be used, decisions that keep their trail, the round trip to JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from hybrid_ner.errors import TypesError
from hybrid_ner.schema import Decision, Document, Entity, EntityType, Proposal, Step, TypeSet, View, from_dict, to_dict
from tests.formats.strategies import documents


@given(documents(with_decisions=True))
def test_a_document_survives_the_round_trip_through_json(document):
    assert from_dict(Document, json.loads(json.dumps(to_dict(document)))) == document


@pytest.mark.parametrize(
    "value",
    [
        EntityType("city", "a large settlement", ("town",), 0.3, "location"),
        Proposal(0, 3, "city", 0.5, 0.6, "name", (View("name", "city", 0.7), View("definition", "city: a town", 0.3))),
        Decision(0, 3, "city", 0.5, proposal=Proposal(0, 3, "city", 0.5, 0.6, "name", (View("name", "city", 0.7),))),
        TypeSet.of(["person", EntityType("city", aliases=("town",))]),
        Decision(0, 3, "city", 0.5).change("rules", "trim", "article", start=1).drop("threshold", "too low"),
        Entity(0, 3, "Ada", "person", 0.9),
    ],
)
def test_every_class_survives_the_round_trip_through_json(value):
    assert from_dict(type(value), json.loads(json.dumps(to_dict(value)))) == value


def test_when_a_field_is_unknown_or_missing_then_from_dict_raises():
    with pytest.raises(TypeError, match="colour"):
        from_dict(EntityType, {"name": "city", "colour": "red"})
    with pytest.raises(TypeError, match="name"):
        from_dict(EntityType, {})


def test_a_type_s_words_lose_the_white_space_around_them_and_an_empty_definition_is_none():
    assert EntityType(" city ", "  ", (" town ",)) == EntityType("city", None, ("town",))


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"name": ""}, "non-empty string, got ''"),
        ({"name": " \t"}, "non-empty"),
        ({"name": None}, "None"),
        ({"name": "city", "definition": 3}, "definition of type 'city'.*3"),
        ({"name": "city", "aliases": "town"}, "aliases of type 'city'.*'town'"),
        ({"name": "city", "aliases": ["town", ""]}, "aliases"),
        ({"name": "city", "aliases": [4]}, "aliases"),
        ({"name": "city", "threshold": 1.5}, "threshold of type 'city'.*1.5"),
        ({"name": "city", "threshold": True}, "True"),
        ({"name": "city", "threshold": "0.5"}, "'0.5'"),
        ({"name": "city", "threshold": float("nan")}, "nan"),
        ({"name": "ci\ud800ty"}, "Unicode"),
        ({"name": "city", "definition": "a \udfff"}, "Unicode"),
        ({"name": "city", "aliases": ["\ud800"]}, "Unicode"),
    ],
)
def test_when_a_type_cannot_be_used_then_the_error_names_field_and_value(arguments, part):
    with pytest.raises(TypesError, match=part):
        EntityType(**arguments)


@pytest.mark.parametrize(
    ("types", "names"),
    [
        ("person", ("person",)),
        (["person", "city"], ("person", "city")),
        ({"person": "a human", "city": None}, ("person", "city")),
        (EntityType("city"), ("city",)),
        ((n for n in ("a", "b")), ("a", "b")),
    ],
)
def test_a_type_set_is_made_of_what_users_write(types, names):
    made = TypeSet.of(types)
    assert made.names == names
    assert TypeSet.of(made) is made
    assert len(made) == len(names)
    assert [t.name for t in made] == list(names)
    assert made.get(names[0].upper()) == made[0]
    assert made.get("no such type") is None


@pytest.mark.parametrize(
    ("types", "part"),
    [([], "empty"), ({}, "empty"), (["City", "cITY"], "'cITY' is named twice"), ([None], "None"), (["a", 3], "3")],
)
def test_when_a_type_list_cannot_be_used_then_the_error_says_why(types, part):
    with pytest.raises(TypesError, match=part):
        TypeSet.of(types)


def test_a_decision_that_is_changed_and_dropped_keeps_its_trail_and_leaves_the_first_alone():
    first = Decision(0, 5, "city", 0.5)
    moved = first.change("rules", "trim", "article", start=4, score=0.6)
    dropped = moved.drop("threshold", "too low", rival="town")
    assert (first.start, first.kept, first.steps) == (0, True, ())
    assert (moved.start, moved.score, moved.kept) == (4, 0.6, True)
    assert (dropped.kept, dropped.reason, dropped.rival) == (False, "too low", "town")
    assert dropped.steps == (Step("rules", "trim", "article"), Step("threshold", "drop", "too low"))


def test_when_dropped_without_a_rival_then_the_known_one_stays():
    assert Decision(0, 1, "a", 0.5, rival="b").drop("rules", "no").rival == "b"
