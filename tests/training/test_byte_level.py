"""Words of a byte-level vocabulary are encoded as they are inside running text."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from tokenizers import Tokenizer, models, pre_tokenizers

from hybrid_ner.errors import ModelError
from hybrid_ner.words import SHAPES, WordEncoder
from tests.training import made


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return made.write_roberta(tmp_path_factory.mktemp("roberta")) / "tokenizer.json"


@pytest.mark.parametrize(
    "text", ["Ada Brown lives in Oslo .", "Mia, visited\nthe University", "Zürich 🙂 (Lima)!", "lives"]
)
def test_when_the_vocabulary_is_byte_level_then_words_have_the_tokens_of_the_whole_text(file, text):
    whole = Tokenizer.from_file(str(file)).encode(f" {text}".replace("\n", " "), add_special_tokens=False)
    assert WordEncoder.from_file(file).encode(text).ids == whole.ids


def test_when_the_vocabulary_is_byte_level_then_shapes_and_special_tokens_are_the_word_s(file):
    words = WordEncoder.from_file(file)
    encoded = words.encode("Oslo lives , X1")
    assert [SHAPES[encoded.shapes[bound]] for bound in encoded.bounds[:-1]] == [
        "title", "lower", "punctuation", "alphanumeric"
    ]  # fmt: skip
    assert words.encode_plain("Oslo")[0] == words.start_id == 0
    assert words.encode_plain("Oslo")[-1] == words.end_id == 2


def test_when_a_vocabulary_has_no_special_tokens_then_it_is_refused(tmp_path):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ModelError, match=r"\[CLS\] and \[SEP\].*<s> and </s>"):
        WordEncoder.from_file(tmp_path / "tokenizer.json")
