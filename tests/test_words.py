"""Words and their sub-tokens: exact offsets, nothing left out, each word the same wherever it stands."""

from __future__ import annotations

import threading

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

import hybrid_ner.words as words_module
from hybrid_ner.errors import ModelError
from hybrid_ner.words import SHAPES, WordEncoder, shape_of, word_offsets
from tests.students.embedded import FOLDER, SENTENCE, unicode_texts


def words_of(text):
    return [text[start:end] for start, end in word_offsets(text)]


@pytest.fixture(scope="module")
def encoder():
    return WordEncoder.from_file(FOLDER / "tokenizer.json")


@given(unicode_texts)
def test_words_are_in_order_and_leave_out_nothing_but_white_space(text):
    end = 0
    for start, stop in word_offsets(text):
        assert end <= start < stop <= len(text)
        assert regex.fullmatch(r"\s*", text[end:start])
        assert not regex.search(r"\s", text[start:stop])
        end = stop
    assert regex.fullmatch(r"\s*", text[end:])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Dr. O'Neil's 3.5 kg", ["Dr", ".", "O", "'", "Neil", "'", "s", "3", ".", "5", "kg"]),
        ("東京タワー", ["東", "京", "タ", "ワ", "ー"]),
        ("e\u0301te\u0301", ["e\u0301te\u0301"]),
        ("مريم שלום", ["مريم", "שלום"]),
        ("snake_case", ["snake_case"]),
        ("a\u2028b", ["a", "b"]),
        ("x" * 5000, ["x" * 5000]),
        (" \n\t\u3000", []),
        ("", []),
    ],
)
def test_where_words_begin_and_end(text, words):
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("paris", "lower"),
        ("Paris", "title"),
        ("A", "title"),
        ("IBM", "upper"),
        ("iPhone", "mixed"),
        ("東", "lower"),
        ("1984", "digits"),
        ("B52", "alphanumeric"),
        ("...", "punctuation"),
        ("😀", "punctuation"),
    ],
)
def test_the_shape_says_what_an_uncased_vocabulary_forgets(word, shape):
    assert SHAPES[shape_of(word)] == shape


@given(unicode_texts)
def test_each_word_has_sub_tokens_of_its_own_whatever_stands_beside_it(encoder, text):
    encoded = encoder.encode(text)
    assert encoded.offsets == word_offsets(text)
    assert len(encoded.bounds) == len(encoded.offsets) + 1
    assert encoded.bounds[0] == 0
    assert encoded.bounds[-1] == len(encoded.ids) == len(encoded.shapes)
    for word, low, high in zip(words_of(text), encoded.bounds, encoded.bounds[1:], strict=False):
        alone = encoder.encode(word)
        assert 1 <= high - low <= 100
        assert encoded.ids[low:high] == alone.ids
        assert set(encoded.shapes[low:high]) == set(alone.shapes)


@pytest.mark.parametrize("word", ["\x00", "_" * 1000, "a_" * 500, "x" * 1000, "\u200b"])
def test_when_the_vocabulary_drops_a_word_or_it_is_very_long_then_it_is_one_unknown_token(encoder, word):
    assert len(encoder.encode(word).ids) == 1


def test_when_a_text_spells_special_tokens_then_they_are_plain_words(encoder):
    assert not {encoder.start_id, encoder.end_id} & set(encoder.encode("a [SEP] b [CLS]").ids)


def test_when_texts_are_read_by_many_threads_and_the_cache_overflows_then_each_gets_its_own_tokens(monkeypatch):
    texts = [f"{SENTENCE} number{n} of{n} many{n} words{n}" for n in range(40)]
    expected = [WordEncoder.from_file(FOLDER / "tokenizer.json").encode(text) for text in texts]
    monkeypatch.setattr(words_module, "_CACHE_LIMIT", 20)
    shared = WordEncoder.from_file(FOLDER / "tokenizer.json")
    wrong = []

    def read():
        for text, encoded in zip(texts, expected, strict=True):
            try:
                if shared.encode(text) != encoded:
                    wrong.append(text)
            except KeyError as error:
                wrong.append(error)

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_when_the_cache_overflows_while_another_thread_learns_words_then_that_thread_keeps_what_it_knew(monkeypatch):
    encoder = WordEncoder.from_file(FOLDER / "tokenizer.json")
    expected = encoder.encode("known fresh")
    tokenizer = encoder._tokenizer
    encoder = WordEncoder(tokenizer)
    encoder.encode("known")
    monkeypatch.setattr(words_module, "_CACHE_LIMIT", 2)

    class Interrupted:
        """Stands for a second thread that reads other texts between two steps of the first."""

        def encode_batch(self, *arguments, **options):
            encoder._tokenizer = tokenizer
            encoder.encode("three other words")
            encoder.encode("overflow")
            return tokenizer.encode_batch(*arguments, **options)

    encoder._tokenizer = Interrupted()
    assert encoder.encode("known fresh") == expected


@settings(max_examples=20)
@given(st.lists(st.sampled_from(["Paris", "paris", "B52", "_" * 300, "\x00"]), max_size=8))
def test_what_was_read_before_changes_nothing(encoder, words):
    fresh = WordEncoder(encoder._tokenizer)
    assert fresh.encode(" ".join(words)) == encoder.encode(" ".join(words))


def made_tokenizer(path, *special):
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    vocabulary = {token: number for number, token in enumerate([*special, "unknown", "paris"])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="unknown"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(path))
    return path


def test_when_the_vocabulary_is_of_roberta_s_family_then_its_special_tokens_are_taken(tmp_path):
    encoder = WordEncoder.from_file(made_tokenizer(tmp_path / "tokenizer.json", "<s>", "</s>", "<unk>"))
    assert (encoder.start_id, encoder.end_id) == (0, 1)
    assert encoder.encode("paris").ids == [4]


def test_when_the_vocabulary_has_no_special_tokens_then_the_error_names_what_is_accepted(tmp_path):
    with pytest.raises(ModelError, match=r"\[CLS\]"):
        WordEncoder.from_file(made_tokenizer(tmp_path / "tokenizer.json"))


@pytest.mark.parametrize("content", ["", "{", "[]", '{"model": 1}'])
def test_when_the_file_is_no_tokenizer_then_the_error_names_it(tmp_path, content):
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        WordEncoder.from_file(tmp_path / "tokenizer.json")
