from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.corpora import Sentence
from hybrid_ner.scoring import Counts, ScoringError, align, proposal_recall, score

TYPES = ("person", "city", "drug")


def test_when_spans_differ_in_start_end_or_type_then_they_are_errors():
    gold = [{(0, 3, "city"), (4, 8, "person"), (9, 12, "drug")}]
    predicted = [{(0, 3, "city"), (4, 7, "person"), (9, 12, "city")}]
    scores = score(gold, predicted)
    assert scores.micro == Counts(tp=1, fp=2, fn=2)
    assert scores.boundary == Counts(tp=2, fp=1, fn=1)
    assert scores.per_type == {"city": Counts(1, 1, 0), "drug": Counts(0, 0, 1), "person": Counts(0, 1, 1)}
    assert scores.micro.f1 == pytest.approx(1 / 3)
    assert scores.macro_f1 == pytest.approx((2 / 3) / 3)


def test_when_a_span_is_given_twice_then_it_counts_once():
    scores = score([[(0, 3, "city"), (0, 3, "city")]], [[(0, 3, "city"), (0, 3, "city")]])
    assert scores.micro == Counts(1, 0, 0)


def test_when_a_span_has_two_types_then_its_boundary_counts_once():
    assert score([{(0, 3, "city"), (0, 3, "drug")}], [{(0, 3, "city")}]).boundary == Counts(1, 0, 0)


def test_when_nothing_is_predicted_or_gold_then_ratios_are_zero():
    assert Counts().to_dict() == {"tp": 0, "fp": 0, "fn": 0, "precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert score([set()], [set()]).macro_f1 == 0.0


def test_when_the_number_of_sentences_differs_then_it_is_an_error():
    with pytest.raises(ScoringError, match="1 sentences with gold spans but 2"):
        score([set()], [set(), set()])


def test_when_the_gold_span_is_a_candidate_then_the_proposal_recall_counts_it():
    gold = [{(0, 3, "city"), (4, 8, "person")}]
    assert proposal_recall(gold, [{(0, 3, "city"), (4, 8, "drug"), (1, 2, "drug")}]) == {
        "typed": 50.0,
        "boundary": 100.0,
    }


SENTENCES = (Sentence("a", "Paris is far", frozenset()), Sentence("b", "Oslo", frozenset()))


def test_when_predictions_come_in_another_order_then_they_are_aligned_by_id():
    aligned = align(SENTENCES, {"b": [(0, 4, "city")], "a": []}, TYPES)
    assert aligned == [frozenset(), {(0, 4, "city")}]


@pytest.mark.parametrize(
    ("predictions", "message"),
    [
        ({"a": []}, r"1 missing \(first: \['b'\]\)"),
        ({"a": [], "b": [], "c": []}, r"1 unknown \(first: \['c'\]\)"),
        ({"a": [], "b": [(0, 5, "city")]}, r"'b': predicted span \[0, 5\)"),
        ({"a": [], "b": [(0, 4, "river")]}, "type 'river'"),
    ],
)
def test_when_predictions_do_not_fit_the_sentences_then_the_error_names_them(predictions, message):
    with pytest.raises(ScoringError, match=message):
        align(SENTENCES, predictions, TYPES)


LENGTH = 8
REPEATABLE = settings(deadline=None, derandomize=True, max_examples=40)


@st.composite
def flat_sentence(draw):
    """Flat spans over LENGTH one-letter tokens, as (first token, end token, type)."""
    cuts = draw(st.lists(st.integers(0, LENGTH), unique=True, max_size=6).map(sorted))
    pairs = list(itertools.pairwise(cuts))
    return {(a, b, draw(st.sampled_from(TYPES))) for a, b in pairs if draw(st.booleans())}


SENTENCE_LISTS = st.lists(st.tuples(flat_sentence(), flat_sentence()), min_size=1, max_size=5)


def bio(spans) -> list[str]:
    tags = ["O"] * LENGTH
    for start, end, name in spans:
        tags[start:end] = [f"B-{name}"] + [f"I-{name}"] * (end - start - 1)
    return tags


@REPEATABLE
@given(SENTENCE_LISTS)
def test_when_spans_are_flat_then_seqeval_gives_the_same_scores(pairs):
    metrics = pytest.importorskip("seqeval.metrics")
    gold, predicted = zip(*pairs, strict=True)
    scores = score(gold, predicted)
    y_true, y_pred = [bio(s) for s in gold], [bio(s) for s in predicted]
    for ours, theirs in (
        (scores.micro.precision, metrics.precision_score),
        (scores.micro.recall, metrics.recall_score),
        (scores.micro.f1, metrics.f1_score),
    ):
        assert ours == pytest.approx(float(theirs(y_true, y_pred, zero_division=0)))
    if any(gold) or any(predicted):
        theirs = metrics.f1_score(y_true, y_pred, average="macro", zero_division=0)
        assert scores.macro_f1 == pytest.approx(float(theirs))


@REPEATABLE
@given(SENTENCE_LISTS)
def test_when_spans_are_flat_then_spacy_gives_the_same_scores(pairs):
    pytest.importorskip("spacy")
    from spacy.scorer import Scorer
    from spacy.tokens import Doc, Span
    from spacy.training import Example
    from spacy.vocab import Vocab

    vocab = Vocab()
    examples = []
    for gold_spans, predicted_spans in pairs:
        docs = []
        for spans in (predicted_spans, gold_spans):
            doc = Doc(vocab, words=["w"] * LENGTH)
            doc.set_ents([Span(doc, s, e, label=name) for s, e, name in spans])
            docs.append(doc)
        examples.append(Example(*docs))
    theirs = Scorer.score_spans(examples, "ents")
    scores = score(*zip(*pairs, strict=True))
    for name, ours in (("p", scores.micro.precision), ("r", scores.micro.recall), ("f", scores.micro.f1)):
        assert ours == pytest.approx(theirs[f"ents_{name}"] or 0.0)
    for name, counts in scores.per_type.items():
        assert counts.f1 == pytest.approx(theirs["ents_per_type"][name]["f"])


@REPEATABLE
@given(SENTENCE_LISTS)
def test_when_predictions_equal_the_gold_then_everything_is_found(pairs):
    gold = [g for g, _ in pairs]
    scores = score(gold, gold)
    assert scores.micro.fp == scores.micro.fn == 0 and scores.micro.tp == sum(map(len, gold))
