"""What went wrong, span by span: missed, spurious, wrong boundary, wrong type, or both wrong.

The spans that are not exactly right are paired one to one, in this order: same span with another type; overlapping
span with the same type; overlapping span with another type. What is left is missed (gold) or spurious (predicted).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from evaluation.corpora import Sentence
from evaluation.matching import pair_up
from hybrid_ner.scoring import Span

KINDS = ("missed", "spurious", "boundary", "type", "both")
EXAMPLES = 20  # a kind and corpus
_RULES = {
    "type": lambda gold, predicted: gold[:2] == predicted[:2],
    "boundary": lambda gold, predicted: gold[2] == predicted[2],
    "both": lambda gold, predicted: True,
}


@dataclass(frozen=True, slots=True)
class SpanError:
    """One error: `gold` is None for a spurious span, `predicted` for a missed one."""

    kind: str
    gold: Span | None
    predicted: Span | None


def errors_of(gold: Iterable[Span], predicted: Iterable[Span]) -> list[SpanError]:
    """The errors of one sentence; every span that is not exactly right is in one of them."""
    gold, predicted = set(gold), set(predicted)
    gold, predicted = gold - predicted, predicted - gold
    found = []
    for kind, fits in _RULES.items():
        for g, p in pair_up(gold, predicted, fits):
            found.append(SpanError(kind, g, p))
            gold.discard(g)
            predicted.discard(p)
    found += [SpanError("missed", g, None) for g in sorted(gold)]
    return found + [SpanError("spurious", None, p) for p in sorted(predicted)]


def analyse(
    sentences: Sequence[Sentence], predicted: Sequence[Iterable[Span]], *, texts: bool = False
) -> dict[str, Any]:
    """Counts by kind, gold type -> predicted type where types are wrong, and examples, as plain data.

    Args:
        predicted: element i belongs to sentence i.
        texts: put sentences and mentions into the examples; else they hold ids and offsets only.
    """
    found = [
        (sentence, error)
        for sentence, spans in zip(sentences, predicted, strict=True)
        for error in errors_of(sentence.gold, spans)
    ]
    counts = Counter(error.kind for _, error in found)
    return {
        "counts": {kind: counts[kind] for kind in KINDS},
        "confusion": _confusion([error for _, error in found]),
        "examples": {
            kind: [_example(s, e, texts) for s, e in _spread([f for f in found if f[1].kind == kind])]
            for kind in KINDS
        },
    }


def _confusion(errors: Iterable[SpanError]) -> dict[str, dict[str, int]]:
    pairs = Counter((e.gold[2], e.predicted[2]) for e in errors if e.kind in ("type", "both"))
    table: dict[str, dict[str, int]] = {}
    for (gold, predicted), number in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
        table.setdefault(gold, {})[predicted] = number
    return table


def _spread(items: Sequence[Any]) -> Sequence[Any]:
    """At most `EXAMPLES` of them, from the whole corpus and not only from its beginning."""
    step = max(1, len(items) // EXAMPLES)
    return items[::step][:EXAMPLES]


def _example(sentence: Sentence, error: SpanError, texts: bool) -> dict[str, Any]:
    example: dict[str, Any] = {"id": sentence.id}
    for side, span in (("gold", error.gold), ("predicted", error.predicted)):
        if span is not None:
            mention = {"text": sentence.text[span[0] : span[1]]} if texts else {}
            example[side] = {"start": span[0], "end": span[1], "type": span[2], **mention}
    return {**example, "text": sentence.text} if texts else example
