"""`fit`: what can be learned is learned and readable, what is chance is not kept, and a pack is an ordinary pack."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from hybrid_ner.evaluate import evaluate, predict
from hybrid_ner.fitting import FitError, fit, pack_text
from hybrid_ner.rules import load_packs
from hybrid_ner.schema import Document, Entity
from tests.fitting.kitchen import FOODS, TYPES, UNITS, VERBS, kitchen, recipes


@pytest.fixture(scope="module")
def fitted():
    return fit(kitchen(), recipes(30), TYPES)


def f1(ner, documents):
    found = predict(ner.extract_many([Document(d.text, id=d.id) for d in documents], TYPES))
    return evaluate(documents, found, TYPES).scores.micro.f1


def load(fitted, tmp_path):
    path = tmp_path / "learned.yaml"
    path.write_text(pack_text(fitted, "learned", source="recipes.jsonl"), encoding="utf-8")
    return load_packs([path])


def test_a_fitted_pack_reads_new_sentences_better_and_as_its_held_out_figure_says(fitted, tmp_path):
    plain, new = kitchen(), recipes(40, seed=1)
    with_pack = replace(plain, rules=load(fitted, tmp_path))
    assert f1(plain, new) < 0.4
    assert f1(with_pack, new) > 0.95
    assert fitted.after > 95 > 40 > fitted.before


def test_every_rule_says_how_often_it_acted_how_right_it_was_and_what_it_brought(fitted, tmp_path):
    assert fitted.specs
    for rule in load(fitted, tmp_path).packs[0].rules:
        assert rule.learned["support"] >= 1
        assert 0 < rule.learned["precision"] <= 100
        assert rule.learned["gain"] > 0


def test_the_pack_says_where_it_is_from_and_which_types_are_too_rare(fitted):
    text = pack_text(fitted, "learned", source="recipes.jsonl", notes=["Licence: none."])
    header = " ".join(line.removeprefix("# ") for line in text.splitlines() if line.startswith("#"))
    assert "from recipes.jsonl: 30 sentences, 60 mentions" in header
    assert "Licence: none." in header
    assert "Too few mentions to trust what is learned of them: tool." in header
    assert fitted.rare == ["tool"]


def test_the_same_sentences_give_the_same_pack():
    packs = [pack_text(fit(kitchen(), recipes(12), TYPES), "a", source="x") for _ in range(2)]
    assert packs[0] == packs[1]


def test_when_labels_are_drawn_by_lot_then_hardly_anything_holds_and_nothing_is_claimed_for_it(tmp_path):
    draw = random.Random(0)
    documents = []
    for document in recipes(24):
        words = [m for m in document.text.split() if draw.random() < 0.2]
        at = {document.text.index(word): word for word in words}
        entities = tuple(Entity(s, s + len(w), w, draw.choice(["food", "unit"]), 1.0) for s, w in sorted(at.items()))
        documents.append(replace(document, entities=entities))
    fitted = fit(kitchen(), documents, TYPES)
    new = recipes(40, seed=1)
    assert len(fitted.specs) <= fitted.tried / 2
    assert fitted.after - fitted.before < 20
    assert f1(replace(kitchen(), rules=load(fitted, tmp_path)), new) >= 0


def test_when_nothing_may_be_quoted_then_no_mention_of_the_data_is_listed():
    fitted = fit(kitchen(), recipes(30), TYPES, quote=False)
    kinds = {spec["kind"] for spec in fitted.specs}
    assert "gazetteer" not in kinds
    assert not any("mention" in spec for spec in fitted.specs)
    text = pack_text(fitted, "learned", source="recipes.jsonl")
    assert not any(food in text for food in FOODS)


def test_when_a_type_was_not_looked_for_in_some_sentences_then_its_absence_there_counts_for_nothing(tmp_path):
    documents = [
        document if number % 2 else replace(
            document,
            entities=tuple(e for e in document.entities if e.type == "food"),
            extra={"asked": ("food",)},
        )
        for number, document in enumerate(recipes(24))
    ]  # fmt: skip
    fitted = fit(kitchen(), documents, TYPES)
    assert f1(replace(kitchen(), rules=load(fitted, tmp_path)), recipes(20, seed=2)) > 0.9


@pytest.mark.parametrize("documents", [recipes(9), [Document("add one", id=str(n)) for n in range(30)]])
def test_when_there_is_too_little_to_learn_from_then_the_error_says_how_much_is_needed(documents):
    with pytest.raises(FitError, match="give at least 10"):
        fit(kitchen(), documents, TYPES)


def test_words_that_the_rules_name_are_those_of_the_data(fitted):
    food = next(spec for spec in fitted.specs if spec["id"] == "food-words")
    assert max(food["mention"], key=food["mention"].get) in FOODS
    assert {word for word, weight in food["mention"].items() if weight < 0} & {*UNITS, *VERBS}
