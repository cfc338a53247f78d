"""With and without the corpus's name before every type, as UniversalNER's dataset-specific template has it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import yaml

from evaluation.corpora import Corpus, load_yaml
from evaluation.suite import Asked, asked_types
from evaluation.variants import Variant

PLAIN, CONDITIONED = "type name alone", "corpus name before it"


def variants(ner: Any, view: str) -> list[Variant]:
    """The same extractor asked in both ways."""
    return [
        Variant(PLAIN, lambda: ner, None, view),
        Variant(CONDITIONED, lambda: ner, PLAIN, view, asked=lambda corpus: conditioned(corpus, view)),
    ]


def conditioned(corpus: Corpus, view: str) -> list[Asked]:
    """The corpus's types, each with the corpus's name before its own."""
    own = asked_types(corpus, view)
    return [Asked(dataclasses.replace(t, name=_name(corpus.name, t.name)), t.name) for t in own]


def conditioned_folder(data: Path, folder: Path) -> Path:
    """A corpora folder like `data` whose manifests have the conditioned names; all else are links to `data`."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(data.iterdir()):
        if path.is_file():
            _link(path, folder / path.name)
        elif (path / "manifest.yaml").is_file():
            _condition(path, folder / path.name)
    return folder


def _condition(corpus: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    manifest = load_yaml(corpus / "manifest.yaml")
    for entry in manifest["types"].values():
        entry["name"] = _name(str(manifest.get("name", corpus.name)), entry["name"])
    (folder / "manifest.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True), "utf-8")
    for rows in corpus.glob("*.jsonl.gz"):
        _link(rows, folder / rows.name)


def _link(path: Path, link: Path) -> None:
    if not link.exists():
        link.symlink_to(path.resolve())


def _name(corpus: str, type_name: str) -> str:
    return f"{corpus.replace('_', ' ')}: {type_name}"
