"""The figures of a run, from gold and predicted spans; nothing is extracted here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evaluation.bootstrap import interval, resampled_f1, sentence_counts
from evaluation.protocols import tally
from evaluation.protocols.tally import Tally
from evaluation.reliability import Judged
from evaluation.typing_accuracy import typing_accuracy
from hybrid_ner.scoring import Scores, percent, proposal_recall, score

if TYPE_CHECKING:
    from evaluation.suite import Predicted, Split

    Measured = Sequence[tuple[Split, Predicted]]


def run_figures(measured: Measured, protocols: Sequence[str] = ()) -> dict[str, Any]:
    """What a run of a results file says besides its split and threshold.

    Args:
        measured: one or more corpora with what was found in them.
        protocols: names of `PROTOCOLS` whose figures are wanted beside the strict ones.
    """
    rows, samples, judged = [], [], []
    for split, predicted in measured:
        one = Judged.of(split.gold, predicted.scored)
        f1 = resampled_f1(split.corpus.name, sentence_counts(split.gold, predicted.scored))[:, 0]
        rows.append({**_row(split, predicted), "f1_interval": _percent_pair(interval(f1)), "ece": one.ece()})
        samples.append(f1)
        judged.append(one)
    pooled = Judged.pool(judged)
    mean_samples = sum(samples) / len(samples)
    return {
        "seconds": round(sum(row["seconds"] for row in rows), 2),
        "corpora": rows,
        "average": {**average(rows), "f1_interval": _percent_pair(interval(mean_samples))},
        "calibration": {"ece": pooled.ece(), "bins": pooled.bins()},
        **({"protocols": {name: _by_protocol(name, measured) for name in protocols}} if protocols else {}),
    }


def average(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The unweighted mean over corpora of what is published: precision, recall, F1, macro and boundary F1."""
    columns = {
        **{name: [row[name] for row in rows] for name in ("precision", "recall", "f1", "macro_f1")},
        "boundary_f1": [row["boundary"]["f1"] for row in rows],
    }
    return _means(columns)


def _row(split: Split, predicted: Predicted) -> dict[str, Any]:
    scores: Scores = score(split.gold, predicted.scored)
    row = {
        "corpus": split.corpus.name,
        "domain": split.corpus.domain,
        "overlap": "nested" if split.corpus.nested else "flat",
        "sentences": len(split.sentences),
        "words": sum(len(s.text.split()) for s in split.sentences),
        "seconds": round(predicted.seconds, 2),
        **scores.micro.to_dict(),
        "macro_f1": percent(scores.macro_f1),
        "boundary": scores.boundary.to_dict(),
        "per_type": {name: counts.to_dict() for name, counts in scores.per_type.items()},
    }
    if predicted.candidates is not None:
        row["proposal_recall"] = proposal_recall(split.gold, predicted.candidates)
        row["typing"] = typing_accuracy(split.gold, predicted.candidates)
    return row


def _by_protocol(name: str, measured: Measured) -> dict[str, Any]:
    """A protocol's figures; a corpus without anything to find by it (nested spans, for one) is left out."""
    corpora = {}
    for split, predicted in measured:
        texts = (s.text for s in split.sentences)
        found = tally(name, zip(split.gold, predicted.scored, texts, strict=True))
        if found.gold:
            corpora[split.corpus.name] = found.to_dict()
    rows = list(corpora.values()) or [Tally().to_dict()]
    return {"corpora": corpora, "average": _means({r: [row[r] for row in rows] for r in rows[0]})}


def _means(columns: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {name: round(sum(values) / len(values), 2) for name, values in columns.items()}


def _percent_pair(pair: tuple[float, float]) -> list[float]:
    return [percent(pair[0]), percent(pair[1])]
