"""`adapt`: labelled sentences move a type's vector, so that a name that says nothing comes to mean what was marked."""

from __future__ import annotations

import dataclasses
import logging

import numpy as np
import pytest

from hybrid_ner.analysis.diff import diff
from hybrid_ner.errors import RulePackError, UsageError
from hybrid_ner.extractor import HybridNER
from hybrid_ner.fitting import fit, pack_text
from hybrid_ner.fitting.adapt import ID
from hybrid_ner.rules import load_packs
from hybrid_ner.rules.kinds.adapt import encoded
from hybrid_ner.schema import Decision, Document, Entity, TypeSet, from_dict, to_dict
from tests.students.embedded import embedded

PLACES = ("Warsaw", "Lisbon", "Nairobi", "Toronto", "Kyoto", "Lima", "Oslo", "Cairo", "Perth", "Quito")
PEOPLE = ("Marie Curie", "Alan Turing", "Rosa Parks", "Ada Lovelace", "Carl Gauss")
VERBS = ("lived in", "moved to", "was seen in", "wrote from", "never left", "returned to")
TYPES = TypeSet.of(["zorb", "person"])
NEW = ["Emma Noether taught in Göttingen.", "The ship reached Valparaiso before Grace Hopper left Boston."]


def labelled(count: int) -> list[Document]:
    made = []
    for number in range(count):
        person, verb, place = (of[number % len(of)] for of in (PEOPLE, VERBS, PLACES))
        text = f"{person} {verb} {place}."
        at = text.index(place)
        entities = (
            Entity(0, len(person), person, "person", 1.0),
            Entity(at, at + len(place), place, "zorb", 1.0),
        )
        made.append(Document(text, entities, id=str(number)))
    return made


@pytest.fixture(scope="module")
def ner() -> HybridNER:
    return dataclasses.replace(embedded(), rules=load_packs(()), repeat=False)


@pytest.fixture(scope="module")
def pack(ner, tmp_path_factory):
    fitted = fit(ner, labelled(20), TYPES, quote=False)
    path = tmp_path_factory.mktemp("fit") / "zorbs.yaml"
    path.write_text(pack_text(fitted, "zorbs", source="letters.jsonl"), encoding="utf-8")
    return path


def with_pack(ner, path):
    return dataclasses.replace(ner, rules=load_packs([path]))


def names(ner, text, types=TYPES):
    return {(e.text, e.type) for e in ner.extract(text, types).entities}


def test_when_sentences_are_learned_from_then_names_that_were_in_none_are_found(ner, pack):
    adapted = with_pack(ner, pack)
    places = {text for new in NEW for text, kind in names(adapted, new) if kind == "zorb"}
    assert {"Göttingen", "Valparaiso", "Boston"} <= places
    assert not {kind for new in NEW for _, kind in names(ner, new)} & {"zorb"}
    assert ("Grace Hopper", "person") in names(adapted, NEW[1])


def test_an_adapted_score_says_what_it_was_without_the_rule(ner, pack):
    document = with_pack(ner, pack).extract(NEW[0], TYPES, explain=True)
    found = next(d for d in document.decisions if d.type == "zorb" and d.kept)
    plain = next(p for p in next(ner.student.propose([NEW[0]], TYPES)) if (p.start, p.type) == (found.start, "zorb"))
    label, without = found.proposal.adapted
    assert (label, without) == (f"zorbs/{ID}", pytest.approx(plain.score, abs=2e-4))
    assert found.proposed_score > without
    assert f"zorbs/{ID}: {without:.3f} -> {found.proposed_score:.3f}" in {s.detail for s in found.steps}
    assert from_dict(Decision, to_dict(found)) == found


def test_the_order_of_types_changes_nothing(ner, pack):
    adapted = with_pack(ner, pack)
    turned = TypeSet(tuple(reversed(TYPES.types)))
    assert [names(adapted, new) for new in NEW] == [names(adapted, new, turned) for new in NEW]


def test_when_a_pack_was_learned_with_another_student_then_it_is_said_and_the_rule_skipped(ner, pack, tmp_path, caplog):
    other = tmp_path / "other.yaml"
    other.write_text(pack.read_text("utf-8").replace(ner.student.fingerprint, "another"), encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        types = with_pack(ner, other).adapted(TYPES)
    assert all(t.adaptation is None for t in types)
    assert f"other/{ID}" not in caplog.text
    assert f"zorbs/{ID} is skipped: it was learned with another student" in caplog.text


def test_when_a_changed_pack_adapts_then_a_dry_run_shows_what_it_changes(ner, pack):
    runs = diff(ner, load_packs(()), load_packs([pack]), [Document(NEW[0])], TYPES)
    changes = [change for _, found in runs for change in found]
    assert ("Göttingen", "zorb") in {(change.text, change.after[2]) for change in changes if change.after}


@pytest.mark.parametrize(
    ("vectors", "types", "message"),
    [
        ("{zorb: 'no base64!'}", "zorb", "the vector of 'zorb' is no base64 of finite half-precision numbers"),
        ("{zorb: " + encoded(np.array([np.inf], "<f2").tobytes()) + "}", "zorb", "no base64 of finite"),
        ("{zorb: AAAA}", "zorb", "no base64 of finite half-precision"),
        ("{zorb: AAA=}", "[zorb, city]", "a vector for each of its types, and for no other; see city"),
        ("{zorb: AAA=, city: AAAAAA==}", "[zorb, city]", "the vectors differ in length"),
        ("[zorb]", "zorb", "vectors must be a mapping from words to strings"),
    ],
)
def test_a_broken_rule_is_refused_with_its_place(tmp_path, vectors, types, message):
    path = tmp_path / "bad.yaml"
    path.write_text(f"rules:\n- id: a\n  kind: adapt\n  types: {types}\n  student: s\n  vectors: {vectors}\n", "utf-8")
    with pytest.raises(RulePackError, match=message) as error:
        load_packs([path])
    assert "bad.yaml, line" in str(error.value)


def test_when_vectors_are_of_another_size_then_the_rule_is_named(ner, tmp_path):
    path = tmp_path / "short.yaml"
    fields = f"types: zorb\n  student: {ner.student.fingerprint}\n  vectors: {{zorb: AAA=}}"
    path.write_text(f"rules:\n- id: a\n  kind: adapt\n  {fields}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"rule short/a: its vectors have 1 numbers; accepted: \d{3}"):
        with_pack(ner, path).extract(NEW[0], TYPES)
