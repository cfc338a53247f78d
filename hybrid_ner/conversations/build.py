"""Labelled passages into conversations: the types that are there, some that are not, asked in a drawn order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from hybrid_ner.conversations.answers import write_answer
from hybrid_ner.conversations.labelled import LabelledPassage
from hybrid_ner.conversations.negatives import Negatives
from hybrid_ner.conversations.template import Template
from hybrid_ner.errors import UsageError
from hybrid_ner.schema import EntityType


@dataclass(frozen=True, slots=True)
class Recipe:
    """How conversations are made.

    Attributes:
        negatives: absent types asked of a passage, at most.
        questions: questions a conversation, 0 for all of a passage in one. A student is asked one at a time; more a
            conversation teach more a token.
        seed: of the draws; a passage's own draws depend on it and on the passage's place, on nothing else.
    """

    negatives: int = 4
    questions: int = 0
    seed: int = 13

    def __post_init__(self) -> None:
        if self.negatives < 0 or self.questions < 0:
            raise UsageError(
                f"negatives is {self.negatives} and questions {self.questions}; accepted: 0 or more for both"
            )


def conversations(
    passages: Iterable[LabelledPassage],
    template: Template,
    negatives: Negatives,
    recipe: Recipe,
    *,
    count: Callable[[str, int], None] = lambda _name, _number: None,
) -> Iterator[dict[str, Any]]:
    """Records in the layout of UniversalNER's data: `{"id", "conversations": [{"from", "value"}, ...], "template"}`.

    A passage that leaves nothing to ask about gives none.

    Args:
        count: told of "passages", "conversations", "questions" and "empty answers" as they come.
    """
    for number, passage in enumerate(passages):
        rng = random.Random(f"{recipe.seed}:{number}")
        turns = list(_asked(passage, template, negatives, recipe, rng))
        size = recipe.questions or max(1, len(turns))
        count("passages", 1)
        for part, begin in enumerate(range(0, len(turns), size)):
            chosen = turns[begin : begin + size]
            count("conversations", 1)
            count("questions", len(chosen))
            count("empty answers", sum(answer == "[]" for _, answer in chosen))
            opening = template.opening(passage.text, passage.dataset)
            said = [*opening, *(turn for pair in chosen for turn in pair)]
            yield {
                "id": passage.id if len(turns) <= size else f"{passage.id}/{part}",
                "conversations": [{"from": ("human", "gpt")[i % 2], "value": turn} for i, turn in enumerate(said)],
                "template": f"{template.name}/{template.version}",
            }


def _asked(
    passage: LabelledPassage, template: Template, negatives: Negatives, recipe: Recipe, rng: random.Random
) -> Iterator[tuple[str, str]]:
    """(question, answer) of the passage's types and some absent ones, in a drawn order."""
    held: dict[EntityType, list[tuple[str, str]]] = {}
    for start, end, entity_type in sorted(passage.mentions, key=lambda m: (m[0], m[1], m[2].name)):
        held.setdefault(entity_type, []).append((passage.text[start:end], entity_type.name))
    types = [*held, *negatives.draw(passage, recipe.negatives, rng)]
    rng.shuffle(types)
    if not types:
        return
    for question in template.questions(types):
        # In the order of the text, as a reader would list them; types of one segment come mixed.
        mentions = [pair for t in question.types for pair in held.get(t, ())]
        if template.answers == "pairs":
            mentions.sort(key=lambda pair: passage.text.find(pair[0]))
        yield question.text, write_answer(mentions, template.answers)


def new_counter() -> tuple[Counter[str], Callable[[str, int], None]]:
    """A counter, and the function that `conversations` tells."""
    counter: Counter[str] = Counter()

    def count(name: str, number: int) -> None:
        counter[name] += number

    return counter, count
