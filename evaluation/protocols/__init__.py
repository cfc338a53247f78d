"""Protocols besides the strict one: what counts as right, each a pure function over one sentence.

A protocol takes a sentence's gold spans, its predicted spans and its text, and gives a `Tally`; a corpus's figures
are those of the sum of its sentences' tallies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from evaluation.protocols import nesting, partial, tokens, uniner
from evaluation.protocols.tally import Tally
from hybrid_ner.scoring import Span

Protocol = Callable[[frozenset[Span], frozenset[Span], str], Tally]

PROTOCOLS: Mapping[str, Protocol] = {
    "uniner": uniner.tally,
    "token": tokens.tally,
    "partial": partial.tally,
    "partial-untyped": partial.tally_untyped,
    "flat": nesting.tally_flat,
    "nested": nesting.tally_nested,
}


def tally(name: str, sentences: Iterable[tuple[Iterable[Span], Iterable[Span], str]]) -> Tally:
    """The tally of a protocol of `PROTOCOLS` over sentences: (gold spans, predicted spans, text) each."""
    one = PROTOCOLS[name]
    return sum((one(frozenset(gold), frozenset(found), text) for gold, found, text in sentences), Tally())
