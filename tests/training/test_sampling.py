"""Which rows are drawn, which types are asked of them, and by which texts."""

from __future__ import annotations

import random
from collections import Counter

import pytest

pytest.importorskip("torch")

import numpy as np

from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.corpora import Row, TrainingCorpus, TypeText
from hybrid_ner.training.kinds import Kinds
from hybrid_ner.training.sampling import QuestionSampler, TypeTexts

TEXT = "Mia lives in New Delhi"
GOLD = ((0, 3, "t0"), (13, 22, "t1"))


def corpus(number, types=6, *, partial=False, text=TEXT, frequency=None):
    """Types t0, t1, ... of which t0 and t1 are in the corpus' only row."""
    shown = {f"t{i}": TypeText(f"name {number} {i}", f"Definition {number} {i}.", ("alias",)) for i in range(types)}
    return TrainingCorpus(f"c{number}", shown, (Row(text, GOLD, number),), Counter(frequency or {}), partial, "CC0")


def questions(corpora, count=300, *, vectors=None, **settings):
    """Draws from seeded generators; texts of all types are orthogonal unless `vectors` says otherwise."""
    texts = TypeTexts(corpora)
    vectors = np.eye(len(texts.texts)) if vectors is None else vectors(texts)
    sampler = QuestionSampler(corpora, texts, vectors, TrainConfig(**settings))
    rng, nrng = random.Random(1), np.random.default_rng(1)
    return [sampler.draw(rng, nrng) for _ in range(count)], texts


def present(question, number=0):
    return {(number, label) for _, _, label in question.gold}


def test_when_negatives_are_near_only_then_they_are_absent_types_of_the_row_s_own_corpus():
    drawn, _ = questions([corpus(0), corpus(1)], far_negatives=0, negatives=3)
    for question in drawn:
        keys = [asked.key for asked in question.asked]
        own = keys[0][0]
        assert len(keys) == len(set(keys)) == 2 + 3
        assert set(keys[:2]) == present(question, own)
        assert all(number == own for number, _ in keys)


def test_when_a_corpus_has_fewer_types_than_negatives_are_wanted_then_all_absent_ones_are_asked():
    drawn, _ = questions([corpus(0, types=4)], far_negatives=3, negatives=9)
    assert all({label for (_, label) in (a.key for a in q.asked)} == {"t0", "t1", "t2", "t3"} for q in drawn)


def test_when_sampling_is_none_then_only_present_types_are_asked():
    drawn, _ = questions([corpus(0), corpus(1)], negative_sampling="none")
    assert all(len(question.asked) == 2 for question in drawn)


def test_when_sampling_is_by_frequency_then_frequent_types_are_asked_more_often_than_by_chance():
    frequent = {"t2": 500, **{f"t{i}": 5 for i in range(3, 20)}}

    def share(kind):
        drawn, _ = questions([corpus(0, 20, frequency=frequent)], negatives=2, far_negatives=0, negative_sampling=kind)
        return np.mean([(0, "t2") in {asked.key for asked in question.asked} for question in drawn])

    assert share("frequency") > 0.7
    assert share("uniform") < 0.4


def test_when_sampling_is_nearest_then_types_near_a_present_one_are_asked_more_often_than_others():
    def vectors(texts):
        values = np.eye(len(texts.texts))
        near = values[texts.name((0, "t2"))]
        near[:] = 0.6 * values[texts.name((0, "t0"))] + 0.8 * near
        return values

    kinds = {"negatives": 2, "far_negatives": 0, "negative_sampling": "nearest"}
    drawn, _ = questions([corpus(0, 20)], vectors=vectors, **kinds)
    shares = [np.mean([(0, label) in {a.key for a in q.asked} for q in drawn]) for label in ("t2", "t3")]
    assert shares[0] > 0.5 > 0.3 > shares[1]


def test_when_types_of_other_corpora_are_near_then_they_are_not_asked_as_far_negatives():
    corpora = [corpus(0), corpus(1)]

    def vectors(texts):
        """Of the other corpus, the even types lie at similarity 0.6 of one of ours, the odd ones at 0.4."""
        values = np.eye(len(texts.texts))
        for i in range(6):
            similarity = 0.6 if i % 2 == 0 else 0.4
            theirs = values[texts.name((1, f"t{i}"))]
            theirs[:] = 0
            theirs[texts.name((0, f"t{i}"))], theirs[-1 - i] = similarity, (1 - similarity**2) ** 0.5
        return values

    drawn, _ = questions(corpora, vectors=vectors, far_similarity=0.5, negatives=0, far_negatives=4)
    ours = [question for question in drawn if question.asked[0].key[0] == 0]
    far = Counter(asked.key for question in ours for asked in question.asked[2:])
    assert set(far) == {(1, "t1"), (1, "t3"), (1, "t5")}


def test_when_far_negatives_are_drawn_then_none_belongs_to_the_row_s_own_corpus():
    drawn, _ = questions([corpus(0), corpus(1)], negatives=0, far_negatives=4)
    assert all({a.key[0] for a in q.asked[2:]} == {1 - q.asked[0].key[0]} for q in drawn)


def test_when_views_are_weighted_then_types_are_shown_by_them_that_often():
    weights = {"name": 0.5, "both": 0.3, "definition": 0.2, "alias": 0.0}
    drawn, texts = questions([corpus(0)], 500, view_weights=weights)
    shown = Counter(
        view
        for question in drawn
        for asked in question.asked
        for view, numbers in texts.views[asked.key].items()
        if asked.text in numbers
    )
    for view, weight in weights.items():
        assert shown[view] / shown.total() == pytest.approx(weight, abs=0.05)


