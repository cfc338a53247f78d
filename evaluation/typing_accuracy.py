"""Typing apart from detection: of the gold spans among the candidates, how many have the right type on top?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hybrid_ner.scoring import Span, percent


def typing_accuracy(gold: Sequence[Iterable[Span]], candidates: Sequence[Mapping[Span, float]]) -> dict[str, float]:
    """Percent of gold spans `found` among the candidates, and of those the ones whose best-scored type is right.

    A gold span with several types is one span, and each of its types is right. Of equal scores the name that sorts
    last decides.
    """
    spans = found = right = 0
    for wanted, offered in zip(gold, candidates, strict=True):
        best: dict[tuple[int, int], tuple[float, str]] = {}
        for (start, end, type_name), value in offered.items():
            best[start, end] = max(best.get((start, end), (value, type_name)), (value, type_name))
        types = _types_by_span(wanted)
        hits = types.keys() & best.keys()
        spans += len(types)
        found += len(hits)
        right += sum(best[span][1] in types[span] for span in hits)
    return {
        "found": percent(found / spans) if spans else 0.0,
        "accuracy": percent(right / found) if found else 0.0,
    }


def _types_by_span(spans: Iterable[Span]) -> dict[tuple[int, int], set[str]]:
    types: dict[tuple[int, int], set[str]] = {}
    for start, end, type_name in spans:
        types.setdefault((start, end), set()).add(type_name)
    return types
