from __future__ import annotations

import logging

from hypothesis import given

from hybrid_ner.formats.conll import ConllFormat
from hybrid_ner.formats.flat import flat_choice
from hybrid_ner.schema import Document, Entity
from tests.formats.strategies import documents


def entity(text: str, mention: str, type_name: str, score: float = 0.9) -> Entity:
    start = text.index(mention)
    return Entity(start, start + len(mention), mention, type_name, score)


def tagged(written: str) -> list[tuple[str, str]]:
    return [tuple(line.split("\t")) for line in written.split("\n") if line and not line.startswith("# ")]


def test_when_a_document_is_written_then_tokens_have_bio_tags_and_documents_an_id():
    text = "Ada Lovelace's London.\n\n# Next"
    document = Document(
        text, (entity(text, "Ada Lovelace", "person"), entity(text, "London", "big city")), "a\nb"
    )
    assert ConllFormat().document(document) == (
        "# id = a b\n"
        "Ada\tB-person\nLovelace\tI-person\n'\tO\ns\tO\nLondon\tB-big_city\n.\tO\n"
        "\n"
        "#\tO\nNext\tO\n"
        "\n"
    )


def test_when_an_entity_ends_inside_a_word_then_the_word_is_cut():
    document = Document("Londoners", (Entity(0, 6, "London", "city", 0.9),), "a")
    assert tagged(ConllFormat().document(document)) == [("London", "B-city"), ("ers", "O")]


def test_when_entities_of_one_type_touch_then_each_begins_anew():
    document = Document("AB", (Entity(0, 1, "A", "x", 0.9), Entity(1, 2, "B", "x", 0.9)), "a")
    assert tagged(ConllFormat().document(document)) == [("A", "B-x"), ("B", "B-x")]


def test_when_entities_overlap_then_the_best_is_written_and_the_log_counts_the_rest(caplog):
    text = "University of London"
    entities = (entity(text, text, "organization", 0.8), entity(text, "London", "city", 0.9))
    form = ConllFormat()
    assert [tag for _, tag in tagged(form.document(Document(text, entities, "a")))] == ["O", "O", "B-city"]
    with caplog.at_level(logging.WARNING):
        form.end()
    assert "1 overlapping or empty entities left out" in caplog.text and "London" not in caplog.text


def test_when_a_document_failed_then_it_is_a_comment():
    written = ConllFormat().document(Document("", id="a", error="line 1\nline 2"))
    assert written == "# id = a\n# error = line 1 line 2\n\n"


@given(documents())
def test_when_any_document_is_written_then_its_tags_are_valid_and_spell_its_flat_entities(document):
    found, before = [], "O"
    for token, tag in tagged(ConllFormat().document(document)):
        assert token.split() == [token]
        assert tag == "O" or tag[:2] in ("B-", "I-")
        if tag.startswith("I-"):
            assert before[2:] == tag[2:]
            found[-1][1] += token
        elif tag.startswith("B-"):
            found.append([tag[2:], token])
        before = tag
    visible = [(e.type, "".join(e.text.split())) for e in flat_choice(document.entities)]
    assert found == [["_".join(name.split()), text] for name, text in visible if text]


@given(documents())
def test_when_any_document_is_written_then_no_visible_character_is_lost(document):
    written = ConllFormat().document(document)
    assert "".join(token for token, _ in tagged(written)) == "".join(document.text.split())
