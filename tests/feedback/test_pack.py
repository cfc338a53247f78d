"""The pack made of corrections: exact, counted, and with the last word over every other rule."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid_ner.extractor import HybridNER
from hybrid_ner.feedback.corrections import Correction
from hybrid_ner.feedback.pack import pack_yaml, rulings
from hybrid_ner.rules import load_packs
from hybrid_ner.rules.pack import load_pack
from hybrid_ner.schema import EntityType
from tests.fakes import CapitalsStudent


def said(verdict, text, name="drug", to=None, document="n1", start=0):
    return Correction(document, start, start + len(text), text, name, verdict, to)


def ruled(*corrections):
    return [(r.verdict, r.mention, r.type, r.to, r.support, r.against) for r in rulings(corrections)]


def extract(tmp_path, corrections, text, types, *, rules=("default",), **options):
    path = tmp_path / "review.yaml"
    path.write_text(pack_yaml(rulings(corrections), "review"), encoding="utf-8")
    document = HybridNER(CapitalsStudent(), load_packs((*rules, path))).extract(text, types, **options)
    return [(e.text, e.type) for e in document.entities], document


def test_a_rejected_mention_stays_rejected_and_its_neighbours_are_kept(tmp_path):
    found, document = extract(tmp_path, [said("rejected", "Pill")], "Pill and Aspirin, no Pill", ["drug"], explain=True)
    assert found == [("Aspirin", "drug")]
    dropped = [d for d in document.decisions if not d.kept]
    assert len(dropped) == 2
    assert all("review/rejected-drug: mention is a listed word" in d.reason for d in dropped)


def test_an_added_mention_is_found_again_whatever_other_packs_cut_or_reject(tmp_path):
    # The default pack cuts the article and drops function words.
    corrections = [said("added", "the Hague", "city"), said("added", "or", "operator word")]
    types = [EntityType("city", threshold=1.0), "operator word"]
    found, document = extract(tmp_path, corrections, "to the Hague or home", types, explain=True)
    assert found == [("the Hague", "city"), ("or", "operator word")]
    assert document.decisions[0].source == "rule:review/added-city"


def test_an_added_mention_goes_before_what_the_student_says_of_it(tmp_path):
    found, _ = extract(tmp_path, [said("added", "Paris", "city")], "Paris, Rome", ["person", "city"])
    assert found == [("Paris", "city"), ("Rome", "person")]


def test_a_relabelled_mention_is_relabelled(tmp_path):
    corrections = [said("relabelled", "Paris", "person", "city")]
    found, _ = extract(tmp_path, corrections, "Paris, Rome", ["person", "city"])
    assert found == [("Paris", "city"), ("Rome", "person")]


def test_what_another_pack_proposes_is_rejected_all_the_same(tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(
        "rules: [{id: a, kind: relabel, from: person, to: city, words: [Ada]}]", encoding="utf-8"
    )
    corrections = [said("rejected", "Ada", "city")]
    assert extract(tmp_path, corrections, "Ada", ["person", "city"], rules=(other,))[0] == []


def test_spelling_and_type_are_taken_exactly(tmp_path):
    corrections = [said("rejected", "Pill")]
    assert extract(tmp_path, corrections, "PILL Pill", ["drug"])[0] == [("PILL", "drug")]
    assert extract(tmp_path, corrections, "Pill", ["thing"])[0] == [("Pill", "thing")]
    assert extract(tmp_path, corrections, "Pill", ["Drug"])[0] == []


def test_the_majority_decides_and_support_is_counted():
    often = [said("rejected", "Pill", document=f"n{n}") for n in range(3)]
    assert ruled(*often, said("accepted", "Pill", document="n9")) == [("rejected", "Pill", "drug", None, 3, 1)]
    assert ruled(said("accepted", "Aspirin")) == []
    assert ruled(said("accepted", "A"), said("added", "A", document="n2")) == [("added", "A", "drug", None, 2, 0)]
    torn = ruled(said("rejected", "A"), said("added", "A", document="n2"))
    assert torn == [("contradicted", "A", "drug", None, 1, 1)]


def test_a_mention_is_relabelled_only_where_most_who_say_it_is_wrong_agree_on_what_it_is():
    city, film = said("relabelled", "P", to="city"), said("relabelled", "P", to="film", document="n2")
    assert ruled(city, said("relabelled", "P", to="city", document="n3"), film) == [
        ("relabelled", "P", "drug", "city", 2, 1)
    ]
    assert ruled(city, film) == [("rejected", "P", "drug", None, 2, 0)]
    assert ruled(city, said("rejected", "P", document="n4")) == [("rejected", "P", "drug", None, 2, 0)]


def test_a_pack_says_in_comments_what_each_entry_rests_on():
    made = pack_yaml(rulings([said("rejected", "Pill", document=f"n{n}") for n in range(5)]), "review")
    assert '      - "Pill"  # support: 5; in "n0", "n1", "n2" and 2 more' in made


def test_when_nothing_was_wrong_then_the_pack_is_empty_and_changes_nothing(tmp_path):
    assert extract(tmp_path, [said("accepted", "Ada", "person")], "Ada", ["person"])[0] == [("Ada", "person")]


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6).filter(str.strip)
corrections = st.builds(
    lambda verdict, *rest: said(verdict, *rest[:2], "city" if verdict == "relabelled" else None, rest[2]),
    st.sampled_from(["accepted", "rejected", "added", "relabelled"]),
    words,
    words,
    words,
)


@settings(max_examples=60)
@given(st.lists(corrections, max_size=5))
def test_whatever_mentions_types_and_documents_are_called_the_pack_can_be_loaded(tmp_path_factory, made):
    path = tmp_path_factory.mktemp("packs") / "review.yaml"
    found = rulings(made)
    path.write_text(pack_yaml(found, "review"), encoding="utf-8")
    pack = load_pack(path)
    assert pack.overlay
    kinds = {(r.verdict, r.type, r.to) for r in found if r.verdict != "contradicted"}
    assert len(pack.rules) == len(kinds)


@pytest.mark.parametrize("mention", ["yes", "1984", "~", "a: b", "- x", "#1", "'q'", '"q"', "{a}", "x\ty", "%", "\\n"])
def test_mentions_that_yaml_would_take_for_something_else_stay_mentions(tmp_path, mention):
    path = tmp_path / "review.yaml"
    path.write_text(pack_yaml(rulings([said("added", mention)]), "review"), encoding="utf-8")
    document = HybridNER(CapitalsStudent(), load_packs((path,))).extract(f"say {mention} now", ["drug"])
    assert [e.text for e in document.entities] == [mention]
