"""Baselines that are run here, not quoted: each learns from a corpus's training split and tags its test split."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from evaluation.corpora import Sentence
from hybrid_ner.scoring import Span

Tagger = Callable[[Sequence[str]], Sequence[Mapping[Span, float]]]


class Baseline(Protocol):
    """Something that can be fitted to a corpus.

    Attributes:
        name: the column it gets in a table.
        settings: what its figure depends on, for the results file.
        packages: distributions whose versions the results file records.
    """

    name: str
    packages: tuple[str, ...]

    @property
    def settings(self) -> Mapping[str, Any]: ...

    def fit(self, sentences: Sequence[Sentence]) -> Tagger:
        """A function from texts to their spans with scores, learnt from labelled sentences."""
        ...
