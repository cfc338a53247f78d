"""The embedded student: what it asks a type by, what it proposes, and many callers at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

import hybrid_ner.students.onnx as onnx
import hybrid_ner.students.views as views
from hybrid_ner.schema import EntityType, TypeSet
from hybrid_ner.students.onnx import OnnxStudent
from hybrid_ner.students.views import COMBINE, type_texts
from tests.students.embedded import FOLDER, SENTENCE, TEXTS, TYPES, embedded

CITY = EntityType("city", "a large settlement", aliases=("town", "metropolis"))
ASKED = TypeSet.of(TYPES)


@pytest.fixture(scope="module")
def student():
    return embedded().student


def proposed(student, texts=TEXTS, types=ASKED):
    return list(student.propose(texts, types))


@pytest.mark.parametrize(
    ("views", "texts"),
    [
        (("name", "definition"), ["city", "town", "metropolis", "city: a large settlement"]),
        (("definition", "name"), ["city", "town", "metropolis", "city: a large settlement"]),
        (("name",), ["city", "town", "metropolis"]),
        (("definition",), ["city: a large settlement"]),
    ],
)
def test_a_type_is_asked_by_the_texts_of_its_views(views, texts):
    assert type_texts(CITY, views) == texts


@pytest.mark.parametrize("views", [("name", "definition"), ("name",), ("definition",)])
def test_when_a_type_has_no_definition_then_it_is_asked_by_name_whatever_the_views(views):
    assert type_texts(EntityType("city", aliases=("town",)), views) == ["city", "town"]


def test_unit_vectors_have_length_one(student):
    unit = student.type_encoder.encode(["city", "person"])
    assert unit.shape == (2, student.config.dim)
    assert np.allclose(np.linalg.norm(unit, axis=1), 1, atol=1e-3)


def scores_of(student, text, types):
    return {(p.start, p.end, p.type): p for p in next(student.propose([text], TypeSet.of(types)))}


def by_view_alone(student, monkeypatch, text):
    """The logits of every (start, end) for every text CITY is asked by, each asked as a type of its own."""
    monkeypatch.setattr(student, "config", replace(student.config, floor=1e-6))
    texts = type_texts(CITY)
    alone = [scores_of(student, text, [asked]) for asked in texts]
    spans = [key[:2] for key in alone[0]]
    pairs = list(zip(alone, texts, strict=True))
    return {s: [_logit(student, found[(*s, asked)].score) for found, asked in pairs] for s in spans}


def _logit(student, score):
    return (np.log(score / (1 - score)) - student.config.shift) / student.config.scale


def weighted_mean(student, logits):
    """Of name, two aliases and the definition, which has a weight of its own."""
    return np.average(logits, weights=[1, 1, 1, student.config.definition_weight])


@pytest.mark.parametrize(("combine", "reduce"), [("mean", weighted_mean), ("max", lambda _, logits: max(logits))])
def test_a_type_s_score_combines_those_of_its_views(student, monkeypatch, combine, reduce):
    alone = by_view_alone(student, monkeypatch, SENTENCE)
    monkeypatch.setattr(student, "combine", combine)
    together = scores_of(student, SENTENCE, [CITY])
    assert together.keys() == {(*span, "city") for span in alone}
    for (start, end, _), p in together.items():
        logits = alone[start, end]
        assert p.raw == pytest.approx(1 / (1 + np.exp(-reduce(student, logits))), abs=2e-3)
        assert p.score == pytest.approx(calibrated(student, reduce(student, logits)), abs=1e-3)
        assert [v.score for v in p.views] == pytest.approx([calibrated(student, x) for x in logits], abs=1e-3)
        assert [(v.view, v.query) for v in p.views] == [
            ("name", "city"),
            ("alias", "town"),
            ("alias", "metropolis"),
            ("definition", "city: a large settlement"),
        ]


def calibrated(student, logit):
    return 1 / (1 + np.exp(-(student.config.scale * logit + student.config.shift)))


def test_candidates_are_those_of_every_view(student, monkeypatch):
    """What the name alone or the definition alone proposes is there when both are asked, and says by which."""
    types = [CITY, EntityType("person", "a human being with a name"), EntityType("body", "a company or an institution")]
    together = [scores_of(student, text, types) for text in TEXTS]
    for view in ("name", "definition"):
        monkeypatch.setattr(student, "views", (view,))
        monkeypatch.setattr(student, "_boards", {})
        for text, found in zip(TEXTS, together, strict=True):
            alone = scores_of(student, text, types)
            reached = {key for key, p in alone.items() if p.score >= student.config.floor + 1e-3}
            assert reached <= found.keys()
            assert view == "name" or all("definition" in found[key].view for key in reached)


@pytest.mark.parametrize("combine", COMBINE)
@pytest.mark.parametrize("size", [1, 2, 5])
def test_with_several_views_a_type_neither_order_nor_segments_change_anything(student, monkeypatch, combine, size):
    types = [CITY, *TYPES, EntityType("river", "a large stream"), EntityType("state", None, ("country", "nation"))]
    monkeypatch.setattr(student, "combine", combine)
    whole = proposed(student, types=TypeSet.of(types))
    assert_same(proposed(student, types=TypeSet.of(types[::-1])), whole)
    monkeypatch.setattr(onnx, "_SEGMENT", size)
    monkeypatch.setattr(views, "_BLOCK", size)
    assert_same(proposed(student, types=TypeSet.of(types)), whole)


def test_when_views_differ_then_a_defined_type_is_asked_otherwise_and_an_undefined_one_not(student):
    by_name = OnnxStudent(FOLDER, views=("name",), cache=False)
    person, city = TypeSet.of("person"), TypeSet.of([CITY])
    assert np.array_equal(by_name._board(person).rows, student._board(person).rows)
    assert len(by_name._board(city).rows) == 3
    assert len(student._board(city).rows) == 4


def test_when_a_type_text_is_very_long_then_it_is_read_up_to_its_limit(student):
    word = "settlement " * 2000
    assert np.isfinite(student._board(TypeSet.of({"city": word})).rows).all()


def test_proposals_are_word_spans_of_asked_types_with_scores_from_the_floor_on(student):
    for text, proposals in zip(TEXTS, proposed(student), strict=True):
        assert all(p.view == "name" and p.views[0].score == p.score for p in proposals)
        assert len({(p.start, p.end, p.type) for p in proposals}) == len(proposals)
        for p in proposals:
            assert 0 <= p.start < p.end <= len(text)
            assert text[p.start : p.end] == text[p.start : p.end].strip()
            assert p.type in TYPES
            assert student.config.floor - 1e-4 <= p.score <= 1


def test_when_many_types_are_asked_then_a_span_has_at_most_the_best_few(student):
    types = TypeSet.of([*TYPES, *(f"kind {n} of person" for n in range(20))])
    spans = {}
    for p in proposed(student, [SENTENCE], types)[0]:
        spans.setdefault((p.start, p.end), []).append(p.type)
    assert spans
    assert max(map(len, spans.values())) <= onnx.BEST


@pytest.mark.parametrize("size", [1, 3])
def test_how_types_are_segmented_changes_no_proposal(student, monkeypatch, size):
    types = TypeSet.of([*TYPES, "river", "university", "date", "scientist", "company", "city"])
    whole = proposed(student, types=types)
    monkeypatch.setattr(onnx, "_SEGMENT", size)
    assert_same(proposed(student, types=types), whole)


def assert_same(ones, others):
    """The same proposals, scores equal but for rounding."""
    for one, other in zip(ones, others, strict=True):
        one, other = ({(p.start, p.end, p.type): p.score for p in proposals} for proposals in (one, other))
        assert one == pytest.approx(other, abs=1e-3)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_number_of_threads_changes_nothing(student, monkeypatch, threads):
    expected = proposed(student)
    monkeypatch.setattr(student, "threads", threads)
    assert proposed(student) == expected


def test_when_many_threads_share_a_student_then_each_gets_the_answers_of_one(student):
    # More type sets than are remembered at once, each asked twice.
    questions = [([TEXTS[n % len(TEXTS)]], TypeSet.of(["person", f"kind {n}"])) for n in range(20)] * 2
    expected = [proposed(student, *question) for question in questions]
    shared = OnnxStudent(FOLDER, cache=False, threads=1)  # it knows no word and no type yet
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda question: proposed(shared, *question), questions))
    assert answers == expected


@pytest.fixture
def gated(student, monkeypatch):
    """A student whose second window waits until the pool is being shut down; the windows it began."""
    gate, begun, score = threading.Event(), [], student._score

    class Pool(ThreadPoolExecutor):
        def shutdown(self, wait=True, *, cancel_futures=False):
            super().shutdown(False, cancel_futures=cancel_futures)
            gate.set()
            super().shutdown(wait)

    def slow(passage, segments):
        begun.append(passage)
        if len(begun) > 1:
            assert gate.wait(60)
        return score(passage, segments)

    monkeypatch.setattr(onnx, "ThreadPoolExecutor", Pool)
    monkeypatch.setattr(student, "_score", slow)
    monkeypatch.setattr(student, "threads", 1)
    return begun


def test_when_the_caller_stops_early_then_windows_not_begun_are_not_read(student, gated):
    proposals = student.propose([SENTENCE] * 50, ASKED)
    next(proposals)
    proposals.close()
    assert 1 <= len(gated) <= 2


def test_when_a_text_cannot_be_read_then_that_is_raised_and_no_thread_is_left_at_work(student, gated):
    with pytest.raises(TypeError):
        list(student.propose([SENTENCE] * 50 + ["\ud800"], ASKED))
    assert len(gated) <= 2


def test_when_a_window_fails_then_that_is_raised(student, monkeypatch):
    def broken(passage, segments):
        raise RuntimeError("the session failed")

    monkeypatch.setattr(student, "_score", broken)
    with pytest.raises(RuntimeError, match="the session failed"):
        list(student.propose([SENTENCE] * 9, ASKED))
