"""What is learned, token by token, and that packed conversations stay apart."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hybrid_ner.conversations.template import load_template
from hybrid_ner.generative.encoding import IGNORED, ConversationEncoder, Example
from hybrid_ner.generative.packing import collate, keeps_examples_apart, pack
from tests.generative import tiny

TURNS = (
    "Text: Ada Lovelace lived in London, and Ada Lovelace liked it.",
    "I've read this text.",
    "What describes person in the text?",
    '["Ada Lovelace"]',
    "What describes drug in the text?",
    "[]",
)


def encoder(template="uniner-type"):
    return ConversationEncoder(tiny.tokenizer(), load_template(template))


def example(max_tokens=512):
    (made,) = encoder().examples(TURNS, max_tokens)
    return made


def test_exactly_the_tokens_of_the_answers_and_their_ends_are_learned():
    made, tokenizer = example(), tiny.tokenizer()
    pieces = load_template().pieces(TURNS)
    expected_ids, expected_labels = [tokenizer.bos_token_id], [IGNORED]
    for piece in pieces:
        for token in tokenizer(piece.text, add_special_tokens=False).input_ids:
            expected_ids.append(token)
            expected_labels.append(token if piece.learned else IGNORED)
    assert made.ids.tolist() == expected_ids
    assert made.labels.tolist() == expected_labels


def test_the_learned_tokens_spell_the_answers_and_nothing_else():
    made, tokenizer = example(), tiny.tokenizer()
    runs, current = [], []
    for token, label in zip(made.ids.tolist(), made.labels.tolist(), strict=True):
        if label != IGNORED:
            assert label == token
            current.append(token)
        elif current:
            runs.append(tokenizer.decode(current))
            current = []
    assert [*runs, tokenizer.decode(current)] == [' ["Ada Lovelace"]</s>', " []</s>"]


def test_all_tokens_together_spell_the_template_byte_for_byte():
    whole = "".join(piece.text for piece in load_template().pieces(TURNS))
    assert tiny.tokenizer().decode(example().ids.tolist()[1:]) == whole


def test_the_tokens_of_a_prompt_are_those_that_training_saw_in_its_place():
    asked = encoder()
    prompt = [*asked.opening(TURNS[0].removeprefix("Text: ")), *asked.question(TURNS[2])]
    assert example().ids[: len(prompt)].tolist() == prompt
    assert example().labels[len(prompt)] != IGNORED


def test_a_vocabulary_like_llamas_reads_the_published_string_in_the_same_tokens():
    """SentencePiece puts a space in front of every stretch between special tokens, so cutting there changes nothing."""
    from tokenizers import Tokenizer, decoders, models, normalizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE(unk_token="<unk>"))
    backend.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    backend.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()])
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=["<unk>", "<s>", "</s>"], show_progress=False)
    backend.train_from_iterator(["".join(p.text for p in load_template().pieces(TURNS))], trainer)
    backend.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    llama = PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="<unk>", bos_token="<s>", eos_token="</s>")
    asked = ConversationEncoder(llama, load_template())
    published = "".join(piece.text for piece in load_template().pieces(TURNS[:3]))
    assert [*asked.opening(TURNS[0].removeprefix("Text: ")), *asked.question(TURNS[2])] == llama(published).input_ids
    assert asked.end == "</s>"


def test_a_long_conversation_is_split_between_its_questions_and_loses_none():
    whole = example()
    parts = list(encoder().examples(TURNS, len(whole) - 1))
    opening = encoder().opening(TURNS[0].removeprefix("Text: "))
    assert len(parts) == 2
    assert all(part.ids[: len(opening)].tolist() == opening for part in parts)
    learned = np.concatenate([part.labels[part.labels != IGNORED] for part in parts])
    assert learned.tolist() == whole.labels[whole.labels != IGNORED].tolist()
    assert list(encoder().examples(TURNS, 20)) == []


def test_a_model_with_another_end_token_ends_its_answers_with_that():
    class Other:
        """A tokenizer whose end is not the template's."""

        eos_token, eos_token_id, bos_token_id = "<unk>", 0, None
        all_special_tokens = ("<unk>", "</s>")

        def __call__(self, text, **options):
            return tiny.tokenizer()(text, add_special_tokens=False)

        def convert_tokens_to_ids(self, token):
            return tiny.tokenizer().convert_tokens_to_ids(token)

    (made,) = ConversationEncoder(Other(), load_template()).examples(TURNS, 512)
    assert made.labels[-1] == 0 and made.labels[made.labels != IGNORED].tolist().count(0) == 2


@pytest.fixture(scope="module")
def examples():
    several = (TURNS, (f"Text: {tiny.TEXTS[5]}", *TURNS[1:4]), (f"Text: {tiny.TEXTS[9]}", *TURNS[1:]))
    return [e for turns in several for e in encoder().examples(turns, 512)]


def test_packing_keeps_every_example_once_and_no_row_too_long(examples):
    many = [Example(e.ids[:n], e.labels[:n]) for n in range(5, 45) for e in examples]
    rows = pack(many, 100, seed=1)
    assert sorted(id(e) for row in rows for e in row) == sorted(map(id, many))
    assert max(sum(map(len, row)) for row in rows) <= 100
    assert len(rows) <= 1.1 * sum(map(len, many)) / 100 + 1
    again = pack(many, 100, seed=1)
    assert [[id(e) for e in row] for row in again] == [[id(e) for e in row] for row in rows]


def test_a_packed_row_gives_every_token_the_loss_it_has_alone(examples):
    model = tiny.model()
    batch = collate([examples, examples[:1]], pad_id=0)
    with torch.no_grad():
        packed = model(input_ids=batch["input_ids"], position_ids=batch["position_ids"], use_cache=False).logits
        at = 0
        for one in examples:
            alone = model(input_ids=torch.from_numpy(one.ids.astype("int64"))[None], use_cache=False).logits[0]
            torch.testing.assert_close(packed[0, at : at + len(one)], alone, rtol=1e-4, atol=1e-4)
            at += len(one)


def test_labels_positions_and_filling_of_a_batch_are_those_of_its_examples(examples):
    first, second, third = examples
    batch = collate([[first, second], [third]], pad_id=7)
    at, end = len(first), len(first) + len(second)
    assert batch["labels"][0, at:end].tolist() == second.labels.tolist()
    assert batch["position_ids"][0, :end].tolist() == [*range(at), *range(end - at)]
    assert set(batch["input_ids"][1, len(third) :].tolist()) == {7}
    assert set(batch["labels"][1, len(third) :].tolist()) == {IGNORED}
    # A first token is a prompt's: no example teaches the one before it in the row.
    assert batch["labels"][0, at] == IGNORED


def test_a_model_that_looks_into_the_example_before_is_found_out():
    class Leaking(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = tiny.model()
            self.get_input_embeddings = self.inner.get_input_embeddings

        def forward(self, input_ids, position_ids=None, **options):
            return self.inner(input_ids=input_ids, **options)

    assert keeps_examples_apart(tiny.model())
    assert not keeps_examples_apart(Leaking())
