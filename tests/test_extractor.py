"""HybridNER: what goes in, what comes out, in which order, and what is said of what cannot be done."""

from __future__ import annotations

import itertools
import logging

import pytest

from hybrid_ner.borrowing import Lender
from hybrid_ner.errors import InputError, RulePackError, TypesError, UsageError
from hybrid_ner.extractor import HybridNER
from hybrid_ner.rules import load_packs
from hybrid_ner.schema import Document, EntityType, Proposal, TypeSet
from tests.fakes import CapitalsStudent
from tests.students.embedded import SENTENCE, TYPES, embedded, found


@pytest.fixture(scope="module")
def ner():
    """The pipeline around a student that takes every capitalised word for the first type."""
    return HybridNER(CapitalsStudent(), load_packs(()))


@pytest.fixture(scope="module")
def real():
    return embedded()


def texts_of(document):
    return [(e.text, e.type) for e in document.entities]


def test_the_embedded_student_finds_a_person_a_place_and_an_organization(real):
    assert texts_of(real.extract(SENTENCE, TYPES)) == [
        ("Marie Curie", "person"),
        ("Warsaw", "location"),
        ("University of Paris", "organization"),
    ]


def test_when_nothing_else_is_loaded_then_the_embedded_student_and_the_default_rules_are(real):
    assert real.student.name == "mini"
    assert real.use_index
    assert real.repeat


@pytest.mark.parametrize(
    "types",
    [
        ["person", "location"],
        ("location", "person"),
        {"person": "a human being, by name", "location": None},
        [EntityType("person"), "location"],
        TypeSet.of(["person", "location"]),
        (name for name in ("person", "location")),
    ],
)
def test_types_may_be_given_in_every_accepted_form(real, types):
    assert ("Marie Curie", "person") in texts_of(real.extract(SENTENCE, types))


def test_when_one_type_is_asked_then_only_it_is_found(real):
    assert {type_name for _, type_name in texts_of(real.extract(SENTENCE, "person"))} == {"person"}


def test_when_thresholds_rise_then_entities_only_go(real):
    kept = [set(found(real.extract(SENTENCE, TYPES, threshold=bar, overlap="all"))) for bar in (0.1, 0.5, 0.9, 1.0)]
    assert kept[0] >= kept[1] >= kept[2] >= kept[3] == set()


def test_when_a_type_has_a_threshold_then_it_goes_before_the_one_asked_for(real):
    types = [EntityType("person", threshold=1.0), "location"]
    assert {e.type for e in real.extract(SENTENCE, types, threshold=0.2).entities} == {"location"}


def test_entities_stand_in_the_order_of_the_text_and_their_scores_in_the_unit_interval(real):
    document = real.extract("IBM hired Ada. " + SENTENCE, TYPES, overlap="all", threshold=0.1)
    places = [(e.start, -e.end, e.type) for e in document.entities]
    assert places == sorted(places)
    assert all(0 <= e.score <= 1 for e in document.entities)


def test_when_overlap_is_flat_no_entities_overlap_and_when_nested_none_cross(real):
    def pairs(overlap):
        spans = [(e.start, e.end) for e in real.extract(SENTENCE, TYPES, threshold=0.1, overlap=overlap).entities]
        return list(itertools.combinations(spans, 2))

    assert pairs("flat")
    assert all(a[1] <= b[0] or b[1] <= a[0] for a, b in pairs("flat"))
    assert not any(a[0] < b[0] < a[1] < b[1] or b[0] < a[0] < b[1] < a[1] for a, b in pairs("nested"))


def test_when_repeat_is_off_then_mentions_are_not_looked_for_again():
    class Once:
        name, threshold = "once", 0.5

        def propose(self, texts, types):
            return ([p for p in proposals if p.start == 0] for proposals in CapitalsStudent().propose(texts, types))

    text = "Ada met Bob; Ada left."
    assert texts_of(HybridNER(Once(), load_packs(())).extract(text, "name")) == [("Ada", "name")] * 2
    assert texts_of(HybridNER(Once(), load_packs(()), repeat=False).extract(text, "name")) == [("Ada", "name")]


