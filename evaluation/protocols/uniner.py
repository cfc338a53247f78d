"""UniversalNER's string sets: per text and type, the set of normalised mentions (Zhou et al., 2024).

As in `src/eval/evaluate.py` of the repository universal-ner/universal-ner: where a mention stands does not matter, nor
how often; mentions are normalised as SQuAD's answers are; counts are pooled over all texts and types. Left out is what
comes of reading a model's answer as text: the published script takes a list with a "]" in it for an empty one.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable

from evaluation.protocols.tally import Tally
from hybrid_ner.scoring import Span

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLE = re.compile(r"\b(?:a|an|the)\b")


def normalise(mention: str) -> str:
    """Lower case; without ASCII punctuation (nothing in its place), then without articles; single spaces."""
    return " ".join(_ARTICLE.sub(" ", mention.lower().translate(_PUNCTUATION)).split())


def tally(gold: frozenset[Span], predicted: frozenset[Span], text: str) -> Tally:
    """Counts (type, normalised mention) pairs; a mention of which nothing is left counts as the empty string."""
    wanted, found = _strings(gold, text), _strings(predicted, text)
    return Tally(len(wanted & found), len(wanted), len(found))


def _strings(spans: Iterable[Span], text: str) -> set[tuple[str, str]]:
    return {(type_name, normalise(text[start:end])) for start, end, type_name in spans}
