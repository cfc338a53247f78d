"""The grammar of answers over bytes and over tokens."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_ner.errors import ModelError
from hybrid_ner.generative.automaton import REFUSED, list_automaton, over_tokens
from hybrid_ner.generative.vocabulary import token_bytes
from tests.generative import tiny

AUTOMATA = {form: list_automaton(form) for form in ("strings", "pairs")}


def accepts(form, answer):
    automaton, state = AUTOMATA[form], 0
    for byte in answer:
        state = automaton.table[state, byte]
        if state == REFUSED:
            return False
    return state == automaton.done


@given(st.lists(st.text(min_size=1), max_size=4), st.booleans(), st.integers(0, 2))
def test_every_json_list_of_strings_is_accepted(mentions, ascii_only, spaces):
    assert accepts("strings", b" " * spaces + json.dumps(mentions, ensure_ascii=ascii_only).encode("utf-8", "replace"))


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), max_size=3))
def test_every_json_list_of_pairs_is_accepted(pairs):
    assert accepts("pairs", json.dumps(pairs).encode())


@given(st.binary(max_size=12).map(lambda tail: b'["' + tail))
def test_whatever_is_accepted_is_json(answer):
    if accepts("strings", answer):
        values = json.loads(answer.decode("utf-8", errors="replace"))
        assert all(isinstance(value, str) and value for value in values)


@pytest.mark.parametrize(
    "answer", [b'[""]', b'["a",]', b"[,]", b'["a" "b"]', b'["a"', b"none", b'["a\nb"]', b'[["a", "b"]]']
)
def test_what_is_no_list_of_strings_is_refused(answer):
    assert not accepts("strings", answer)


def test_tokens_lead_where_their_bytes_do():
    automaton = AUTOMATA["strings"]
    letters = [bytes([byte]) for byte in b'[" ,a\\nu0']
    table = over_tokens(automaton, [b' ["', b'a"', b"]", b'", "', *letters, None])
    after = table[0, 0]
    assert table[table[after, 1], 2] == automaton.done
    assert table[0, 1] == REFUSED and (table[:, -1] == REFUSED).all()
    assert (table[automaton.done] == REFUSED).all()


def test_a_vocabulary_that_cannot_write_a_list_is_refused():
    with pytest.raises(ModelError, match="cannot write a JSON list"):
        over_tokens(AUTOMATA["strings"], [b"a", b"b"])


def test_the_bytes_of_byte_level_tokens_are_those_of_the_text():
    tokenizer = tiny.tokenizer()
    tokens = token_bytes(tokenizer, len(tokenizer) + 3)
    text = 'Ada \u00e9\U0001f600 ["x"]\n'
    ids = tokenizer(text, add_special_tokens=False).input_ids
    assert b"".join(tokens[i] for i in ids) == text.encode()
    assert tokens[tokenizer.eos_token_id] is None and tokens[-1] is None


def test_the_bytes_of_sentencepiece_tokens_are_those_of_the_text():
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    pieces = {"<unk>": 0, "</s>": 1, "<0x0A>": 2, "\u2581Ada": 3, "\u2581": 4, '"]': 5}
    backend = Tokenizer(models.BPE(vocab=pieces, merges=[], unk_token="<unk>", byte_fallback=True))
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()])
    made = PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="<unk>", eos_token="</s>")
    assert token_bytes(made, 6) == [None, None, b"\n", b" Ada", b" ", b'"]']


def test_a_wordpiece_vocabulary_is_refused():
    from tokenizers import Tokenizer, decoders, models
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.WordPiece(vocab={"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
    backend.decoder = decoders.WordPiece()
    with pytest.raises(ModelError, match="byte-level BPE and"):
        token_bytes(PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="[UNK]"), 2)


def test_tables_are_small_whatever_the_vocabulary():
    tokenizer = tiny.tokenizer()
    table = over_tokens(AUTOMATA["pairs"], token_bytes(tokenizer, len(tokenizer)))
    assert table.dtype == np.int16 and table.shape == (len(AUTOMATA["pairs"].table), len(tokenizer))
