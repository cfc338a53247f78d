"""Raw texts and settings that the tests of distillation share; nothing is large."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import yaml

PEOPLE = ("Ada Brown", "Carl Diaz", "Tom Reyes", "Zoe Park")
CITIES = ("Oslo", "Lima", "Quito", "New Delhi")
DRUGS = ("aspirin", "insulin")
_REASONS = ("the rain was over", "the harvest had begun", "her sister asked for it", "nothing else was left to do")


def sentences() -> list[str]:
    """Some hundred different sentences with names in them."""
    found = [
        f"{person} moved from {one} to {other} because {_REASONS[(i + j) % 4]}."
        for i, person in enumerate(PEOPLE)
        for j, (one, other) in enumerate(itertools.permutations(CITIES, 2))
    ]
    found += [
        f"For the fever {person} took {drug} in {city} and it helped on day {i + 2} of the journey."
        for i, (person, drug, city) in enumerate(itertools.product(PEOPLE, DRUGS, CITIES))
    ]
    return [sentence for i, sentence in enumerate(found) if i % 2 == 0]


def write_texts(folder: Path) -> Path:
    """Raw texts: a plain file for every eighth sentence, the others as JSONL."""
    (folder / "letters").mkdir(parents=True)
    rows = []
    for number, sentence in enumerate(sentences()):
        if number % 8 == 0:
            (folder / "letters" / f"{number:03}.txt").write_text(sentence + "\n", encoding="utf-8")
        else:
            rows.append({"id": f"n{number}", "text": sentence})
    (folder / "news.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


CORPUS = {"passages": 40, "duplicate": 1.0, "quality": {"languages": []}}
# Fast in giving up and trying again; what is tested is what happens then.
# A busy machine must not look like a server that does not answer: only tests of that wait less long.
ENDPOINT = {"timeout": 30, "backoff": 0.001, "longest_wait": 0.01, "concurrency": 4}
DATASET = {"licence": "CC0", "open_licence": True, "dev": 0.15, "test": 0.1}


def write_config(path: Path, texts: Path, server: str, **sections: Any) -> Path:
    """A pipeline's YAML file over the texts."""
    config = {
        "corpus": {"inputs": [str(texts)], **CORPUS, **sections.pop("corpus", {})},
        "teacher": {"teacher": server, "endpoint": ENDPOINT, **sections.pop("teacher", {})},
        "dataset": DATASET,
        **sections,
    }
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


def contents(folder: Path, *names: str) -> dict[str, bytes]:
    """All files under the named folders, by relative path."""
    found = (p for name in names for p in sorted((folder / name).rglob("*")) if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}
