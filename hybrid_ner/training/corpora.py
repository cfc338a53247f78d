"""Labelled corpora on disk: a folder each, with `manifest.yaml` and `{train,dev,test}.jsonl.gz`."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import yaml

from hybrid_ner.errors import InputError, UsageError


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence with gold mentions as (start, end, raw label)."""

    text: str
    gold: tuple[tuple[int, int, str], ...]
    corpus: int


@dataclass(frozen=True, slots=True)
class TypeText:
    """How a corpus' label can be shown to the type tower."""

    name: str
    definition: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingCorpus:
    """One corpus.

    Attributes:
        types: raw label -> its texts.
        frequency: raw label -> sentences that contain it.
        partial: only some mentions are marked, so an unmarked span says nothing.
    """

    name: str
    types: dict[str, TypeText]
    rows: tuple[Row, ...]
    frequency: Counter
    partial: bool
    licence: str


def load_training_corpora(
    data: str | Path, *, open_licence_only: bool, names: tuple[str, ...] = (), limit: int | None = None
) -> list[TrainingCorpus]:
    """Every corpus of role "train" under `data`, in the catalog's order.

    Args:
        limit: take at most this many sentences a corpus (the first ones: files are shuffled at the source).

    Raises:
        UsageError: `data` has no catalog, or a corpus of `names` is not in it.
    """
    root = Path(data)
    catalog_path = root / "catalog.yaml"
    if not catalog_path.is_file():
        raise UsageError(f"no catalog.yaml in {str(root)!r}; --data must name the folder of corpora")
    catalog = yaml.load(catalog_path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    unknown = set(names) - {entry["name"] for entry in catalog}
    if unknown:
        raise UsageError(f"corpora {sorted(unknown)} are not in {str(catalog_path)!r}")
    chosen = [
        entry["name"]
        for entry in catalog
        if (entry["name"] in names if names else entry["role"] == "train")
        and (entry["open_licence"] or not open_licence_only)
    ]
    aliases = _aliases(root / "type_pairs.jsonl.gz")
    return [_load(root / name, number, aliases, limit) for number, name in enumerate(chosen)]


def _aliases(path: Path) -> dict[str, tuple[str, ...]]:
    if not path.is_file():
        return {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = map(json.loads, lines)
        return {row["type"].casefold(): tuple(row.get("aliases") or ()) for row in rows}


def _load(folder: Path, number: int, aliases: dict[str, tuple[str, ...]], limit: int | None) -> TrainingCorpus:
    manifest = yaml.load(
        (folder / "manifest.yaml").read_text(encoding="utf-8"),
        Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),
    )
    types = {
        label: TypeText(entry["name"], entry.get("definition") or "", aliases.get(entry["name"].casefold(), ()))
        for label, entry in manifest["types"].items()
    }
    rows: list[Row] = []
    frequency: Counter = Counter()
    path = folder / "train.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line_number, line in enumerate(lines, 1):
            if limit is not None and len(rows) >= limit:
                break
            record = json.loads(line)
            gold = tuple((e["start"], e["end"], e["type"]) for e in record["entities"])
            if any(not 0 <= start < end <= len(record["text"]) or label not in types for start, end, label in gold):
                raise InputError(
                    f"{path}, line {line_number}: an offset outside the text or a label not in the manifest"
                )
            rows.append(Row(record["text"], gold, number))
            frequency.update({label for _, _, label in gold})
    partial = bool(manifest.get("partial"))
    return TrainingCorpus(folder.name, types, tuple(rows), frequency, partial, str(manifest.get("licence", "")))
