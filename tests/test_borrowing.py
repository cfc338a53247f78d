"""Definitions on loan: who lends, that it is shown, and that it can be switched off."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from hybrid_ner.borrowing import AMBIGUOUS, Lender, borrow_policy
from hybrid_ner.errors import UsageError
from hybrid_ner.extractor import HybridNER
from hybrid_ner.library import by_name, domain
from hybrid_ner.schema import EntityType, TypeSet
from tests.students.embedded import SENTENCE, TYPES, embedded


def lend(*types, policy="name", encoder=None):
    lent, loans = Lender(policy, encoder).lend(TypeSet.of(types))
    return lent, {loan.type: loan.lender for loan in loans}


def test_a_type_without_a_definition_borrows_by_name_or_alias_in_any_case():
    lent, lenders = lend("Disease", "medication", "my own thing")
    assert lenders == {"Disease": "medical/disease", "medication": "medical/drug"}
    assert lent.names == ("Disease", "medication", "my own thing")
    assert lent[0].definition == domain("medical").get("disease").definition
    assert lent[2] == EntityType("my own thing")


def test_what_a_type_says_itself_is_kept():
    own = EntityType("disease", "whatever I call one", threshold=0.4)
    assert lend(own) == (TypeSet.of([own]), {})
    bare = EntityType("zzz", aliases=("disease",), threshold=0.4)
    lent, lenders = lend(bare)
    assert lenders == {"zzz": "medical/disease"}
    assert (lent[0].name, lent[0].aliases, lent[0].threshold) == ("zzz", ("disease",), 0.4)


def test_when_several_domains_offer_then_the_one_that_lends_most_does():
    assert lend("quantity", "date")[1]["quantity"] == "general/quantity"
    recipe = lend("quantity", "unit", "dish", "taste")[1]
    assert recipe["quantity"] == "food/ingredient quantity"
    assert recipe["unit"] == "food/cooking unit"


def test_when_a_word_means_many_things_then_it_needs_company_of_its_domain():
    assert lend("role", "person")[1] == {"person": "general/person"}
    assert lend("role", "film")[1] == {"role": "film/role", "film": "film/film"}
    assert lend("role", "person", policy="nearest", encoder=Letters())[1] == {"person": "general/person"}
    assert set(by_name()) >= AMBIGUOUS - {"activity", "agent", "quality", "subject"}


def test_the_order_of_the_types_changes_no_loan():
    names = ["quantity", "unit", "dish", "date", "role", "person"]
    assert lend(*names)[1] == lend(*names[::-1])[1]


class Letters:
    """Counts letters: "spacecrafts" is near "spacecraft", and nothing else is."""

    fingerprint = "letters"

    def encode(self, texts):
        rows = np.array([[text.casefold().count(chr(97 + n)) for n in range(26)] + [0.1] for text in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_when_the_nearest_may_lend_then_it_does_if_it_is_near_enough():
    lent, loans = Lender("nearest", Letters()).lend(TypeSet.of(["spacecrafts", "qqqq", "disease"]))
    assert {loan.type: loan.lender for loan in loans} == {
        "spacecrafts": "astronomy/spacecraft",
        "disease": "medical/disease",
    }
    assert loans[0].similarity > 0.9 and loans[1].similarity is None
    assert lent[1].definition is None


def test_when_the_library_knows_a_wider_type_then_that_is_lent_too_unless_the_caller_says_otherwise():
    lent, _ = Lender("name").lend(TypeSet.of(["person", EntityType("politician", "Holds office.")]))
    assert (lent[1].is_a, lent[1].definition) == ("person", "Holds office.")
    own = EntityType("person", is_a="politician")
    assert Lender("name").lend(TypeSet.of([own, "politician"]))[0].get("politician").is_a is None


def test_when_nothing_is_to_be_lent_then_types_are_as_they_were():
    types = TypeSet.of(["disease"])
    assert Lender("no").lend(types) == (types, ())
    with pytest.raises(UsageError, match="'maybe'; accepted: no, name, nearest"):
        Lender("maybe")
    with pytest.raises(UsageError, match="'maybe'"):
        HybridNER.load(borrow="maybe")


def test_the_two_switches_of_the_command_line_agree_or_are_refused():
    assert [borrow_policy(None, False), borrow_policy("no", True), borrow_policy("nearest", False)] == [
        "name",
        "no",
        "nearest",
    ]
    with pytest.raises(UsageError, match="contradict"):
        borrow_policy("name", True)


def test_loans_are_shown_in_decisions_and_log_without_the_document(caplog):
    ner = HybridNER(embedded().student, embedded().rules, lender=Lender("name"))
    with caplog.at_level(logging.INFO, logger="hybrid_ner"):
        document = ner.extract(SENTENCE, TYPES, explain=True, threshold=0.1)
    assert "'person' borrows the definition of 'general/person': Name of an individual" in caplog.text
    assert not any(word in caplog.text for word in ("Curie", "Warsaw", "Paris"))
    person = next(d for d in document.decisions if d.type == "person")
    assert (person.steps[0].stage, person.steps[0].detail) == ("library", "the definition of general/person")
    assert [v.view for v in person.proposal.views] == ["name", "definition"]
    assert "individual human being" in person.proposal.views[1].query
    plain = HybridNER(embedded().student, embedded().rules).extract(SENTENCE, TYPES, explain=True)
    assert all(d.steps[0].stage != "library" for d in plain.decisions if d.steps)
