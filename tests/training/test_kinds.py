"""Which type names are kinds of which."""

from __future__ import annotations

import pytest

pytest.importorskip("numpy")

from hybrid_ner.training.kinds import Kinds

ROWS = [
    {"type": "physicist", "is_a": "scientist", "lexfile": "person", "sense_rank": 1},
    {"type": "scientist", "is_a": "expert", "aliases": ["Researcher"], "lexfile": "person", "sense_rank": 1},
    {"type": "expert", "is_a": "person", "lexfile": "person", "sense_rank": 2},
    {"type": "expert", "is_a": "axe", "lexfile": "person", "sense_rank": 3},
    {"type": "scientist", "is_a": "circle", "lexfile": "shape", "sense_rank": 4},
    {"type": "person", "is_a": "token", "lexfile": "communication", "sense_rank": 1},
    {"type": "rock band", "is_a": "band"},
    {"type": "band", "is_a": "organization"},
    {"type": "loop", "is_a": "ring"},
    {"type": "ring", "is_a": "loop"},
    {"type": "oak"},
]


@pytest.fixture(scope="module")
def kinds():
    return Kinds(ROWS)


def test_when_links_follow_one_another_then_all_names_above_are_found(kinds):
    assert kinds.above("physicist") >= {"scientist", "expert", "person"}
    assert kinds.above("Rock Band") == {"band", "organization"}


def test_when_a_lexicographer_file_says_what_its_nouns_are_then_that_is_above_them(kinds):
    assert "human" in kinds.above("expert")


def test_when_a_link_leads_to_a_word_of_another_lexicographer_file_then_it_is_not_followed_further(kinds):
    assert "token" not in kinds.above("expert")


def test_when_a_sense_is_rare_then_it_says_nothing(kinds):
    assert kinds.above("scientist").isdisjoint({"circle", "axe"})


def test_when_a_name_is_an_alias_then_it_has_what_is_above_the_type(kinds):
    assert "expert" in kinds.above("researcher")


@pytest.mark.parametrize("name", ["nuclear physicist", "nuclear physicists", "physicist of note"])
def test_when_a_name_is_not_known_then_it_is_a_kind_of_its_head_word(kinds, name):
    assert kinds.above(name) >= {"physicist", "scientist"}


def test_when_links_go_round_then_a_name_is_not_above_itself(kinds):
    assert kinds.above("loop") == {"ring"}


def test_when_nothing_is_known_then_nothing_is_above(kinds):
    assert kinds.above("zorvex") == kinds.above("oak") == kinds.above("") == frozenset()
    assert Kinds(()).above("physicist") == frozenset()


def test_when_the_matrix_is_asked_then_rows_are_kinds_of_columns_whatever_the_case(kinds):
    names = ["Person", "physicist", "oak", "PERSON"]
    table = kinds.matrix(names)
    assert table.nonzero()[0].tolist() == [1, 1]
    assert table.nonzero()[1].tolist() == [0, 3]
