"""Documents to passages of a student's token budget, at the ends of sentences wherever a sentence fits."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

import regex

from hybrid_ner.words import EncodedText, WordEncoder

# A mark that ends sentences with the quotes and brackets that close behind it, before a space; or a blank line. Full
# stops of scripts without spaces need none behind them.
_END = regex.compile(r"""[.!?…]+["'”’»)\]]*(?=\s)|[。！？]+[」』”）]*|\n[^\S\n]*\n""")
_SHORT = """mr mrs ms dr prof st sr jr vs etc al fig figs eq vol pp ed eds inc ltd co corp gen col sgt capt lt rep
sen gov rev hon pres approx dept est e.g i.e cf ca jan feb mar apr jun jul aug sep sept oct nov dec u.s u.k"""
_ABBREVIATIONS = frozenset(_SHORT.split())
_LAST_WORD = regex.compile(r"[\p{L}.]+$")
_TAIL = 24  # characters before a full stop that can hold an abbreviation


def sentence_ends(text: str) -> Iterator[int]:
    """Offsets after which a new sentence begins, in order; the end of the text is not among them.

    A full stop ends nothing after a known abbreviation or an initial, nor before a lower-case letter.
    """
    for match in _END.finditer(text):
        rest = text[match.end() : match.end() + _TAIL].lstrip()
        if match[0] == ".":
            last = _LAST_WORD.search(text[max(0, match.start() - _TAIL) : match.start()])
            word = last[0].lstrip(".").lower() if last else ""
            if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()) or rest[:1].islower():
                continue
        yield match.end()


def chunks(text: str, encoder: WordEncoder, budget: int) -> Iterator[tuple[int, int]]:
    """Passages as (start, end) offsets in code points: whole sentences, as many as fit.

    Args:
        budget: the most sub-tokens a passage may hold, special tokens left out. A sentence that is longer is cut
            between words; a single word that is longer (one of more than 100 sub-tokens counts as one) stands
            alone.
    """
    encoded = encoder.encode(text)
    begin = end = 0  # words of the passage being filled
    for first, last in _sentences(text, encoded):
        if _tokens(encoded, begin, last) <= budget:
            end = last
            continue
        if end > begin:
            yield _span(encoded, begin, end)
        begin = end = first
        while _tokens(encoded, begin, last) > budget:
            cut = _cut(text, encoded, begin, last, budget)
            yield _span(encoded, begin, cut)
            begin = cut
        end = last
    if end > begin:
        yield _span(encoded, begin, end)


def _sentences(text: str, encoded: EncodedText) -> Iterator[tuple[int, int]]:
    """Sentences as words [first, last)."""
    starts = [start for start, _ in encoded.offsets]
    first = 0
    for offset in (*sentence_ends(text), len(text)):
        last = bisect_left(starts, offset)
        if last > first:
            yield first, last
            first = last


def _cut(text: str, encoded: EncodedText, begin: int, last: int, budget: int) -> int:
    """The last word boundary within the budget, with a space at it if there is one: no cluster is torn."""
    cut = begin + 1
    while cut < last and _tokens(encoded, begin, cut + 1) <= budget:
        cut += 1
    for spaced in range(cut, begin, -1):
        if encoded.offsets[spaced - 1][1] < encoded.offsets[spaced][0]:
            return spaced
    return cut


def _tokens(encoded: EncodedText, begin: int, end: int) -> int:
    return encoded.bounds[end] - encoded.bounds[begin]


def _span(encoded: EncodedText, begin: int, end: int) -> tuple[int, int]:
    return encoded.offsets[begin][0], encoded.offsets[end - 1][1]
