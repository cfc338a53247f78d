"""Gazetteers merged into one walk find what each finds alone; boundaries moved by listed words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid_ner.rules.kinds.gazetteer import ListedNames, find_exact, plant
from hybrid_ner.rules.lists import NameLists
from hybrid_ner.rules.page import Clock, Page

WORDS = st.sampled_from(["a", "A", "b", "new", "New", "york", "-", "c"])
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(
    text=st.lists(WORDS, max_size=20).map(" ".join),
    lists=st.lists(st.tuples(st.lists(NAMES, min_size=1, max_size=5), st.booleans()), min_size=1, max_size=4),
)
def test_merged_lists_find_what_each_list_finds_alone(text, lists):
    made = {n: ListedNames(plant(tuple(names), case), case, 0.1 * n) for n, (names, case) in enumerate(lists)}
    merged = NameLists.of(made).find(Page(text), Clock(10))
    for number, names in made.items():
        alone = find_exact(
            Page(text), Clock(10), trie=names.trie, case_sensitive=names.case_sensitive, score=names.score
        )
        assert merged.get(number, []) == alone


def test_when_listed_names_are_made_to_take_long_then_the_list_is_stopped_named_and_others_go_on(
    engine_of, run, caplog
):
    bad, good = " ".join("a" * 3000), "Ada"
    engine = engine_of(
        f"- {{id: bad, kind: gazetteer, types: person, entries: [{bad} b]}}\n"
        f"- {{id: good, kind: gazetteer, types: person, entries: [{good}]}}",
        time_limit=0.02,
    )
    decisions = run(engine, " ".join("a" * 6000) + " Ada")
    assert [d.source for d in decisions] == ["rule:pack/good"]
    assert ["pack/bad" in record.getMessage() for record in caplog.records] == [True]


@pytest.mark.parametrize(
    ("rule", "mention", "result"),
    [
        ("kind: trim, first_words: [mr, the]", "the Mr Smith", "Smith"),
        ("kind: trim, last_words: [inc]", "Acme Inc", "Acme"),
        ("kind: trim, first_words: [smith]", "Smith", "Smith"),
        ("kind: trim, last_words: [s, \"'\"]", "Acme's", "Acme"),
        ("kind: trim, first_words: ['“'], last_words: ['”']", "“Acme”", "Acme"),
        ("kind: extend, words_before: [mr]", "Smith", "Mr Smith"),
        ("kind: extend, words_after: ['%', mg]", "5", "5 mg"),
        ("kind: extend, words_after: [mg], words_before: [of]", "Smith", "Smith"),
    ],
)
def test_listed_words_move_a_boundary(engine_of, run, rule, mention, result):
    text = "by the Mr Smith of Acme Inc and 5 mg of Acme's “Acme”"
    (decision,) = run(engine_of(f"- {{id: edge, {rule}}}"), text, [mention])
    assert text[decision.start : decision.end] == result
    assert decision.kept


def test_when_a_word_to_be_taken_in_stands_elsewhere_then_the_mention_stays(engine_of, run):
    (decision,) = run(engine_of("- {id: e, kind: extend, words_after: [mg]}"), "5 or mg", ["5"])
    assert (decision.start, decision.end, decision.steps) == (0, 1, ())
