"""Labelled passages, as a teacher or annotators leave them: JSONL files, or folders of a corpus with a manifest."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hybrid_ner.errors import InputError, TypesError
from hybrid_ner.schema import EntityType, TypeSet


@dataclass(frozen=True, slots=True)
class LabelledPassage:
    """A passage with its mentions.

    Attributes:
        id: of the record, or its file and line.
        mentions: (start, end, type), offsets into `text`.
        dataset: where it comes from; types absent here may be present elsewhere, so negatives stay within one.
        asked: the only types whose absence is known, or None for all of the data set's.
    """

    id: str
    text: str
    mentions: tuple[tuple[int, int, EntityType], ...]
    dataset: str
    asked: tuple[EntityType, ...] | None = None


def read_labelled(path: str | Path, *, split: str = "train", types: TypeSet | None = None) -> Iterator[LabelledPassage]:
    """The passages of a file or of a corpus' folder, one at a time.

    A file holds `{"id", "text", "entities": [{"start", "end", "type", "definition"?}], "dataset"?, "asked"?}` a line,
    gzipped if its name ends in .gz. A folder holds `manifest.yaml`, which says how its labels are called, and
    `SPLIT.jsonl.gz`; a corpus that marks only part of its mentions (`partial`) has no known absences.

    Args:
        split: of a folder.
        types: names, definitions and aliases of labels, before those of a manifest; labels not among them are kept.

    Raises:
        InputError: a file that cannot be read; the message names file and line.
    """
    path = Path(path)
    known = {alias.casefold(): t for t in types or () for alias in (t.name, *t.aliases)}
    if path.is_dir():
        manifest = _manifest(path / "manifest.yaml")
        named = {
            label: known.get(entry["name"].casefold()) or EntityType(entry["name"], entry.get("definition") or None)
            for label, entry in manifest["types"].items()
        }
        closed = () if manifest.get("partial") else None
        yield from _passages(path / f"{split}.jsonl.gz", path.name, named, closed)
    else:
        yield from _passages(path, path.name.split(".")[0], known, None)


def _passages(
    path: Path, dataset: str, named: Mapping[str, EntityType], closed: tuple[EntityType, ...] | None
) -> Iterator[LabelledPassage]:
    for number, line in _lines(path):
        where = f"{path}, line {number}"
        try:
            record = json.loads(line)
            text = record["text"]
            mentions = tuple(
                (e["start"], e["end"], _type(e["type"], e.get("definition"), named)) for e in record["entities"]
            )
            asked = record.get("asked", record.get("types_asked"))
            known = closed if asked is None else tuple(_type(label, None, named) for label in asked)
            source = str(record.get("dataset", dataset))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise InputError(f"{where}: not a passage with text and entities ({error!r})") from error
        _check(text, mentions, where)
        yield LabelledPassage(str(record.get("id", f"{path.name}:{number}")), text, mentions, source, known)


def _check(text: Any, mentions: Sequence[tuple[Any, Any, EntityType]], where: str) -> None:
    if not isinstance(text, str):
        raise InputError(f"{where}: text must be a string, got {type(text).__name__}")
    for start, end, entity_type in mentions:
        if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
            raise InputError(f"{where}: [{start}, {end}) of {entity_type.name!r} lies outside the text")


def _type(label: str, definition: str | None, named: Mapping[str, EntityType]) -> EntityType:
    found = named.get(label) or named.get(label.casefold())
    return found if found is not None and definition is None else EntityType(label, definition)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            yield from ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {str(path)!r}: {error}") from error


def _manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not all(isinstance(entry["name"], str) for entry in manifest["types"].values()):
            raise TypesError("every type needs a name")
        return manifest
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, AttributeError, TypesError) as error:
        raise InputError(f"cannot read the manifest {str(path)!r}: {error!r}") from error
