"""The parity gate: an exported student must find what the PyTorch network finds, on a fixed set of texts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from hybrid_ner.errors import ModelError
from hybrid_ner.passages import passages
from hybrid_ner.schema import TypeSet
from hybrid_ner.students.onnx import BEST, OnnxStudent
from hybrid_ner.students.torch import SpanStudent, embed_texts
from hybrid_ner.students.views import type_texts
from hybrid_ner.words import WordEncoder

# The most that a share of the scores may differ, which share, and the least F1 between the spans kept at the threshold.
# Of hundreds of int8 scores the worst one is luck, and another on every processor, so one in twenty is let off.
TOLERANCES = {"fp32": (0.002, 1.0, 1.0), "int8": (0.15, 0.95, 0.9)}
_VIEWS = ("definition",)  # one text a type, so that what is compared is the network, not how views are combined
_TEXTS = Path(__file__).with_name("parity.yaml")

_EQUAL = 1e-5  # scores nearer than this are equal

Scores = dict[tuple[int, int, int, str], float]


class ParityError(ModelError):
    """An exported student that finds other spans than the network it was exported from."""


def check_parity(student: SpanStudent, untouched: torch.nn.Module, folder: Path, precision: str) -> dict[str, Any]:
    """Compares the folder's student with the network.

    Returns: what was measured, for the card.

    Raises:
        ParityError: the difference exceeds the tolerance of `precision`.
    """
    fixed = yaml.safe_load(_TEXTS.read_text(encoding="utf-8"))
    types = TypeSet.of(fixed["types"])
    exported = OnnxStudent(folder, cache=False, views=_VIEWS)
    ours: Scores = {
        (number, p.start, p.end, p.type): p.score
        for number, found in enumerate(exported.propose(fixed["texts"], types))
        for p in found
    }
    theirs = reference_scores(student, untouched, exported, fixed["texts"], types)
    bar, floor = exported.config.threshold, exported.config.floor
    shared = ours.keys() & theirs.keys()
    gaps = [abs(ours[key] - theirs[key]) for key in shared]
    for side, other in ((ours, theirs), (theirs, ours)):
        bars = _bars(other)
        gaps += [max(0.0, score - bars.get(key[:3], floor)) for key, score in side.items() if key not in other]
    kept, wanted = ({k for k, s in side.items() if s >= bar} for side in (ours, theirs))
    apart = sum(not _at_the_bar(key, side, other, bar) for key, side, other in _disputed(ours, theirs, bar))
    agreement = 1 - apart / max(1, len(kept) + len(wanted))
    most, share, least = TOLERANCES[precision]
    gap = float(np.quantile(gaps, share)) if gaps else 0.0
    report = {
        "texts": len(fixed["texts"]),
        "spans": len(wanted),
        "score_gap": round(gap, 4),
        "agreement": round(agreement, 4),
        "largest_gap": round(max(gaps, default=0.0), 4),
        "tolerance": {"score_gap": most, "share": share, "agreement": least},
    }
    if gap > most or agreement < least:
        raise ParityError(
            f"the exported {precision} student differs from PyTorch: {share:.0%} of the scores by up to {gap:.4f} "
            f"(accepted {most}), kept spans agree to F1 {agreement:.3f} (accepted {least}); nothing was exported. "
            "Try fp32."
        )
    return report


def _disputed(ours: Scores, theirs: Scores, bar: float) -> Iterator[tuple[tuple[int, int, int, str], Scores, Scores]]:
    """The spans that only one side keeps: the key, the scores of the side that keeps it, and the other's."""
    for side, other in ((ours, theirs), (theirs, ours)):
        for key, score in side.items():
            if score >= bar > other.get(key, -1.0):
                yield key, side, other


def _at_the_bar(key: tuple[int, int, int, str], side: Scores, other: Scores, bar: float) -> bool:
    """Whether a span is kept by so little that the last bits of a score decide: at the threshold, or among equals."""
    return side[key] - max(bar, _bars(other).get(key[:3], 0.0)) < _EQUAL


def _bars(scores: Scores) -> dict[tuple[int, int, int], float]:
    """What a type of a span must reach to be proposed too, where the span has as many types as it may have."""
    spans: dict[tuple[int, int, int], list[float]] = {}
    for key, score in scores.items():
        spans.setdefault(key[:3], []).append(score)
    return {span: min(of) for span, of in spans.items() if len(of) >= BEST}


@torch.no_grad()
def reference_scores(
    student: SpanStudent, untouched: torch.nn.Module, like: OnnxStudent, texts: list[str], types: TypeSet
) -> Scores:
    """What the PyTorch network proposes, through the same windows, gate, floor and calibration as `like`."""
    words, config = WordEncoder.from_file(like.folder / "tokenizer.json"), like.config
    groups = [type_texts(entity_type, like.views) for entity_type in types]
    encoder = student.type_encoder(untouched)
    vectors = student.type_vectors(embed_texts(encoder, words, [text for group in groups for text in group]))
    matrix = torch.stack([part.mean(0) for part in vectors.split([len(group) for group in groups])])
    found: Scores = {}
    for number, text in enumerate(texts):
        encoded = words.encode(text)
        for window in passages(text, encoded, budget=config.passage_tokens, context=config.max_width):
            feed = {name: torch.from_numpy(value) for name, value in like.feed(window).items() if name != "gate"}
            spans, span_vectors, mentions = student(**feed, gate=torch.tensor(config.gate))
            logits = span_vectors @ matrix.T + config.mention_weight * mentions[:, None]
            scores = torch.sigmoid(config.scale * logits + config.shift)
            top = torch.zeros_like(scores).scatter_(1, scores.topk(min(BEST, len(types))).indices, 1.0)
            for row, column in torch.nonzero((scores >= config.floor) & (top > 0)).tolist():
                first = int(spans[row, 1]) + window.begin
                if window.own_begin <= first < window.own_end:
                    last = first + int(spans[row, 2])
                    place = encoded.offsets[first][0], encoded.offsets[last][1]
                    found[(number, *place, types.names[column])] = scores[row, column].item()
    return found
