"""A made corpus of recipes, and a student that takes units for food and verbs for both."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from hybrid_ner.extractor import HybridNER
from hybrid_ner.rules import load_packs
from hybrid_ner.schema import Document, Entity, Proposal, TypeSet

UNITS = ("cup", "spoon", "gram", "jug")
FOODS = ("rye flour", "brown sugar", "sea salt", "ground maize", "sour milk")
VERBS = ("add", "stir", "take")
TYPES = TypeSet.of({"food": "what is eaten", "unit": "a measure", "tool": None})


class KitchenStudent:
    """Offers every word, and every pair of words after "of", mostly as food."""

    name = "kitchen"
    threshold = 0.5

    def propose(self, texts: Sequence[str], types: TypeSet) -> Iterator[list[Proposal]]:
        for text in texts:
            found = []
            for match in re.finditer(r"of (\w+ \w+)|(\w+)", text):
                span, score = match.span(match.lastindex), 0.6 if match.lastindex == 1 else 0.55
                found.append(Proposal(*span, "food", score))
                if match[2] in UNITS:
                    found.append(Proposal(*span, "unit", 0.3))
            yield found


def recipes(count: int, seed: int = 0) -> list[Document]:
    """Labelled sentences: "stir one cup of sour milk well"."""
    draw, made = random.Random(seed), []
    for number in range(count):
        unit, food = draw.choice(UNITS), draw.choice(FOODS)
        text = f"{draw.choice(VERBS)} one {unit} of {food} well"
        spans = [(text.index(word), word, name) for word, name in ((unit, "unit"), (food, "food"))]
        entities = tuple(Entity(start, start + len(word), word, name, 1.0) for start, word, name in spans)
        made.append(Document(text, entities, id=str(number)))
    return made


def kitchen(*packs: str) -> HybridNER:
    """The extractor around that student."""
    return HybridNER(KitchenStudent(), load_packs(packs))
