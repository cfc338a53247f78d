"""How many of the gold spans are among the likeliest mentions, whatever their type.

Spans of a corpus are ranked by the mention head's score; recall is given at some numbers of candidates a gold span. At
the student's own gate, which trades the last of them for speed, it is what `--proposals` reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evaluation.suite import Split
from hybrid_ner.errors import UsageError
from hybrid_ner.scoring import percent
from hybrid_ner.students.onnx import OnnxStudent

BUDGETS = (1, 2, 3, 5, 10)  # candidates a gold span
_OPEN = -9.0  # a gate that lets tens of spans by for every gold one


def measure_proposals(student: OnnxStudent, splits: Sequence[Split]) -> list[dict[str, Any]]:
    """A row a corpus: gold spans, recall at every budget, and candidates a gold span with the recall at the gate.

    Raises:
        UsageError: the student has no mention head that could be asked.
    """
    if not isinstance(student, OnnxStudent):
        raise UsageError("only an embedded student ranks its candidates; --student must name one")
    return [_row(student, split) for split in splits]


def _row(student: OnnxStudent, split: Split) -> dict[str, Any]:
    gold = [{(start, end) for start, end, _ in sentence.gold} for sentence in split.sentences]
    found = student.mentions((sentence.text for sentence in split.sentences), _OPEN)
    ranked = [
        (logit, (start, end) in spans)
        for spans, mentions in zip(gold, found, strict=True)
        for start, end, logit in mentions
    ]
    ranked.sort(key=lambda candidate: -candidate[0])
    wanted = max(1, sum(map(len, gold)))

    def recall(count: int) -> float:
        return percent(sum(right for _, right in ranked[:count]) / wanted)

    through = sum(logit >= student.config.gate for logit, _ in ranked)
    return {
        "corpus": split.corpus.name,
        "gold": sum(map(len, gold)),
        "recall": {str(budget): recall(budget * wanted) for budget in BUDGETS},
        "gate": {"candidates": round(through / wanted, 2), "recall": recall(through)},
    }
