"""Greedy answers: always lists, and the same whether passages are computed once or for every question."""

from __future__ import annotations

import json
from itertools import chain

import pytest
import torch

from hybrid_ner.conversations.template import load_template
from hybrid_ner.generative.automaton import list_automaton
from hybrid_ner.generative.decode import Decoder
from hybrid_ner.generative.encoding import ConversationEncoder
from hybrid_ner.generative.vocabulary import token_bytes
from hybrid_ner.schema import EntityType
from tests.generative import tiny

TYPES = [EntityType(name) for name in ("person", "city where somebody lived", "drug", "date of birth", "river")]


def prompts(template="uniner-type"):
    encoder = ConversationEncoder(tiny.tokenizer(), load_template(template))
    questions = load_template(template).questions(TYPES)
    return [encoder.opening(t) for t in ("Ada.", *tiny.TEXTS[:3])], [encoder.question(q.text) for q in questions]


def answers(model, form="strings", template="uniner-type", answer_tokens=16, **options):
    decoder = Decoder(model, tiny.tokenizer(), form, answer_tokens=answer_tokens, **options)
    return list(decoder.answers(*prompts(template)))


@pytest.mark.parametrize(("seed", "rows"), [(0, 1), (1, 3), (2, 64)])
def test_answers_are_the_same_with_and_without_reuse_and_whatever_the_batch(seed, rows):
    model = tiny.model(seed)
    reused, alone = answers(model, rows=rows), answers(model, rows=1, reuse=False)
    assert [[a.bytes for a in row] for row in reused] == [[a.bytes for a in row] for row in alone]
    for mine, other in zip(chain(*reused), chain(*alone), strict=True):
        assert mine.logprobs == pytest.approx(other.logprobs, abs=2e-3)
    assert len({a.bytes for row in alone for a in row}) > 1, "answers that are all alike would show nothing"


def test_answers_are_those_of_reading_every_prompt_by_itself_token_by_token():
    model, tokenizer = tiny.model(1), tiny.tokenizer()
    automaton, spelt = list_automaton("strings"), token_bytes(tokenizer, len(tokenizer))
    passages, questions = prompts()
    found = answers(model, answer_tokens=10)
    for passage, row in zip(passages, found, strict=True):
        for question, answer in zip(questions, row, strict=True):
            ids, state, written = [*passage, *question], 0, []
            while state != automaton.done and len(written) < 10:
                with torch.no_grad():
                    logits = model(torch.tensor([ids])).logits[0, -1]
                for token in logits.argsort(descending=True).tolist():
                    reached = _after(automaton, state, spelt[token])
                    if reached is not None:
                        break
                ids.append(token)
                written.append(token)
                state = reached
            assert b"".join(answer.tokens) == b"".join(spelt[token] for token in written)


def _after(automaton, state, written):
    if written is None:
        return None
    for byte in written:
        state = automaton.table[state, byte]
        if state < 0:
            return None
    return state


@pytest.mark.parametrize(("form", "template"), [("strings", "uniner-type"), ("pairs", "all-in-one")])
def test_every_finished_answer_of_a_model_that_learned_nothing_is_a_list(form, template):
    finished = 0
    for seed in range(3):
        for row in answers(tiny.model(seed), form, template, answer_tokens=40):
            for answer in row:
                if answer.bytes.endswith(b"]"):
                    values = json.loads(answer.bytes.decode(errors="replace"))
                    finished += all(isinstance(value, str if form == "strings" else list) for value in values)
    assert finished > 0


def test_an_answer_that_does_not_end_is_left_off_at_the_limit():
    assert all(len(a.tokens) <= 5 for row in answers(tiny.model(), answer_tokens=5) for a in row)


def test_log_probabilities_are_those_of_the_whole_vocabulary():
    for row in answers(tiny.model()):
        for answer in row:
            assert len(answer.logprobs) == len(answer.tokens) and all(p <= 0 for p in answer.logprobs)
