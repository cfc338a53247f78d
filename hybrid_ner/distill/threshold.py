"""The threshold of a new student: the one of best F1 on what the teacher marked in the dataset's dev split."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from hybrid_ner.distill.files import read_records
from hybrid_ner.extractor import HybridNER
from hybrid_ner.schema import EntityType, TypeSet
from hybrid_ner.scoring import Span, percent, score
from hybrid_ner.students.folder import read_config

_PASSAGES = 400
_TYPES = 100
_SWEEP = tuple(round(0.05 + 0.01 * step, 2) for step in range(91))


def fit_threshold(student: Path, dataset: Path) -> dict[str, Any]:
    """Fits and stores the threshold; what it was chosen by.

    Asked are the most frequent types of the dev split. Without a marked dev passage the threshold stays as it is.
    """
    config = read_config(student)
    texts, gold, types = _dev(dataset)
    if types is None:
        return {"threshold": config.threshold, "passages": 0}
    ner = HybridNER.load(student)
    found = [
        {(e.start, e.end, e.type): e.score for e in document.entities}
        for document in ner.extract_many(texts, types, threshold=config.floor)
    ]

    def f1(threshold: float) -> float:
        kept = [{span for span, value in spans.items() if value >= threshold} for spans in found]
        return score(gold, kept).micro.f1

    best = max(_SWEEP, key=lambda threshold: (f1(threshold), -abs(threshold - 0.5)))
    if f1(best):
        dataclasses.replace(config, threshold=best).save(student)
    else:  # nothing right at any threshold: a choice among them would mean nothing
        best = config.threshold
    return {"threshold": best, "passages": len(texts), "types": len(types), "dev_f1": percent(f1(best))}


def _dev(dataset: Path) -> tuple[list[str], list[set[Span]], TypeSet | None]:
    """Texts, gold spans and types of the corpora whose passages are marked whole."""
    texts: list[str] = []
    gold: list[set[Span]] = []
    shown: dict[str, str] = {}
    for entry in yaml.safe_load((dataset / "catalog.yaml").read_text(encoding="utf-8")):
        if entry["partial"]:
            continue
        folder = dataset / entry["name"]
        manifest = yaml.safe_load((folder / "manifest.yaml").read_text(encoding="utf-8"))
        shown |= {label: about["definition"] for label, about in manifest["types"].items()}
        for row in read_records(folder / "dev.jsonl.gz"):
            if len(texts) < _PASSAGES:
                texts.append(row["text"])
                gold.append({(e["start"], e["end"], e["type"]) for e in row["entities"]})
    counts = Counter(label for spans in gold for _, _, label in spans)
    names = [label for label, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_TYPES]]
    if not names:
        return texts, gold, None
    kept = [{span for span in spans if span[2] in names} for spans in gold]
    return texts, kept, TypeSet(tuple(EntityType(name, shown[name] or None) for name in names))
