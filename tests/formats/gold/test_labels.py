"""Raw labels and the types asked."""

from __future__ import annotations

import pytest

from hybrid_ner.errors import UsageError
from hybrid_ner.formats.gold import GoldError, read_gold
from hybrid_ner.schema import TypeSet
from tests.formats.gold.samples import conversation, read, write

TYPES = TypeSet.of(["person", "work of art"])
CONLL = "Ada\tB-{}\nand\tO\nBob\tB-person\n"


def mentions(tmp_path, label: str, types=TYPES, **mapping: str):
    return read(write(tmp_path, "a.conll", CONLL.format(label)), types=types, mapping=mapping)


@pytest.mark.parametrize("label", ["work of art", "Work of Art", "work_of_art", "WORK-OF-ART"])
def test_when_a_label_is_a_type_s_name_but_for_case_and_separators_then_it_is_the_type(tmp_path, label):
    assert mentions(tmp_path, label) == [[("Ada", "work of art"), ("Bob", "person")]]


def test_when_a_label_is_mapped_then_it_is_the_type_it_is_mapped_to(tmp_path):
    assert mentions(tmp_path, "PER", PER="PERSON") == [[("Ada", "person"), ("Bob", "person")]]
    assert mentions(tmp_path, "PER", types=None, PER="human") == [[("Ada", "human"), ("Bob", "person")]]


def test_when_a_label_is_mapped_to_nothing_then_its_spans_are_left_out_and_counted(tmp_path):
    path = write(tmp_path, "a.conll", CONLL.format("PER"))
    (document,) = read_gold(path, types=TYPES, mapping={"PER": ""})
    assert [e.text for e in document.entities] == ["Bob"]
    assert document.extra == {"left_out": 1}


def test_when_a_label_is_unknown_then_line_label_and_types_are_named(tmp_path):
    with pytest.raises(GoldError, match=r"a\.conll, line 1: the label 'PER' is none of .*\(person, work of art\)"):
        mentions(tmp_path, "PER")


def test_when_a_label_could_be_several_types_then_it_is_refused(tmp_path):
    with pytest.raises(GoldError, match=r"line 1: the label 'work-of' could be any of \['work of', 'work_of'\]"):
        mentions(tmp_path, "work-of", types=TypeSet.of(["work of", "work_of", "person"]))
    found = mentions(tmp_path, "work_of", types=TypeSet.of(["work of", "work_of", "person"]))
    assert found == [[("Ada", "work_of"), ("Bob", "person")]]


def test_when_the_mapping_names_a_type_that_is_not_asked_then_it_is_refused(tmp_path):
    with pytest.raises(UsageError, match="'PER' is mapped to 'human', which is not asked; accepted: person, work"):
        mentions(tmp_path, "PER", PER="human")


def test_when_uniner_asked_of_other_types_without_finding_any_then_they_are_passed_over(tmp_path):
    path = write(tmp_path, "a.json", [conversation("Ada", person=["Ada"], planet=[])])
    (document,) = read_gold(path, types=TYPES)
    assert document.extra["asked"] == ("person",)
