"""A language model behind the student's protocol, and the whole extractor around it."""

from __future__ import annotations

import json
import math

import pytest

from hybrid_ner import HybridNER
from hybrid_ner.conversations.template import load_template
from hybrid_ner.errors import ModelError, UsageError
from hybrid_ner.generative.checkpoint import AskingConfig
from hybrid_ner.schema import EntityType, TypeSet
from hybrid_ner.students.conversing import scored_mentions
from hybrid_ner.students.generative import GenerativeStudent
from tests.generative import tiny

TYPES = TypeSet.of(["person", "city"])
SHORT = AskingConfig(passage_tokens=48, answer_tokens=12)


class Scripted:
    """In the decoder's place: answers every question with capitalised words of the passage, seen through the prompt."""

    def __init__(self):
        self.asked = []

    def answers(self, passages, questions):
        from hybrid_ner.generative.decode import Written

        for passage in passages:
            prompt = tiny.tokenizer().decode(passage)
            self.asked.append(prompt)
            words = [w.strip(".,;") for w in prompt.partition("Text: ")[2].partition(" ASSISTANT:")[0].split()]
            answer = json.dumps([w for w in words if w[:1].isupper()]).encode()
            yield [Written((answer,), (math.log(0.5),)) for _ in questions]


def student(**options):
    return GenerativeStudent(tiny.model(), tiny.tokenizer(), SHORT, **options)


def scripted(**options):
    made = student(**options)
    made._decoder = Scripted()
    return made


def test_answers_become_proposals_with_exact_offsets_and_scores():
    text = "Ada met Bob; Ada left."
    (found,) = scripted().propose([text], TypeSet.of(["person"]))
    assert [(p.start, p.end, text[p.start : p.end]) for p in found] == [(0, 3, "Ada"), (8, 11, "Bob"), (13, 16, "Ada")]
    assert {p.score for p in found} == {0.5}
    (first,) = scripted(policy="first").propose([text], TypeSet.of(["person"]))
    assert [p.start for p in first] == [0, 8]


def test_a_long_document_is_read_in_windows_and_whole():
    text = " ".join(f"the {name} went home." for name in ("Ada", "Bob", "Eve", "Max", "Zoe") * 20)
    made = scripted()
    (found,) = made.propose([text], TypeSet.of(["person"]))
    assert len(made._decoder.asked) > 3
    assert [text[p.start : p.end] for p in found] == ["Ada", "Bob", "Eve", "Max", "Zoe"] * 20
    room = SHORT.passage_tokens
    assert max(len(tiny.tokenizer()(prompt).input_ids) for prompt in made._decoder.asked) <= room + 60


def test_texts_come_back_in_order_and_empty_ones_have_no_proposals():
    texts = ["Ada.", "", "nobody", *["Bob."] * 12, "Eve."]
    found = list(scripted().propose(texts, TypeSet.of(["person"])))
    assert [[t[p.start : p.end] for p in ps] for t, ps in zip(texts, found, strict=True)] == [
        ["Ada"], [], [], *[["Bob"]] * 12, ["Eve"],
    ]  # fmt: skip


def test_reuse_order_of_types_and_batch_change_nothing_for_a_real_model():
    texts = tiny.TEXTS[:4]
    usual = list(student().propose(texts, TYPES))
    assert usual == list(student(reuse=False).propose(texts, TYPES))
    assert usual == list(student(rows=1).propose(texts, TypeSet.of(["city", "person"])))


def test_a_mention_scores_the_geometric_mean_of_its_own_tokens():
    question = load_template().questions([EntityType("person")])[0]
    tokens = [b' ["', b"A", b"da", b'", "', b"Bob", b'"', b"]"]
    scores = [math.log(p) for p in (0.1, 0.8, 0.2, 0.4, 0.9, 0.9, 0.1)]
    found = scored_mentions(tokens, scores, question, load_template())
    assert [(m.text, m.score) for m in found] == [("Ada", round((0.8 * 0.2 * 0.4) ** (1 / 3), 5)), ("Bob", 0.9)]


def test_a_mention_of_several_bytes_a_character_scores_its_own_tokens():
    question = load_template().questions([EntityType("person")])[0]
    tokens = [b'["', b"\xc3", b"\xa9", b'"', b"]"]
    (found,) = scored_mentions(tokens, [math.log(p) for p in (0.1, 0.5, 0.5, 0.5, 0.1)], question, load_template())
    assert (found.text, found.score) == ("\u00e9", 0.5)


def test_the_whole_extractor_works_around_it(tmp_path):
    folder = tiny.save(tmp_path / "student")
    ner = HybridNER.load(folder)
    assert isinstance(ner.student, GenerativeStudent) and ner.student.threshold == 0.0
    documents = list(ner.extract_many([*tiny.TEXTS[:2], "\ud800"], TYPES, explain=True))
    assert documents[2].error is not None
    for document in documents[:2]:
        assert all(document.text[e.start : e.end] == e.text for e in document.entities)
    ner = HybridNER(scripted(), ner.rules)
    document = ner.extract("Ada met Bob. Ada left.", TYPES, explain=True)
    assert [(e.text, e.type) for e in document.entities] == [("Ada", "city"), ("Bob", "city"), ("Ada", "city")]
    assert any(d.rival for d in document.decisions), "the index decided between the types of one span"


def test_a_view_asks_by_name_or_by_definition():
    types = [EntityType("drug", "a medicine")]
    shown = {view: student(views=view).template.questions(types)[0].text for view in ((), ("definition",), ("name",))}
    assert shown[()] == shown[("name",)] == "What describes drug in the text?"
    assert shown[("definition",)] == "What describes a medicine in the text?"


def test_when_the_context_leaves_no_room_for_text_then_it_says_so():
    made = GenerativeStudent(tiny.model(max_position_embeddings=64), tiny.tokenizer(), SHORT)
    with pytest.raises(UsageError, match="reads 64 tokens"):
        next(made.propose(["Ada"], TYPES))


def test_when_settings_or_files_are_wrong_then_it_says_what_is_accepted(tmp_path):
    with pytest.raises(UsageError, match="every, first"):
        student(policy="all")
    with pytest.raises(ModelError, match=r"folder with\s+config\.json"):
        GenerativeStudent.load(tmp_path)
    folder = tiny.save(tmp_path / "student")
    with pytest.raises(UsageError, match="float32, bfloat16"):
        GenerativeStudent.load(folder, dtype="int8")
    with pytest.raises(ModelError, match="try cpu"):
        GenerativeStudent.load(folder, device="cuda")
    (folder / "hybrid_ner.json").write_text("[")
    with pytest.raises(ModelError, match=r"hybrid_ner\.json"):
        GenerativeStudent.load(folder)


def test_a_spacy_pipeline_takes_it_by_its_folder_and_finds_the_same(tmp_path):
    import spacy

    nlp = spacy.blank("en")
    folder = tiny.save(tmp_path / "student")
    nlp.add_pipe("hybrid_ner", config={"types": ["person", "city"], "student": str(folder)})
    (doc,) = nlp.pipe(tiny.TEXTS[:1])
    alone = HybridNER.load(folder).extract(tiny.TEXTS[0], TYPES)
    found = [(span.start_char, span.end_char, span.label_) for span in doc.ents]
    assert found == [(e.start, e.end, e.type) for e in alone.entities]
