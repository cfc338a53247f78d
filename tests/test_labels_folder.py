"""The labels that the repository holds are what training reads: their types are listed, their offsets make sense."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import yaml

from hybrid_ner.training.labels import FILE, HELD

LABELS = Path(__file__).parents[1] / "labels"


def test_when_the_labels_are_read_then_every_mention_has_a_place_and_types_of_the_manifest():
    types = yaml.safe_load((LABELS / "manifest.yaml").read_text(encoding="utf-8"))["types"]
    rows = []
    for file in (FILE, *HELD.values()):
        with gzip.open(LABELS / file, "rt", encoding="utf-8") as lines:
            rows += [json.loads(line) for line in lines]
    assert len(rows) > 6000
    assert len({(row.get("corpus"), row["id"]) for row in rows}) == len(rows)
    assert all(("text" in row) != ("corpus" in row) for row in rows)
    mentions = [mention for row in rows for mention in row["entities"]]
    assert all(0 <= mention["start"] < mention["end"] and mention["types"] for mention in mentions)
    assert {name for mention in mentions for name in mention["types"]} == set(types)
