"""Builds small corpora folders for the tests of the evaluation."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import yaml

TEXT = "Ada Lovelace met Charles Babbage in London ."


def write_corpus(data: Path, name: str, *, types: dict, rows: dict[str, list], **manifest) -> Path:
    folder = data / name
    folder.mkdir(parents=True)
    (folder / "manifest.yaml").write_text(
        yaml.safe_dump({"name": name, "types": types, **manifest}, sort_keys=False)
    )
    for split, records in rows.items():
        write_lines(folder / f"{split}.jsonl.gz", [json.dumps(r) for r in records])
    return folder


def write_lines(path: Path, lines: list[str]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.writelines(line + "\n" for line in lines)


def row(number: int, text: str, *spans: tuple[str, str]) -> dict:
    """A record whose spans are given as (mention, raw label); the first occurrence is marked."""
    entities = [{"start": text.index(m), "end": text.index(m) + len(m), "type": label} for m, label in spans]
    return {"id": f"s{number}", "text": text, "entities": entities}


PEOPLE = {
    "PER": {"name": "person", "definition": "A named individual."},
    "LOC": {"name": "location", "definition": "A named place."},
}