def test_when_the_index_is_off_then_types_that_claim_one_span_are_left_to_consolidation(ner):
    def stages(use_index):
        pipeline = HybridNER(ner.student, ner.rules, use_index)
        document = pipeline.extract("Ada", ["a", "b"], explain=True)
        assert texts_of(document) == [("Ada", "a")]
        return {step.stage for decision in document.decisions for step in decision.steps}

    assert "index" in stages(True)
    assert "index" not in stages(False)


def test_documents_keep_their_id_and_extra_fields_and_stay_in_order(ner):
    documents = [Document(f"Ada {n}", id=n, extra={"n": n}) for n in range(9)]
    results = list(ner.extract_many(documents, "name", batch_size=4))
    assert [(d.id, dict(d.extra), d.text) for d in results] == [(n, {"n": n}, f"Ada {n}") for n in range(9)]
    assert all(texts_of(d) == [("Ada", "name")] for d in results)


def test_when_a_document_has_results_already_then_they_are_replaced(ner):
    old = ner.extract("Ada and Bob", "name", explain=True)
    assert texts_of(next(ner.extract_many([old], "other"))) == [("Ada", "other"), ("Bob", "other")]
    assert next(ner.extract_many([old], "other")).decisions == ()


def test_when_texts_are_many_then_no_more_than_a_batch_is_read_ahead(ner):
    read = []

    def source():
        for n in itertools.count():
            read.append(n)
            yield f"Ada {n}"

    results = ner.extract_many(source(), "name", batch_size=5)
    assert read == []
    next(results)
    assert len(read) == 5
    for _ in range(5):
        next(results)
    assert len(read) == 10


def test_when_there_are_no_texts_then_there_are_no_documents(real):
    assert list(real.extract_many([], TYPES)) == []


@pytest.mark.parametrize("text", ["", " ", "\n\n\t\u2028"])
def test_when_a_text_is_blank_then_it_has_no_entities_and_no_error(real, text):
    assert real.extract(text, TYPES, explain=True) == Document(text)


@pytest.mark.parametrize(("bad", "part"), [("a\ud800b", "surrogate"), (None, "NoneType"), (b"Ada", "bytes")])
def test_when_a_text_cannot_be_read_then_it_alone_comes_back_with_an_error(ner, real, bad, part):
    for extractor in (ner, real):
        documents = [
            Document("Ada Lovelace", id=1),
            Document(bad, id=2, extra={"k": 1}),
            Document("Ada Lovelace", id=3),
        ]
        results = list(extractor.extract_many(documents, "person"))
        assert [d.id for d in results] == [1, 2, 3]
        assert [d.error is None for d in results] == [True, False, True]
        assert part in results[1].error
        assert (results[1].entities, dict(results[1].extra)) == ((), {"k": 1})
        assert results[0].entities == results[2].entities != ()


def test_when_a_document_came_with_an_error_then_it_goes_through_as_it_is(ner):
    unreadable = Document("", id="x", error="bad bytes")
    assert list(ner.extract_many(["Ada", unreadable], "name"))[1] is unreadable


def test_when_one_text_cannot_be_read_then_extract_raises(real):
    with pytest.raises(InputError, match="surrogate"):
        real.extract("\udfff", TYPES)
    with pytest.raises(TypeError, match="got int"):
        real.extract(7, TYPES)


@pytest.mark.parametrize("texts", ["Ada Lovelace", Document("Ada")])
def test_when_one_text_is_given_for_many_then_it_is_not_read_letter_by_letter(ner, texts):
    with pytest.raises(TypeError, match=r"extract\(\)"):
        ner.extract_many(texts, "name")


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"threshold": 1.01}, "1.01"),
        ({"threshold": -0.1}, "-0.1"),
        ({"threshold": float("nan")}, "nan"),
        ({"threshold": "0.5"}, "'0.5'"),
        ({"overlap": "some"}, "'some'; accepted: flat, nested, all"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"batch_size": 2.5}, "batch_size is 2.5"),
    ],
)
def test_when_an_option_is_bad_then_the_call_itself_says_so_with_the_value(ner, options, part):
    with pytest.raises(UsageError, match=part):
        ner.extract_many(["Ada"], "name", **options)


