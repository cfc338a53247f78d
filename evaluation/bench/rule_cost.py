"""What index and rules cost beside the student: shares of processor time, with the default pack and with a huge one."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from evaluation.bench.texts import documents, type_names
from hybrid_ner.extractor import DEFAULT_RULES, HybridNER
from hybrid_ner.rules import RuleEngine, load_packs
from hybrid_ner.schema import Proposal, TypeSet

TYPES = 25
RULES, ENTRIES = 1_000, 50_000
DOCUMENTS = {"paragraphs": (60, 120), "sentences": (240, 1)}  # how many, of how many words
REPEATS = 5
# How many rules of each kind a huge pack has; gazetteers share out the entries.
_KINDS = {"gazetteer": 250, "pattern": 100, "reject": 250, "relabel": 150, "rescore": 200, "trim": 50}
_OVERLAP = "flat"


def rule_cost(ner: HybridNER, *, repeats: int = REPEATS) -> dict[str, Any]:
    """The shares, a row a workload and pack.

    Processor time of the whole process is counted, not time on the wall: other processes then change little.

    Args:
        ner: with the default pack.
        repeats: the median of so many is given.
    """
    types = TypeSet.of(type_names(TYPES))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "huge.yaml"
        path.write_text(huge_pack(types.names), encoding="utf-8")
        began = time.process_time()
        huge = load_packs([*DEFAULT_RULES, path])
        loading = time.process_time() - began
    for workload, (count, words) in DOCUMENTS.items():
        texts = documents(count, words)
        for pack, engine in (("default pack", ner.rules), (f"{RULES:,} rules, {ENTRIES:,} names", huge)):
            rows.append({"workload": workload, "pack": pack, **_shares(ner, engine, texts, types, repeats)})
    return {"types": TYPES, "rules": RULES, "names": ENTRIES, "seconds_to_load": round(loading, 2), "rows": rows}


def huge_pack(names: Sequence[str], seed: int = 0) -> str:
    """A pack of `RULES` rules of all common kinds over the types, some of which act, with `ENTRIES` listed names."""
    draw = random.Random(seed)
    words = sorted({word for text in documents(200) for word in text.split() if word.isalpha()})
    made = [f"{draw.choice(words)}{draw.choice(('ia', 'or', 'esk', 'un', 'ola'))}" for _ in range(20_000)]
    listed = draw.sample(words, 300) + [" ".join(draw.sample(made, draw.randint(1, 3))) for _ in range(ENTRIES)]
    makers: dict[str, Callable[[], dict[str, Any]]] = {
        "gazetteer": lambda: {"types": draw.choice(names), "entries": [listed.pop() for _ in range(share)]},
        "pattern": lambda: {
            "types": draw.choice(names),
            "score": 0.2,
            "regex": rf"\b{draw.choice(words)}\s\d+\b" if draw.random() < 0.5 else rf"(?<!\w)\d+\s{draw.choice(words)}",
        },
        "reject": lambda: {"types": draw.sample(names, 2), "words": draw.sample(made, 5)},
        "relabel": lambda: {
            "from": draw.choice(names),
            "to": draw.choice(names),
            "near": draw.sample(words, 3),
            "within": 2,
        },
        "rescore": lambda: {"types": draw.choice(names), "before": draw.sample(words, 3), "multiply": 1.02},
        "trim": lambda: {"types": draw.choice(names), "articles": ["the", "a"], "before_capital": True},
    }
    share = ENTRIES // _KINDS["gazetteer"]
    made_rules = [
        {"id": f"{kind}-{number}", "kind": kind, **makers[kind]()}
        for kind, count in _KINDS.items()
        for number in range(count)
    ]
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return yaml.dump({"name": "huge", "rules": made_rules}, Dumper=dumper, sort_keys=False, allow_unicode=True)


def _shares(ner: HybridNER, engine: RuleEngine, texts: Sequence[str], types: TypeSet, repeats: int) -> dict[str, Any]:
    full, bare = replace(ner, rules=engine), replace(ner, rules=RuleEngine(), use_index=False)
    measured = []
    for _ in range(repeats + 1):
        began = time.process_time()
        proposed = list(ner.student.propose(texts, types))
        student = time.process_time() - began
        measured.append((student, _deciding(full, texts, proposed, types), _deciding(bare, texts, proposed, types)))
    student, whole, rest = (statistics.median(column) for column in zip(*measured[1:], strict=True))
    return {
        "documents": len(texts),
        "words": sum(len(text.split()) for text in texts),
        "student_seconds": round(student, 4),
        "index_and_rules_seconds": round(max(0.0, whole - rest), 4),
        "rest_seconds": round(rest, 4),
        "share_percent": round(100 * max(0.0, whole - rest) / (student + whole), 1),
    }


def _deciding(ner: HybridNER, texts: Sequence[str], proposed: Sequence[Sequence[Proposal]], types: TypeSet) -> float:
    types = ner.rules.with_thresholds(types)
    began = time.process_time()
    for text, proposals in zip(texts, proposed, strict=True):
        ner.decide(text, proposals, types, ner.student.threshold, _OVERLAP)
    return time.process_time() - began
