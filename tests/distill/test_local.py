"""A local causal language model as teacher: greedy answers, the same alone and in a batch."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from hybrid_ner.distill.teacher.local import LocalSettings, LocalTeacher
from hybrid_ner.distill.teacher.prompts import load_template
from hybrid_ner.distill.teacher.protocol import CUT, TeacherError
from hybrid_ner.errors import UsageError

PASSAGES = ["Ada Brown moved to Oslo.", "Nothing.", "For the fever Carl Diaz took aspirin in Lima and it helped."]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An untrained LLaMA of one layer with a vocabulary of bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("llama")
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({piece: n for n, piece in enumerate(["<s>", "</s>", *alphabet])}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>").save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    LlamaForCausalLM(LlamaConfig(vocab_size=258, bos_token_id=0, eos_token_id=1, **sizes)).save_pretrained(folder)
    return str(folder)


def teacher(folder, **settings):
    return LocalTeacher(folder, load_template("uniner-type"), LocalSettings(**{"max_tokens": 6, **settings}))


def test_when_passages_are_asked_together_then_answers_are_those_of_each_alone(folder):
    together = teacher(folder).ask(PASSAGES)
    alone = [reply for passage in PASSAGES for reply in teacher(folder).ask([passage])]
    assert together == alone
    assert all(reply.finish in ("stop", CUT) and reply.prompt_tokens > 0 for reply in together)
    assert all(reply.answer_tokens == 6 for reply in together if reply.finish == CUT)


def test_when_a_tokenizer_has_a_chat_template_then_the_prompt_is_in_it(folder):
    asking = teacher(folder)
    tokenizer, _ = asking._loaded
    tokenizer.chat_template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"
    text = asking._text(PASSAGES[0])
    assert text.startswith("<system>You are a helpful information extraction system.<user>Given a passage")
    assert text.endswith(f"Passage: {PASSAGES[0]}<assistant>")


def test_the_key_is_of_model_prompt_and_parameters(folder):
    keys = [teacher(folder).key("x"), teacher(folder).key("y"), teacher(folder, max_tokens=7).key("x")]
    assert len(set(keys)) == 3 and teacher(folder, batch=2).key("x") == keys[0]
    assert teacher(folder).prompt_size("x") == 0


def test_when_there_is_no_such_model_then_it_is_said_and_only_when_it_is_asked(tmp_path):
    asking = teacher(str(tmp_path))
    with pytest.raises(TeacherError, match=tmp_path.name):
        asking.ask(["x"])


def test_when_a_setting_cannot_be_then_it_is_named():
    with pytest.raises(UsageError, match="dtype is 'int4'"):
        LocalSettings(dtype="int4")
