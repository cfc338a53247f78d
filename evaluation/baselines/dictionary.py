"""The majority dictionary: a mention of the training split is what it was most often there, marked or not.

As the baseline of CoNLL-2003 (Tjong Kim Sang and De Meulder, 2003), but by majority where that one asks for a
mention to be unambiguous. Longest match, from left to right, case as written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.baselines import Tagger
from evaluation.baselines.gazetteer import Index, Words, marked, unmarked
from evaluation.corpora import Sentence
from hybrid_ner.scoring import Span
from hybrid_ner.words import word_offsets


class Dictionary:
    """Fits in one pass over the training split and one over its texts."""

    name = "dictionary"
    packages: tuple[str, ...] = ()
    settings: Mapping[str, Any] = {"match": "longest, case as written", "type": "the mention's majority, unmarked too"}

    def fit(self, sentences: Sequence[Sentence]) -> Tagger:
        mentions = marked(sentences)
        elsewhere = unmarked(mentions, sentences)
        known: dict[Words, tuple[str, float]] = {}
        for mention, types in mentions.items():
            name, count = min(types.items(), key=lambda item: (-item[1], item[0]))
            seen = types.total() + elsewhere[mention]
            if count > elsewhere[mention]:
                known[mention] = name, count / seen
        index = Index(known)
        return lambda texts: [_tag(text, index, known) for text in texts]


def _tag(text: str, index: Index, known: Mapping[Words, tuple[str, float]]) -> dict[Span, float]:
    offsets = word_offsets(text)
    words = [text[start:end] for start, end in offsets]
    spans: dict[Span, float] = {}
    place = 0
    while place < len(words):
        mention = next(iter(index.at(words, place)), None)
        if mention is None:
            place += 1
            continue
        name, share = known[mention]
        spans[offsets[place][0], offsets[place + len(mention) - 1][1], name] = share
        place += len(mention)
    return spans
