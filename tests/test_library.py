"""The type library: every type can be used and says what it means; domains and types are selected by name."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from hybrid_ner import library
from hybrid_ner.cli.library import library_command
from hybrid_ner.definitions.lint import lint
from hybrid_ner.errors import TypesError
from hybrid_ner.hierarchy import ancestors
from hybrid_ner.resources import data_folder
from hybrid_ner.schema import TypeSet
from hybrid_ner.typefile import KEYS, load_types

DOMAINS = library.domains()


def test_the_library_has_common_types_of_many_domains():
    assert len(list(library.entries())) >= 450
    assert {"general", "medical", "contract", "finance", "security", "astronomy"} <= set(DOMAINS)


@pytest.mark.parametrize("name", DOMAINS)
def test_a_domain_is_a_types_file_without_faults(name):
    path = data_folder("library") / f"{name}.yaml"
    assert all(set(item) <= set(KEYS) for item in yaml.safe_load(path.read_text(encoding="utf-8")))
    types = library.domain(name)
    assert load_types(str(path)) == types
    # Types at right angles: the linter looks at words only.
    assert lint(types, np.eye(len(types), dtype=np.float32)) == []
    assert all(5 <= len(t.definition.split()) <= 30 and t.definition.endswith(".") for t in types)
    assert all(t.aliases for t in types)


@pytest.mark.parametrize("name", DOMAINS)
def test_every_is_a_of_a_domain_names_a_type_and_none_goes_in_a_circle(name):
    types = library.domain(name)
    assert all(t.is_a.casefold() in library.by_name() for t in types if t.is_a)
    ancestors(types)


def test_a_name_stands_for_one_type_of_the_library():
    """Names differ across domains too, so that a name alone says whose definition is borrowed."""
    names = [t.name for _, t in library.entries()]
    assert len(set(names)) == len(names)


def test_offers_parse_only_files_that_hold_the_name_and_find_what_the_whole_index_has():
    whole = library.by_name()
    for name in ("DRUG", "body part", "town", "driver's license number", "sha-2 hash"):
        assert library.offers([name]) == {name.casefold(): whole[name.casefold()]}
    assert library.offers(["nothing of the kind"]) == {}


@pytest.mark.parametrize(
    ("spec", "expected", "bare"),
    [
        ("medical", library.domain("medical").names, []),
        ("library:contract", library.domain("contract").names, []),
        ("library:geography/city", ("city",), []),
        ("library:geography/Town", ("city",), []),
        ("library:medical/body part,person", ("body part", "person"), ["person"]),
        (" library:geography/city , library:geography/city,my kind", ("city", "my kind"), ["my kind"]),
        ("food", ("food",), ["food"]),
        ("library:food", library.domain("food").names, []),
        ("food,person", ("food", "person"), ["food", "person"]),
    ],
)
def test_when_types_of_the_library_are_asked_for_then_they_come_with_their_definitions(spec, expected, bare):
    types = load_types(spec)
    assert types.names == expected
    assert [t.name for t in types if t.definition is None] == bare


def test_when_python_asks_for_types_then_selections_are_the_same():
    assert library.types("medical") == load_types("medical")
    assert library.types("medical/drug", "library:geography/city").names == ("drug", "city")
    both = library.types("medical", "medical/drug")
    assert both == library.domain("medical")


def test_when_a_file_has_the_name_of_a_domain_then_a_path_to_it_is_still_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "medical.yaml").write_text("[pill]", encoding="utf-8")
    assert load_types("medical.yaml").names == ("pill",)
    assert load_types("./medical.yaml").names == ("pill",)


@pytest.mark.parametrize(
    ("spec", "part"),
    [
        ("library:medicl", "no domain 'medicl'.*did you mean 'medical'"),
        ("library:geography/citty", "no type 'citty' in the domain 'geography'.*did you mean 'city'"),
        ("library:", "no domain ''"),
        ("city,library:geography/city", "named twice"),
    ],
)
def test_when_a_selection_is_wrong_then_the_error_says_what_there_is(spec, part):
    with pytest.raises(TypesError, match=part):
        load_types(spec)


def test_the_command_lists_domains_and_the_types_of_one():
    listed = CliRunner().invoke(library_command, []).output
    assert listed.splitlines()[-1].startswith(f"{len(DOMAINS)} domains, ")
    assert "a kind of geopolitical entity" in CliRunner().invoke(library_command, ["geography"]).output
    as_json = json.loads(CliRunner().invoke(library_command, ["geography", "--format", "json"]).output)
    assert TypeSet.of([t["name"] for t in as_json]).names == library.domain("geography").names
    domains = json.loads(CliRunner().invoke(library_command, ["--format", "json"]).output)
    assert list(domains) == list(DOMAINS)
