"""GLiNER on our rows: what it is shown, and how its answers come back; the package itself is not needed."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import pytest

from evaluation.baselines.gliner import GLiNERExtractor, _training, trained
from evaluation.baselines.gliner_rows import Recipe, by_length, example
from evaluation.results import write_results
from hybrid_ner.errors import InputError
from hybrid_ner.schema import Document, EntityType
from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.sampling import AskedType, Question
from hybrid_ner.words import word_offsets

TEXT = "Ada saw New York"
TEXTS = ["person", "city: A town.", "drug", "city"]
ASKED = (AskedType((0, "PER"), 0), AskedType((0, "LOC"), 1), AskedType((3, "LOC"), 3), AskedType((2, "drug"), 2))


def tokens(text: str):
    return [(text[start:end], start, end) for start, end in word_offsets(text)]


def test_when_a_row_is_given_to_gliner_then_spans_are_tokens_with_the_text_of_their_type():
    question = Question(TEXT, ((0, 3, "PER"), (8, 16, "LOC")), ASKED, partial=False)
    row = example(question, TEXTS, tokens(TEXT))
    assert row["tokenized_text"] == ["Ada", "saw", "New", "York"]
    assert row["ner"] == [[0, 0, "person"], [2, 3, "city: A town."]]  # not "city", which another corpus was asked for
    assert sorted(row["ner_labels"]) == ["city", "city: A town.", "drug", "person"]


def test_when_rows_are_given_to_gliner_then_the_place_of_a_type_does_not_say_whether_it_is_present():
    texts = [f"Ada saw {place}" for place in ("Rome", "Oslo", "Bern", "Cairo", "Lima", "Paris", "Delhi", "Accra")]
    rows = [example(Question(t, ((0, 3, "PER"),), ASKED, partial=False), TEXTS, tokens(t)) for t in texts]
    assert len({row["ner_labels"].index("person") for row in rows}) > 1
    assert rows == [example(Question(t, ((0, 3, "PER"),), ASKED, partial=False), TEXTS, tokens(t)) for t in texts]


def test_when_a_span_is_no_tokens_of_gliner_s_then_it_is_left_out():
    question = Question(TEXT, ((0, 2, "PER"),), ASKED, partial=False)
    assert example(question, TEXTS, tokens(TEXT))["ner"] == []


def test_when_a_row_has_no_words_or_no_types_then_gliner_is_not_shown_it():
    assert example(Question("", (), ASKED, partial=False), TEXTS, []) is None
    assert example(Question(TEXT, (), (), partial=False), TEXTS, tokens(TEXT)) is None


def test_when_a_recipe_is_made_of_a_record_then_it_has_the_run_s_settings_and_rows(tmp_path):
    path = tmp_path / "record.json"
    path.write_text(json.dumps({"config": {"seed": 5, "steps": 9}, "rows": 1234}))
    recipe = Recipe.of_record(path)
    assert (recipe.config.seed, recipe.examples) == (5, 1234) and Recipe.of_record(path, 7).examples == 7
    assert recipe.shown()["examples"] == 1234


def test_when_rows_go_into_batches_then_their_lengths_are_alike_and_none_is_lost():
    rows = [{"tokenized_text": ["a"] * length} for length in (9, 1, 5, 2, 8, 6, 3, 7, 4)]
    lengths = [len(row["tokenized_text"]) for row in by_length(rows, 2, seed=1)]
    assert {tuple(lengths[i : i + 2]) for i in range(0, 8, 2)} == {(1, 2), (3, 4), (5, 6), (7, 8)}
    assert lengths[8:] == [9] and lengths != sorted(lengths)
    assert by_length([], 2, seed=1) == []


def test_when_gliner_is_trained_then_every_row_is_seen_at_the_rates_of_the_run():
    arguments = _training(Recipe(TrainConfig(encoder_rate=1e-4, head_rate=2e-4), examples=17, batch=8))
    assert arguments["max_steps"] == 3 and arguments["per_device_train_batch_size"] == 8
    assert (arguments["learning_rate"], arguments["others_lr"]) == (1e-4, 2e-4)


@pytest.mark.parametrize("content", ["{", "{}", '{"config": {"seed": 1}}', '{"config": {"speed": 1}, "rows": 1}'])
def test_when_a_record_is_none_of_a_finished_run_then_the_error_names_it(tmp_path, content):
    (tmp_path / "record.json").write_text(content)
    with pytest.raises(InputError, match=r"record\.json: not the record\.json of a finished run"):
        Recipe.of_record(tmp_path / "record.json")


class FakeModel:
    """Answers as GLiNER's `inference` does."""

    def inference(self, texts, labels, **options):
        self.asked = labels, options
        return [[{"start": 0, "end": 3, "text": t[:3], "label": labels[1], "score": 0.75}] for t in texts]


def test_when_gliner_extracts_then_its_labels_become_the_types_again(tmp_path):
    model = FakeModel()
    types = [EntityType("person"), EntityType("city", "A town.")]
    (document,) = GLiNERExtractor(model, tmp_path).extract_many([Document("Rome", id=1)], types, overlap="nested")
    (entity,) = document.entities
    assert (document.id, entity.text, entity.type, entity.score) == (1, "Rom", "city", 0.75)
    assert model.asked == (["person", "city: A town."], {"flat_ner": False, "threshold": 0.5, "batch_size": 32})


def test_when_the_folder_holds_a_model_of_another_recipe_then_it_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "gliner", SimpleNamespace(GLiNER=None))
    pytest.importorskip("torch")
    write_results(tmp_path / "settings.json", {"examples": 3})
    with pytest.raises(InputError, match="holds a model of another recipe"):
        trained(Recipe(TrainConfig(), 5), tmp_path, tmp_path)
