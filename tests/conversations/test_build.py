"""Conversations made of labelled passages: what is asked, what is answered, which absent types."""

from __future__ import annotations

import gzip
import json
import random

import numpy as np
import pytest

from hybrid_ner.conversations.build import Recipe, conversations, new_counter
from hybrid_ner.conversations.labelled import LabelledPassage, read_labelled
from hybrid_ner.conversations.negatives import Negatives
from hybrid_ner.conversations.template import load_template
from hybrid_ner.errors import InputError, UsageError
from hybrid_ner.formats.gold.uniner import read_uniner
from hybrid_ner.schema import EntityType, TypeSet

PERSON, CITY, DRUG, RIVER = (EntityType(name) for name in ("person", "city", "drug", "river"))


def passage(text, *mentions, dataset="d", asked=None):
    found = tuple((text.index(mention), text.index(mention) + len(mention), t) for mention, t in mentions)
    return LabelledPassage(text, text, found, dataset, asked)


PASSAGES = [
    passage("Ada met Bob in Rome.", ("Ada", PERSON), ("Rome", CITY), ("Bob", PERSON)),
    passage("Aspirin.", ("Aspirin", DRUG)),
    passage("Bob slept.", ("Bob", PERSON)),
    passage("Nothing here."),
    passage("The Tiber.", ("Tiber", RIVER), dataset="other"),
]


def made(template="uniner-type", sampling="uniform", **recipe):
    draws = Negatives(PASSAGES, sampling)
    return list(conversations(PASSAGES, load_template(template), draws, Recipe(**recipe)))


def said(record):
    """(question, answer) pairs of a record."""
    values = [turn["value"] for turn in record["conversations"]]
    return dict(zip(values[2::2], values[3::2], strict=True))


def test_present_types_are_answered_with_mentions_in_the_order_of_the_text_and_absent_ones_with_none():
    first = made(negatives=9)[0]
    assert [turn["from"] for turn in first["conversations"]] == ["human", "gpt"] * 4
    assert first["conversations"][0]["value"] == "Text: Ada met Bob in Rome."
    assert said(first) == {
        "What describes person in the text?": '["Ada", "Bob"]',
        "What describes city in the text?": '["Rome"]',
        "What describes drug in the text?": "[]",
    }


def test_without_negatives_only_what_is_there_is_asked_and_an_empty_passage_gives_nothing():
    records = made(sampling="none")
    assert [len(said(record)) for record in records] == [2, 1, 1, 1]
    assert all("[]" not in said(record).values() for record in records)


def test_the_conversations_are_read_as_gold_data_of_universalner(tmp_path):
    path = tmp_path / "c.json"
    path.write_text("".join(json.dumps(record) + "\n" for record in made(negatives=1)))
    first = next(iter(read_uniner(str(path))))
    assert {(m.text, m.label) for m in first.mentions} >= {("Ada", "person"), ("Rome", "city")}


def test_questions_can_be_spread_over_conversations():
    records = made(negatives=9, questions=1)[:3]
    assert all(len(said(record)) == 1 for record in records)
    assert len({record["id"] for record in records}) == 3
    assert {record["conversations"][0]["value"] for record in records} == {"Text: Ada met Bob in Rome."}


def test_all_types_in_one_question_are_answered_with_pairs():
    (pair,) = said(made("all-in-one", negatives=9)[0]).items()
    assert json.loads(pair[1]) == [["Ada", "person"], ["Bob", "person"], ["Rome", "city"]]
    assert set(json.loads(pair[0].partition(": ")[2].rstrip("?"))) == {"person", "city", "drug"}


def test_the_same_seed_gives_the_same_conversations_and_another_gives_others():
    assert made(seed=1) == made(seed=1)
    assert made(seed=1) != made(seed=2)


def test_counts_are_told():
    counter, count = new_counter()
    list(conversations(PASSAGES, load_template(), Negatives(PASSAGES, "none"), Recipe(), count=count))
    assert counter == {"passages": 5, "conversations": 4, "questions": 5, "empty answers": 0}


@pytest.mark.parametrize("sampling", ["uniform", "frequency"])
def test_absent_types_come_from_the_passages_own_data_set(sampling):
    draws = Negatives(PASSAGES, sampling)
    assert {t.name for t in draws.draw(PASSAGES[0], 9, random.Random(0))} == {"drug"}
    assert draws.draw(PASSAGES[4], 9, random.Random(0)) == []


def test_types_are_drawn_by_how_many_passages_hold_them():
    many = [passage("Rome", ("Rome", CITY))] * 30 + [passage("Po", ("Po", RIVER))] + [passage("x")]
    draws, rng = Negatives(many, "frequency"), random.Random(0)
    drawn = [draws.draw(many[-1], 1, rng)[0].name for _ in range(300)]
    assert drawn.count("city") > 270 and "river" in drawn


def test_the_nearest_types_are_those_whose_vectors_are_closest_to_the_present_ones():
    class Angles:
        fingerprint = "angles"

        def encode(self, texts):
            angle = {"person": 0.0, "drug": 0.2, "city": 1.4}
            return np.array([[np.cos(angle[t]), np.sin(angle[t])] for t in texts], dtype=np.float32)

    draws = Negatives(PASSAGES[:3], "nearest", encoder=Angles())
    assert [t.name for t in draws.draw(PASSAGES[2], 1, random.Random(0))] == ["drug"]
    with pytest.raises(UsageError, match="need an encoder"):
        Negatives(PASSAGES, "nearest")


def test_a_type_whose_absence_is_unknown_is_never_asked():
    partial = [*PASSAGES, passage("Oslo.", ("Oslo", CITY), asked=(CITY, DRUG)), passage("Po.", ("Po", RIVER), asked=())]
    draws = Negatives(partial, "uniform")
    assert [t.name for t in draws.draw(partial[-2], 9, random.Random(0))] == ["drug"]
    assert draws.draw(partial[-1], 9, random.Random(0)) == []


def test_a_corpus_folder_is_read_with_the_names_and_definitions_of_its_manifest(tmp_path):
    (tmp_path / "manifest.yaml").write_text("types: {PER: {name: person, definition: Someone.}}\npartial: true\n")
    with gzip.open(tmp_path / "dev.jsonl.gz", "wt") as lines:
        lines.write('{"id": "1", "text": "Ada", "entities": [{"start": 0, "end": 3, "type": "PER"}]}\n')
    (read,) = read_labelled(tmp_path, split="dev")
    assert read.mentions == ((0, 3, EntityType("person", "Someone.")),)
    assert (read.dataset, read.asked) == (tmp_path.name, ())
    (given,) = read_labelled(tmp_path, split="dev", types=TypeSet.of({"person": "A human."}))
    assert given.mentions[0][2].definition == "A human."


@pytest.mark.parametrize(
    "line",
    [
        '{"text": "a"}',
        "[]",
        "{",
        '{"text": "a", "entities": [{"start": 0, "end": 9, "type": "x"}]}',
        '{"text": 1, "entities": []}',
    ],
)
def test_a_line_that_is_no_labelled_passage_is_named(tmp_path, line):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a", "entities": []}\n' + line + "\n")
    with pytest.raises(InputError, match=r"a\.jsonl, line 2"):
        list(read_labelled(path))


def test_when_settings_cannot_be_then_they_are_refused():
    with pytest.raises(UsageError, match="0 or more"):
        Recipe(negatives=-1)
    with pytest.raises(UsageError, match="frequency, nearest"):
        Negatives(PASSAGES, "best")
