"""The TYPES argument: the accepted forms, and a message with file and line for every other."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_ner.errors import TypesError
from hybrid_ner.schema import EntityType, TypeSet
from hybrid_ner.typefile import MAX_BYTES, load_types


@pytest.fixture
def types_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(content: str | bytes, name: str = "types.yaml") -> str:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    return write


@pytest.mark.parametrize("spec", ["person,organization", " person , organization,", "person,,organization"])
def test_when_names_are_given_then_they_are_the_types(spec):
    assert load_types(spec) == TypeSet.of(["person", "organization"])


@pytest.mark.parametrize("spec", ["v1.0", "drug/medicine,person", "e.g."])
def test_when_a_name_has_a_dot_or_a_slash_among_commas_then_it_is_still_a_name(spec):
    assert load_types(spec).names == tuple(spec.split(","))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("- person\n- city\n", [EntityType("person"), EntityType("city")]),
        ("[person, 'big city']", [EntityType("person"), EntityType("big city")]),
        ("person: a human\ncity:\n", [EntityType("person", "a human"), EntityType("city")]),
        ("person: ~\ncity: null\n", [EntityType("person"), EntityType("city")]),
        (
            "- name: person\n  definition: a human\n  aliases: [human, 'no']\n  threshold: 0.4\n- city\n",
            [EntityType("person", "a human", ("human", "no"), 0.4), EntityType("city")],
        ),
        ("- {name: person, definition: null, aliases: ~, threshold: }", [EntityType("person")]),
        ("\ufeff- person\n", [EntityType("person")]),
    ],
)
def test_when_a_yaml_file_has_an_accepted_form_then_its_types_are_read(types_file, content, expected):
    assert load_types(types_file(content)) == TypeSet(tuple(expected))


def test_when_names_look_like_other_yaml_values_then_they_stay_as_written(types_file):
    content = "- no\n- on\n- 2024-01-01\n- 007\n- null\n- 1e3\n- Yes\n"
    assert load_types(types_file(content)).names == ("no", "on", "2024-01-01", "007", "null", "1e3", "Yes")
    assert load_types(types_file("no: off\n1.50: 3.10\n")) == TypeSet.of({"no": "off", "1.50": "3.10"})


def test_when_a_json_file_has_an_accepted_form_then_its_types_are_read(types_file):
    content = '{\n\t"person": "a \\"human\\" \\ud83d\\ude00\\/",\n\t"city": null}'
    assert load_types(types_file(content, "types.JSON")) == TypeSet.of(
        {"person": 'a "human" 😀/', "city": None}
    )


def test_when_a_path_has_folders_then_it_is_read_from_there(types_file, tmp_path):
    types_file("[person]")
    assert load_types(str(tmp_path / "types.yaml")).names == ("person",)


@pytest.mark.parametrize("spec", ["", " , "])
def test_when_no_name_is_given_then_the_list_is_empty(spec):
    with pytest.raises(TypesError, match="the type list is empty"):
        load_types(spec)


def test_when_a_name_is_given_twice_then_it_is_refused():
    with pytest.raises(TypesError, match="'Person' is named twice"):
        load_types("person,Person")


@pytest.mark.parametrize(
    "spec", ["missing.yaml", "missing.YML", "missing.json", "folder/missing", "a\0.yaml"]
)
def test_when_a_types_file_is_missing_then_the_message_names_it_and_the_alternative(types_file, spec):
    with pytest.raises(TypesError, match=r"cannot read the types file .*person,organization"):
        load_types(spec)


def test_when_a_file_of_another_kind_is_named_then_the_suffixes_are_told(types_file):
    with pytest.raises(TypesError, match=r"types.txt: a types file must end in .yaml, .yml, .json"):
        load_types(types_file("person", "types.txt"))


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("- person\n- city\n- Person\n", 3, "'Person' is named twice (first as 'person' on line 1)"),
        ("person: x\nperson: y\n", 2, "named twice"),
        ("- name: person\n  treshold: 0.4\n", 2, "unknown key 'treshold'; the keys are name, definition"),
        ("- name: person\n  name: city\n", 2, "the key 'name' is given twice"),
        ("- person\n- definition: x\n", 2, "without the key 'name'"),
        ("- person\n- [city]\n", 2, "a type must be a name or a mapping, got a list of 1"),
        ("- person\n-\n", 2, "non-empty string"),
        (
            "- name: person\n  threshold: high\n",
            2,
            "threshold of 'person' must be a number from 0 to 1, got 'high'",
        ),
        ("- name: person\n  threshold: 1.5\n", 2, "from 0 to 1, got '1.5'"),
        ("- name: person\n  threshold: .nan\n", 2, "from 0 to 1"),
        ("- name: person\n  aliases: human\n", 2, "aliases of 'person' must be a list of names, got 'human'"),
        ("- name: person\n  aliases:\n  - x\n  - {a: b}\n", 4, "an alias of 'person' must be text"),
        ("- name: [person]\n", 1, "a type's name must be text, got a list of 1"),
        (
            "person:\n  definition: x\n",
            2,
            "the definition of 'person' must be text, got a mapping with 1 keys",
        ),
        ("? [a]\n: x\n", 1, "a type's name must be text"),
        ("just words\n", 1, "must hold a list or a mapping, got 'just words'"),
        ("- person\n- 'city\n", 3, "not valid YAML"),
        ("- person\n--- \n- city\n", 2, "not valid YAML"),
        ("- person\n- *nobody\n", 2, "not valid YAML"),
        ("- person\n- ci\x01ty\n", 2, "U+0001 is not allowed"),
        (b"- person\n- caf\xe9\n", 2, "byte 0xe9 at offset 14 is not UTF-8"),
    ],
)
def test_when_a_yaml_file_is_wrong_then_the_message_names_file_and_line(types_file, content, line, message):
    with pytest.raises(TypesError) as caught:
        load_types(types_file(content))
    assert f"types.yaml, line {line}: " in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ('[\n"person",\n]', 3, "not valid JSON"),
        ('["person",\n "Person"]', 2, "named twice"),
        ('{"person": null,\n\t"city": ["x"]}', 2, "must be text, got a list"),
        ('[{"name": "person",\n "threshold": "high"}]', 2, "must be a number"),
        ('["person",\n"\\ud800"]', 2, "half of a surrogate pair"),
    ],
)
def test_when_a_json_file_is_wrong_then_the_message_names_file_and_line(types_file, content, line, message):
    with pytest.raises(TypesError) as caught:
        load_types(types_file(content, "types.json"))
    assert f"types.json, line {line}: " in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["types.yaml", "types.json"])
@pytest.mark.parametrize("content", ["", " \n", "[]", "{}", "null"])
def test_when_a_file_holds_no_type_then_the_list_is_empty(types_file, name, content):
    with pytest.raises(TypesError, match=f"{name}: the type list is empty; accepted: a list of names"):
        load_types(types_file(content, name))


@pytest.mark.parametrize("name", ["types.yaml", "types.json"])
def test_when_a_file_is_nested_very_deeply_then_it_is_refused(types_file, name):
    with pytest.raises(TypesError, match="nested too deeply"):
        load_types(types_file("[" * 5_000, name))


def test_when_anchors_would_multiply_then_nothing_is_expanded(types_file):
    lines = ["- &a0 [x, x]"] + [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    with pytest.raises(TypesError, match="line 1: a type must be a name or a mapping, got a list of 2"):
        load_types(types_file("\n".join(lines)))


def test_when_yaml_asks_for_an_object_then_none_is_made(types_file):
    (made,) = load_types(types_file("- !!python/object/apply:os.getcwd person\n"))
    assert made == EntityType("person")


def test_when_a_file_is_huge_then_it_is_refused(types_file):
    with pytest.raises(TypesError, match="at most"):
        load_types(types_file(b"- person\n" + b"#" * MAX_BYTES))


names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip)


@given(st.lists(names, min_size=1, max_size=5, unique_by=lambda name: name.strip().casefold()), st.booleans())
def test_when_any_names_are_written_as_json_then_they_are_read_back(tmp_path_factory, given_names, readable):
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(given_names, ensure_ascii=not readable), encoding="utf-8")
    assert load_types(str(path)).names == tuple(name.strip() for name in given_names)
