"""The second look at close types: who is contrasted, what counts, and what the judge makes of it."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_ner.definitions.contrast import Contrast, ContrastConfig, Contrasts, SentenceLook
from hybrid_ner.definitions.judge import judge
from hybrid_ner.errors import MissingExtraError
from hybrid_ner.schema import Decision, EntityType, TypeSet

TEXT = "Cher met Bach"
TYPES = TypeSet.of(
    [
        EntityType("artist"),
        EntityType("singer", is_a="artist"),
        EntityType("composer"),
        EntityType("city"),
    ]
)
# City lies across from the rest in the index; in the space of sentences Cher sings and Bach composes.
INDEX = np.array([[1, 0], [0.9, 0.4359], [0.8, 0.6], [0, 1]], dtype=np.float32)
SPACE = {"artist": (1, 1), "singer": (1, 0), "composer": (0, 1), "city": (-1, 0), "Cher": (1, 0.1), "Bach": (0, 1)}


class Looks:
    """Embeds by the table, and remembers what mentions it was asked."""

    def __init__(self):
        self.asked = []

    def types(self, texts):
        vectors = np.array([SPACE[text] for text in texts], dtype=float)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def mentions(self, texts):
        self.asked.append(list(texts))
        return self.types(texts)


class Index:
    def encode(self, texts):
        return np.stack([INDEX[TYPES.names.index(text)] for text in texts])


def contrast(encoder=None, **settings):
    values = {"weight": 2.0, "window": 1.0, "close": 0.5, "narrower": 0.0, **settings}
    return Contrast(TYPES, INDEX, encoder or Looks(), ContrastConfig(**values))


def claims(mention, **scores):
    start = TEXT.index(mention)
    found = [Decision(start, start + len(mention), name, score) for name, score in scores.items()]
    return sorted(found, key=lambda d: -d.score)


def shares(*contested, **settings):
    return contrast(**settings).shares(TEXT, contested)


def test_when_close_types_come_near_then_the_mention_itself_decides():
    (share,) = shares(claims("Cher", composer=0.60, singer=0.55))
    assert share["singer"] > 0.8 and sum(share.values()) == pytest.approx(1)


def test_when_the_weight_is_0_then_the_logits_are_shared_out_and_nothing_is_embedded():
    encoder = Looks()
    (share,) = contrast(encoder, weight=0.0).shares(TEXT, [claims("Cher", composer=0.6, singer=0.5)])
    assert share["composer"] == pytest.approx(0.6) and not encoder.asked


def test_when_the_best_leads_by_more_than_the_window_then_it_stands_alone():
    encoder = Looks()
    assert contrast(encoder).shares(TEXT, [claims("Cher", composer=0.9, singer=0.5)]) == [{}]
    assert not encoder.asked


def test_when_types_are_not_close_then_they_are_not_contrasted():
    assert shares(claims("Cher", artist=0.5, city=0.5)) == [{}]
    assert set(shares(claims("Cher", artist=0.5, city=0.5, singer=0.5))[0]) == {"artist", "singer"}


def test_when_one_is_declared_a_kind_of_the_other_then_they_are_close_and_the_narrower_has_a_lead():
    (share,) = shares(claims("Bach", artist=0.5, singer=0.5), weight=0.0, close=0.95, narrower=1.0)
    assert share["singer"] == pytest.approx(1 / (1 + np.exp(-1)))


def test_when_a_mention_is_contested_twice_then_it_is_embedded_once_with_the_others():
    encoder = Looks()
    twice = [claims("Cher", composer=0.6, singer=0.55), claims("Bach", composer=0.6, singer=0.6)]
    contrast(encoder).shares(TEXT, [*twice, twice[0]])
    assert encoder.asked == [["Cher", "Bach"]]


@given(st.permutations(range(4)), st.lists(st.floats(0.05, 0.95), min_size=4, max_size=4))
def test_shares_do_not_depend_on_the_order_of_the_types(order, scores):
    own = dict(zip(TYPES.names, scores, strict=True))
    moved = TypeSet(tuple(TYPES[i] for i in order))
    config = ContrastConfig(2.0, 1.0, 0.5, 0.5)
    ranked = sorted(claims("Cher", **own), key=lambda d: (-d.score, d.type))
    (one,) = Contrast(TYPES, INDEX, Looks(), config).shares(TEXT, [ranked])
    (other,) = Contrast(moved, INDEX[list(order)], Looks(), config).shares(TEXT, [ranked])
    assert one == pytest.approx(other)


def test_when_types_are_contrasted_then_the_winner_takes_the_best_score_and_the_loser_reads_why():
    given_ = claims("Cher", composer=0.60, singer=0.55)
    loser, winner = judge(given_, TYPES, text=TEXT, contrast=contrast())
    assert winner.kept and (winner.type, winner.score, winner.rival) == ("singer", 0.60, "composer")
    assert "by contrast of 2 close types" in winner.steps[-1].detail
    assert not loser.kept and "lost to 'singer' by contrast" in loser.reason and loser.score == 0.60


def test_when_a_type_is_below_its_own_threshold_then_it_is_not_contrasted_with_one_that_is_not():
    types = TypeSet(tuple(EntityType(t.name, threshold=0.9 if t.name == "singer" else 0.1) for t in TYPES))
    found = judge(claims("Cher", composer=0.60, singer=0.55), types, text=TEXT, contrast=contrast())
    assert [d.type for d in found if d.kept] == ["composer"]


@pytest.mark.parametrize(
    ("policy", "kept"), [("best", {"singer"}), ("both", {"singer", "composer"}), ("abstain", set())]
)
def test_when_shares_are_within_the_margin_then_the_policy_decides(policy, kept):
    given_ = claims("Cher", composer=0.60, singer=0.55)
    found = judge(given_, TYPES, text=TEXT, contrast=contrast(), margin=0.9, policy=policy)
    assert {d.type for d in found if d.kept} == kept


def test_when_nothing_can_be_contrasted_then_there_is_no_second_look():
    made = Contrasts(Index(), Looks(), ContrastConfig())
    assert made.of(TypeSet.of(["city"])) is None and made.of(TypeSet.of(["city", "composer"])) is None
    assert made.of(TYPES) is not None  # one of them is declared a kind of another
    assert made.of(TYPES) is made.of(TYPES)


def test_when_a_model_is_named_and_its_library_is_missing_then_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(MissingExtraError, match=r"hybrid-ner\[index\]"):
        SentenceLook("some/model")


def test_when_another_model_takes_the_second_look_then_its_vectors_are_brought_to_length_1():
    look = SentenceLook(SimpleNamespace(encode=lambda texts: np.array([SPACE[text] for text in texts], dtype=float)))
    np.testing.assert_allclose(look.mentions(["Cher", "artist"]), Looks().types(["Cher", "artist"]), atol=1e-6)
    made = Contrast(TYPES, INDEX, look, ContrastConfig(2.0, 1.0, 0.5, 0.0))
    assert made.shares(TEXT, [claims("Cher", composer=0.60, singer=0.55)])[0]["singer"] > 0.8


def test_when_very_many_types_are_asked_then_nothing_is_looked_at_again():
    many = TypeSet.of([f"kind {number}" for number in range(5)])
    looks = Contrasts(Index(), Looks(), ContrastConfig(weight=2.0, most_types=4))
    assert looks.of(many) is None
    assert Contrasts(Same(), Looks(), ContrastConfig(weight=2.0, most_types=5)).of(many) is not None


class Same:
    def encode(self, texts):
        return np.tile([1.0, 0.0], (len(texts), 1))
