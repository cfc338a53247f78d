from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from evaluation.corpora import Sentence
from evaluation.errors import EXAMPLES, KINDS, SpanError, analyse, errors_of
from hybrid_ner.scoring import score

TEXT = "Ada Lovelace saw New York City and Paris"
ADA, YORK, PARIS = (0, 12, "person"), (17, 30, "city"), (35, 40, "city")


def test_when_spans_go_wrong_then_each_error_has_its_kind():
    gold = [ADA, YORK, PARIS, (13, 16, "act")]
    predicted = [(0, 12, "robot"), (17, 25, "city"), (34, 40, "person"), (31, 34, "act")]
    assert errors_of(gold, predicted) == [
        SpanError("type", ADA, (0, 12, "robot")),
        SpanError("boundary", YORK, (17, 25, "city")),
        SpanError("both", PARIS, (34, 40, "person")),
        SpanError("missed", (13, 16, "act"), None),
        SpanError("spurious", None, (31, 34, "act")),
    ]


def test_when_a_gold_span_is_found_then_a_second_one_over_it_is_spurious():
    assert errors_of([YORK], [YORK, (17, 25, "city")]) == [SpanError("spurious", None, (17, 25, "city"))]


def test_when_two_kinds_fit_then_the_same_span_with_another_type_goes_first():
    found = errors_of([YORK], [(17, 30, "state"), (17, 29, "city")])
    assert [e.kind for e in found] == ["type", "spurious"]


spans = st.frozensets(
    st.tuples(st.integers(0, 12), st.integers(1, 5), st.sampled_from("ab")).map(lambda s: (s[0], s[0] + s[1], s[2]))
)


@given(spans, spans)
def test_when_errors_are_sorted_then_every_wrong_span_is_in_exactly_one(gold, predicted):
    found = errors_of(gold, predicted)
    assert sorted(e.gold for e in found if e.gold) == sorted(gold - predicted)
    assert sorted(e.predicted for e in found if e.predicted) == sorted(predicted - gold)
    counts = score([gold], [predicted]).micro
    assert len([e for e in found if e.gold]) == counts.fn and len([e for e in found if e.predicted]) == counts.fp


def test_when_a_corpus_is_analysed_then_types_taken_for_one_another_are_counted():
    sentences = [Sentence(str(n), TEXT, frozenset({ADA, PARIS})) for n in range(3)]
    found = analyse(sentences, [[(0, 12, "robot"), PARIS], [(0, 3, "robot")], [(0, 12, "city")]])
    assert found["counts"] == {"missed": 2, "spurious": 0, "boundary": 0, "type": 2, "both": 1}
    assert found["confusion"] == {"person": {"robot": 2, "city": 1}}


def test_when_texts_are_not_asked_for_then_no_word_of_them_is_in_the_result():
    sentences = [Sentence("s1", TEXT, frozenset({ADA, PARIS}))]
    silent = json.dumps(analyse(sentences, [[(0, 3, "person")]]))
    assert "Ada" not in silent and "Paris" not in silent and "s1" in silent
    told = analyse(sentences, [[(0, 3, "person")]], texts=True)["examples"]
    assert told["boundary"][0]["gold"]["text"] == "Ada Lovelace" and told["missed"][0]["text"] == TEXT


def test_when_there_are_many_errors_then_examples_come_from_the_whole_corpus():
    sentences = [Sentence(str(n), TEXT, frozenset({ADA})) for n in range(5 * EXAMPLES)]
    examples = analyse(sentences, [[]] * len(sentences))["examples"]
    assert len(examples["missed"]) == EXAMPLES and int(examples["missed"][-1]["id"]) > 4 * EXAMPLES - 5
    assert set(examples) == set(KINDS)
