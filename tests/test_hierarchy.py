"""`is_a`: wider types by name, alias and library, and what is refused."""

from __future__ import annotations

import pytest

from hybrid_ner.errors import TypesError
from hybrid_ner.extractor import HybridNER
from hybrid_ner.hierarchy import ancestors
from hybrid_ner.rules import load_packs
from hybrid_ner.schema import EntityType, TypeSet
from hybrid_ner.typefile import load_types
from tests.fakes import CapitalsStudent


def kind(name, is_a=None, *aliases):
    return EntityType(name, aliases=aliases, is_a=is_a)


def test_wider_types_are_named_nearest_first():
    types = TypeSet.of([kind("being"), kind("person", "being"), kind("poet", " Person "), "city"])
    assert dict(ancestors(types)) == {"person": ("being",), "poet": ("person", "being")}


def test_a_wider_type_may_be_named_by_an_alias():
    assert dict(ancestors(TypeSet.of([kind("person", None, "human"), kind("poet", "human")]))) == {"poet": ("person",)}


def test_when_the_wider_type_is_in_the_library_only_then_the_chain_goes_on_through_it():
    # In the library a politician is a person; politician itself is not asked.
    assert dict(ancestors(TypeSet.of([kind("mayor", "politician"), "person"]))) == {"mayor": ("person",)}
    assert dict(ancestors(TypeSet.of([kind("mayor", "politician"), "city"]))) == {}


@pytest.mark.parametrize(
    "types",
    [
        [kind("a", "a")],
        [kind("a", "b"), kind("b", "a")],
        [kind("a", "b"), kind("b", "c"), kind("c", "b")],
        [kind("person", "politician")],  # which is a person, says the library
    ],
)
def test_when_types_are_kinds_of_themselves_then_refused(types):
    with pytest.raises(TypesError, match="circle"):
        ancestors(TypeSet.of(types))


def test_when_the_wider_type_is_nowhere_then_refused_also_by_extractor_and_file(tmp_path):
    types = [kind("poet", "zzz")]
    with pytest.raises(TypesError, match="'poet' is_a 'zzz', which is neither"):
        ancestors(TypeSet.of(types))
    with pytest.raises(TypesError, match="zzz"):
        HybridNER(CapitalsStudent(), load_packs(())).extract("Ada", types)
    path = tmp_path / "types.yaml"
    path.write_text("- {name: poet, is_a: zzz}\n", encoding="utf-8")
    with pytest.raises(TypesError, match=r"types\.yaml: .*zzz"):
        load_types(str(path))


def test_when_a_file_says_is_a_then_it_is_read(tmp_path):
    path = tmp_path / "types.yaml"
    path.write_text("- person\n- {name: poet, is_a: person}\n", encoding="utf-8")
    assert load_types(str(path))[1] == kind("poet", "person")
    path.write_text("- {name: poet, is_a: [person]}\n", encoding="utf-8")
    with pytest.raises(TypesError, match=r"line 1: is_a of 'poet' must be text"):
        load_types(str(path))


@pytest.mark.parametrize("value", ["", "  ", 3, ["person"]])
def test_when_is_a_is_no_name_then_refused(value):
    with pytest.raises(TypesError, match="is_a of type 'poet'"):
        EntityType("poet", is_a=value)
