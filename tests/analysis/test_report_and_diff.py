"""What rules are worth on labelled data, and what another pack would change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hybrid_ner.analysis.diff import diff
from hybrid_ner.analysis.report import report
from hybrid_ner.extractor import HybridNER
from hybrid_ner.rules import load_packs
from hybrid_ner.schema import Document, Entity, TypeSet
from tests.fakes import CapitalsStudent

TYPES = TypeSet.of(["person", "city"])
RULES = """
rules:
  - {id: no-the, kind: reject, words: [The]}
  - {id: no-ada, kind: reject, types: person, words: [Ada]}
  - {id: towns, kind: gazetteer, types: city, entries: [rome, The], score: 0.95}
  - {id: never, kind: reject, words: [Zzz]}
  - {id: drugs, kind: reject, types: drug, words: [x]}
"""


@pytest.fixture
def packed(tmp_path):
    def build(rules):
        path = tmp_path / "own.yaml"
        path.write_text(rules, encoding="utf-8")
        return HybridNER(CapitalsStudent(), load_packs([path]))

    return build


def gold(text, *mentions):
    entities = tuple(Entity(text.index(m), text.index(m) + len(m), m, name, 1.0) for m, name in mentions)
    return Document(text, entities, id=text)


DOCUMENTS = [
    gold("The Bob sees Ada in rome", ("Bob", "person"), ("Ada", "person"), ("rome", "city")),
    gold("Ada sleeps", ("Ada", "person")),
    gold("Bob sleeps", ("Bob", "person")),
]


def test_a_report_says_what_each_rule_did_and_what_it_was_worth(packed):
    made = report(packed(RULES), DOCUMENTS, TYPES)
    rules = {rule.label.partition("/")[2]: rule for rule in made.rules}
    assert made.f1 == pytest.approx(100 * 2 * 3 / (3 + 5))
    assert (rules["no-ada"].right, rules["no-ada"].wrong, rules["no-ada"].documents) == (0, 2, 2)
    assert rules["no-ada"].accuracy == 0
    assert rules["no-ada"].gain == pytest.approx(made.f1 - 100)
    assert (rules["towns"].right, rules["towns"].wrong) == (1, 0)
    assert rules["towns"].gain > 0
    assert (rules["no-the"].right, rules["no-the"].wrong) == (1, 0)
    assert (rules["never"].status, rules["drugs"].status) == ("dead", "skipped")
    assert made.touched == 5 and made.candidates == 12


def test_a_report_names_rules_that_oppose_one_another(packed):
    made = report(packed(RULES), DOCUMENTS, TYPES)
    assert made.conflicts == (("own/towns", "own/no-the", 1),)
    assert made.overlaps == (("own/no-the", "own/towns", 1),)


def test_a_diff_says_what_changes_where_and_why(packed):
    old, new = (
        packed(RULES).rules,
        packed("rules:\n  - {id: to-city, kind: relabel, from: person, to: city, words: Bob}").rules,
    )
    ner = replace(packed(RULES), rules=load_packs(()))
    changes = {document.text: found for document, found in diff(ner, old, new, DOCUMENTS, TYPES)}
    (added,) = changes["Ada sleeps"]
    assert (added.kind, added.text, added.before, added.after) == ("added", "Ada", None, (0, 3, "person"))
    (other,) = changes["Bob sleeps"]
    assert (other.kind, other.before, other.after) == ("type", (0, 3, "person"), (0, 3, "city"))
    assert other.why.startswith("own/to-city: ")
    removed = next(change for change in changes[DOCUMENTS[0].text] if change.kind == "removed")
    assert (removed.text, removed.why) == ("rome", "no one proposes it")


def test_a_diff_of_a_pack_with_itself_is_empty_and_unreadable_documents_pass(packed):
    ner = packed(RULES)
    documents = [*DOCUMENTS, Document("", error="broken", id="x")]
    found = list(diff(ner, ner.rules, ner.rules, documents, TYPES))
    assert [changes for _, changes in found] == [[], [], [], []]
    assert found[-1][0].error == "broken"