@pytest.mark.parametrize("types", [[], ["a", "A"], [3], [""]])
def test_when_types_cannot_be_used_then_the_call_itself_says_so(ner, types):
    with pytest.raises(TypesError):
        ner.extract_many(["Ada"], types)


def test_when_a_rule_pack_does_not_exist_then_loading_fails_with_its_name():
    with pytest.raises(RulePackError, match="no-such-pack"):
        HybridNER.load(rules=["no-such-pack"])


def test_when_rules_are_none_then_the_default_pack_works_and_when_empty_none_does(real):
    text = "Write to ada@example.org, please."
    without = HybridNER.load(rules=(), cache=False)
    assert without.rules.packs == ()
    assert ("ada@example.org", "email") in texts_of(real.extract(text, "email"))
    trails = [
        {step.stage for decision in ner.extract(text, "email", explain=True).decisions for step in decision.steps}
        for ner in (real, without)
    ]
    assert ["rules" in trail for trail in trails] == [True, False]


def test_nothing_of_a_document_is_in_the_log_not_even_at_debug(real, caplog):
    ner = HybridNER(real.student, real.rules, lender=Lender("name"))
    with caplog.at_level(logging.DEBUG, logger="hybrid_ner"):
        document = ner.extract(SENTENCE, ["person", "disease", "zzz"], explain=True, threshold=0.1)
    assert document.decisions
    assert "hybrid_ner" in {record.name.partition(".")[0] for record in caplog.records}
    assert not any(word in caplog.text for word in ("Marie", "Curie", "Warsaw", "University", "Paris"))


def test_every_decision_of_the_student_says_which_view_proposed_it_with_which_scores(real):
    types = [EntityType("person", "a human being, by name", ("human",)), "location"]
    decisions = real.extract(SENTENCE, types, explain=True, threshold=0.1).decisions
    assert {d.type for d in decisions} == {"person", "location"}
    for d in decisions:
        assert d.proposed_score == d.proposal.score
        assert 0 < d.proposal.raw < 1
        assert d.proposal.view
        asked = [v.view for v in d.proposal.views]
        borrows = d.proposal.type == "location"
        assert asked == (["name", "definition"] if borrows else ["name", "alias", "definition"])


class TwoTypes:
    """Claims the first word for two types, the second just behind the first."""

    name, threshold = "two", 0.5

    def propose(self, texts, types):
        for text in texts:
            end = len(text.split()[0])
            yield [Proposal(0, end, "singer", 0.8), Proposal(0, end, "artist", 0.7)]


@pytest.mark.parametrize(
    ("close_calls", "margin", "overlap", "expected"),
    [
        ("best", 0.2, "flat", {"singer"}),
        ("best", 0.2, "all", {"singer", "artist"}),
        ("both", 0.2, "all", {"singer", "artist"}),
        ("both", 0.05, "all", {"singer"}),
        ("both", 0.2, "flat", {"singer"}),
        ("abstain", 0.2, "flat", set()),
        ("abstain", 0.05, "flat", {"singer"}),
    ],
)
def test_when_types_come_too_close_to_call_then_what_was_asked_for_happens(close_calls, margin, overlap, expected):
    ner = HybridNER(TwoTypes(), load_packs(()), close_calls=close_calls, margin=margin)
    document = ner.extract("Adele sings .", ["singer", "artist"], overlap=overlap)
    assert {e.type for e in document.entities} == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"close_calls": "fair"}, "'fair'; accepted: best, both, abstain"),
        ({"margin": 1.5}, "from 0 to 1, got 1.5"),
    ],
)
def test_when_close_calls_are_to_be_settled_in_an_unknown_way_then_nothing_is_loaded(options, message):
    with pytest.raises(UsageError, match=message):
        HybridNER.load("no such student", **options)