def test_when_a_view_is_chosen_then_its_text_is_the_type_s():
    texts = TypeTexts([corpus(0)])
    views = {view: [texts.texts[n] for n in numbers] for view, numbers in texts.views[0, "t3"].items()}
    assert views == {
        "name": ["name 0 3"],
        "both": ["name 0 3: Definition 0 3."],
        "definition": ["Definition 0 3."],
        "alias": ["alias"],
    }


def test_when_a_type_lacks_every_wanted_view_then_it_is_shown_by_name():
    bare = corpus(0)
    bare = TrainingCorpus("c0", dict.fromkeys(bare.types, TypeText("thing", "")), bare.rows, Counter(), False, "CC0")
    drawn, texts = questions([bare], 5, view_weights={"definition": 1})
    assert {texts.texts[asked.text] for question in drawn for asked in question.asked} == {"thing"}


def test_when_rows_are_joined_then_every_gold_mention_is_still_where_its_offsets_say():
    drawn, _ = questions([corpus(0)], join_rate=1.0, lowercase_rate=0.0)
    assert {len(question.gold) for question in drawn} == {4, 6, 8}
    for question in drawn:
        assert [question.text[start:end] for start, end, _ in question.gold] == ["Mia", "New Delhi"] * (
            len(question.gold) // 2
        )


def test_when_a_corpus_is_partial_then_its_rows_are_not_joined():
    drawn, _ = questions([corpus(0, partial=True)], join_rate=1.0)
    assert all(question.partial and len(question.gold) == 2 for question in drawn)


def test_when_rows_are_lower_cased_then_offsets_still_hold():
    drawn, _ = questions([corpus(0)], 20, join_rate=0.0, lowercase_rate=1.0)
    assert {tuple(q.text[start:end] for start, end, _ in q.gold) for q in drawn} == {("mia", "new delhi")}


def test_when_lower_casing_would_move_offsets_then_the_row_keeps_its_case():
    text = TEXT + " İ"  # two code points in lower case
    drawn, _ = questions([corpus(0, text=text)], 20, join_rate=0.0, lowercase_rate=1.0)
    assert {question.text for question in drawn} == {text}


def test_when_corpora_differ_in_size_then_they_are_drawn_by_the_power_of_it():
    large = corpus(1)
    large = TrainingCorpus("c1", large.types, large.rows * 9, Counter(), False, "CC0")
    drawn, _ = questions([corpus(0), large], 1000, corpus_power=0.5, negatives=0, far_negatives=0)
    share = np.mean([question.asked[0].key[0] for question in drawn])
    assert share == pytest.approx(0.75, abs=0.05)  # 3 : 1


def test_when_a_type_is_a_kind_of_one_of_the_corpus_then_it_is_not_asked_as_a_far_negative():
    corpora = [corpus(0), corpus(1)]
    texts = TypeTexts(corpora)
    # Of the other corpus, types 0 to 3 are kinds of ours and type 4 is what one of ours is a kind of.
    rows = [{"type": f"name 1 {i}", "is_a": "name 0 2"} for i in range(4)] + [{"type": "name 0 3", "is_a": "name 1 4"}]
    sampler = QuestionSampler(corpora, texts, np.eye(len(texts.texts)), TrainConfig(far_negatives=3), Kinds(rows))
    rng, nrng = random.Random(1), np.random.default_rng(1)
    drawn = [sampler.draw(rng, nrng) for _ in range(200)]
    asked = {a.key for q in drawn if q.asked[0].key[0] == 0 for a in q.asked if a.key[0] == 1}
    assert asked == {(1, "t5")}


def test_when_a_corpus_has_weight_0_then_it_is_never_drawn_and_others_by_their_weights():
    drawn, _ = questions([corpus(0), corpus(1), corpus(2)], 600, corpus_weights={"c0": 0, "c1": 3})
    counts = Counter(question.asked[0].key[0] for question in drawn)
    assert 0 not in counts and 2 < counts[1] / counts[2] < 4.5


def test_when_rows_with_doubts_are_joined_then_the_doubts_move_along():
    row = Row(TEXT, (GOLD[1],), 0, ((0, 3),))
    source = TrainingCorpus("c", {"t1": TypeText("town", "")}, (row,), Counter(), False, "CC0")
    drawn, _ = questions([source], join_rate=1.0, lowercase_rate=0.0)
    for question in drawn:
        assert len(question.doubtful) == len(question.gold) > 1
        assert {question.text[start:end] for start, end in question.doubtful} == {"Mia"}


def test_when_a_row_has_doubts_then_no_mention_of_it_gives_way_to_another():
    class Swapping:
        def enrich(self, number, row, rng):
            return Row("Nia", (), number), (), ()

    sure, unsure = Row(TEXT, GOLD[1:], 0), Row(TEXT, GOLD[1:], 0, ((0, 3),))
    for row, text in ((sure, "Nia"), (unsure, TEXT)):
        source = TrainingCorpus("c", {"t1": TypeText("town", "")}, (row,), Counter(), False, "CC0")
        texts = TypeTexts([source])
        config = TrainConfig(join_rate=0.0, lowercase_rate=0.0)
        sampler = QuestionSampler([source], texts, np.eye(len(texts.texts)), config, enricher=Swapping())
        assert sampler.draw(random.Random(1), np.random.default_rng(1)).text == text
