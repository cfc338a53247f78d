"""spaCy's `EntityRuler` with a gazetteer from the training split: every mention is a pattern."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.baselines import Tagger
from evaluation.corpora import Sentence
from hybrid_ner.errors import MissingExtraError
from hybrid_ner.scoring import Span


class EntityRulerBaseline:
    """A blank English pipeline with nothing but the ruler; a mention of several types has its commonest one."""

    name = "spaCy EntityRuler"
    packages = ("spacy",)
    settings: Mapping[str, Any] = {"patterns": "all mentions of the training split", "match": "ORTH"}

    def fit(self, sentences: Sequence[Sentence]) -> Tagger:
        """Raises MissingExtraError without spaCy."""
        try:
            import spacy
        except ImportError as error:
            raise MissingExtraError("spacy", "spacy", "the EntityRuler baseline") from error
        nlp = spacy.blank("en")
        commonest = {m: min(types, key=lambda t: (-types[t], t)) for m, types in _mentions(sentences).items()}
        patterns = [{"label": name, "pattern": mention} for mention, name in sorted(commonest.items())]
        nlp.add_pipe("entity_ruler").add_patterns(patterns)

        def tag(texts: Sequence[str]) -> list[dict[Span, float]]:
            docs = nlp.pipe(texts)
            return [{(e.start_char, e.end_char, e.label_): 1.0 for e in doc.ents} for doc in docs]

        return tag


def _mentions(sentences: Sequence[Sentence]) -> dict[str, Mapping[str, int]]:
    """Mention as it is written -> type -> how often."""
    found: dict[str, dict[str, int]] = {}
    for sentence in sentences:
        for start, end, name in sentence.gold:
            counts = found.setdefault(sentence.text[start:end], {})
            counts[name] = counts.get(name, 0) + 1
    return found
