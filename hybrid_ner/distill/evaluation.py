"""The evaluate step: F1 of a student on labelled files, by the same reader and scorer as `hybrid-ner evaluate`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hybrid_ner.distill.files import digest_of, write_json
from hybrid_ner.distill.manifest import Step, run_step
from hybrid_ner.distill.settings import settings_of
from hybrid_ner.errors import UsageError
from hybrid_ner.evaluate import evaluate, has_overlaps, predict
from hybrid_ner.extractor import HybridNER
from hybrid_ner.formats.gold import read_gold
from hybrid_ner.schema import Document
from hybrid_ner.students.folder import FILES, find_student
from hybrid_ner.typefile import load_types

NAME, VERSION = "evaluate", 1
REPORT = "evaluation.json"


@dataclass(frozen=True)
class GoldSettings:
    """A labelled file, the types to ask there (names or a types file), and label -> name ("" leaves out)."""

    gold: str = ""
    types: str = ""
    mapping: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.gold or not self.types:
            raise UsageError("evaluate: each entry has gold, a labelled file, and types, names or a types file")


def evaluate_step(student: str | Path | None, golds: list[GoldSettings], output: Path) -> bool:
    """Scores a student on every labelled file and writes `evaluation.json`, unless `output` holds it."""
    folder = find_student(student)
    inputs = {f"student {file}": digest_of(folder / file) for file in FILES}
    for number, gold in enumerate(golds):
        inputs[f"gold {number}:{Path(gold.gold).name}"] = digest_of(Path(gold.gold))
    settings = {"types": [_plain(g) for g in golds]}

    def make(made: Path) -> list[str]:
        write_json(made / REPORT, {Path(g.gold).name: score_student(folder, g) for g in golds})
        return [REPORT]

    return run_step(Step(NAME, VERSION, settings, inputs), output, make)


def score_student(student: str | Path | None, gold: GoldSettings) -> dict[str, Any]:
    """The figures of a student on one labelled file, asked as the product asks by default."""
    types = load_types(gold.types)
    documents = list(read_gold(gold.gold, types=types, mapping=gold.mapping))
    ner = HybridNER.load(student)
    overlap = "nested" if has_overlaps(documents) else "flat"
    found = predict(ner.extract_many([Document(d.text, id=d.id) for d in documents], types, overlap=overlap))
    return {"threshold": ner.student.threshold, "overlap": overlap, **evaluate(documents, found, types).to_dict()}


def gold_settings(values: Any) -> list[GoldSettings]:
    """The `evaluate` section: one entry, or a list of them."""
    entries = values if isinstance(values, list) else [values]
    if not all(isinstance(entry, dict) for entry in entries):
        raise UsageError("evaluate: expected an entry or a list of entries, each with gold and types")
    return [settings_of(GoldSettings, entry, "evaluate") for entry in entries]


def _plain(gold: GoldSettings) -> list[Any]:
    types = load_types(gold.types)
    return [[[t.name, t.definition, list(t.aliases), t.threshold] for t in types], gold.mapping]
