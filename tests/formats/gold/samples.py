"""Small files of every format, and what is in them."""

from __future__ import annotations

import json
from pathlib import Path

from hybrid_ner.formats.gold import read_gold

TEXT = "Ada Lovelace lived in London."
SPANS = [("Ada Lovelace", "PER"), ("London", "LOC")]


def write(folder: Path, name: str, content: object) -> str:
    """Writes a text as it is, and anything else as JSON (.jsonl: one item a line)."""
    path = folder / name
    if not isinstance(content, str):
        content = "\n".join(map(json.dumps, content)) if name.endswith(".jsonl") else json.dumps(content)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8", newline="")
    return str(path)


def read(path: str, format: str | None = None, **options) -> list[list[tuple[str, str]]]:
    """The mentions of every document as (text, label)."""
    found = []
    for document in read_gold(path, format, **options):
        assert all(document.text[e.start : e.end] == e.text and e.score == 1.0 for e in document.entities)
        found.append([(e.text, e.type) for e in document.entities])
    return found


def region(start: object, end: object, label: str, text: str | None = None) -> dict:
    """A Label Studio region."""
    value = {"start": start, "end": end, "labels": [label]} | ({} if text is None else {"text": text})
    return {"type": "labels", "id": "r", "from_name": "label", "to_name": "text", "value": value}


def task(text: str, *regions: dict, **fields: object) -> dict:
    """A Label Studio task, annotated once."""
    return {
        "id": 7,
        "data": {"text": text},
        "annotations": [{"result": list(regions), "was_cancelled": False}],
    } | fields


def conversation(text: str, **answers: list[str] | str) -> dict:
    """A UniNER record; an answer that is a string stands as it is."""
    turns = [f"Text: {text}", "I've read this text."]
    for label, answer in answers.items():
        turns += [f"What describes {label} in the text?", answer if isinstance(answer, str) else json.dumps(answer)]
    speakers = ("human", "gpt")
    return {"id": "c", "conversations": [{"from": speakers[n % 2], "value": turn} for n, turn in enumerate(turns)]}
