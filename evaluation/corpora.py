"""A corpus folder (manifest.yaml and {split}.jsonl.gz) read into frozen dataclasses, checked line by line.

A wrong score is worse than no score: whatever does not fit its manifest is an error naming file and line.
"""

from __future__ import annotations

import fnmatch
import gzip
import itertools
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hybrid_ner.errors import HybridNERError

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Raw labels of the "else" class, by corpus name (shell patterns). The published zero-shot protocol never
# asks for this class, so its gold spans are left out as well.
ELSE_CLASSES: Mapping[str, frozenset[str]] = {
    "crossner_*": frozenset({"misc"}),
}


class CorpusError(HybridNERError, ValueError):
    """A corpus that cannot be scored against; the message names the file and, if there is one, the line."""


@dataclass(frozen=True, slots=True)
class CorpusType:
    """A type of a corpus: the raw label of its rows, the natural name it is asked by, and its definition."""

    label: str
    name: str
    definition: str | None


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a manifest says.

    Attributes:
        nested: gold spans may lie inside one another, so predictions may too.
        types: the types asked, in the manifest's order, without those left out.
        left_out: raw labels whose gold spans are skipped (the "else" class).
        splits: names of the splits the folder has files for.
    """

    name: str
    domain: str
    role: str
    nested: bool
    types: tuple[CorpusType, ...]
    left_out: frozenset[str]
    splits: tuple[str, ...]
    folder: Path


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its gold spans (start, end, natural type name); equal spans of one type count once."""

    id: str
    text: str
    gold: frozenset[tuple[int, int, str]]


def read_corpus(folder: Path | str, *, keep_else: bool = False) -> Corpus:
    """Reads a corpus's manifest.

    Args:
        folder: holds `manifest.yaml` and the splits' files.
        keep_else: keep the "else" class of `ELSE_CLASSES` among the types.

    Raises:
        CorpusError: no manifest, a broken one, a type without a name, two types of one name, or a corpus that
            is only partly annotated (an absence there is no true negative, so strict scores would be wrong).
    """
    folder = Path(folder)
    path = folder / "manifest.yaml"
    manifest = load_yaml(path)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("types"), dict) or not manifest["types"]:
        raise CorpusError(f"{path}: expected a mapping with a non-empty mapping `types`")
    name = str(manifest.get("name", folder.name))
    if manifest.get("partial"):
        raise CorpusError(
            f"{path}: {name!r} is `partial`: what it leaves unmarked is no error; it cannot be scored"
        )
    left_out = frozenset() if keep_else else else_labels(name) & set(manifest["types"])
    return Corpus(
        name=name,
        domain=str(manifest.get("domain", "")),
        role=str(manifest.get("role", "")),
        nested=bool(manifest.get("nested", False)),
        types=_types(path, manifest["types"], left_out),
        left_out=left_out,
        splits=tuple(sorted(p.name.removesuffix(".jsonl.gz") for p in folder.glob("*.jsonl.gz"))),
        folder=folder,
    )


def read_sentences(corpus: Corpus, split: str, *, limit: int | None = None) -> tuple[Sentence, ...]:
    """The sentences of a split, in file order; the first `limit` only, if given.

    Raises:
        CorpusError: a split that is missing or empty, a broken line, an id given twice, offsets out of range,
            a label that the manifest does not list, or overlapping spans in a corpus that is not `nested`.
    """
    if split not in corpus.splits:
        raise CorpusError(
            f"{corpus.folder}: there is no split {split!r}; the corpus has {list(corpus.splits)}"
        )
    path = corpus.folder / f"{split}.jsonl.gz"
    names = {t.label: t.name for t in corpus.types}
    sentences: dict[str, Sentence] = {}
    for where, record in itertools.islice(_records(path), limit):
        sentence = _sentence(where, record, names, corpus.left_out)
        if not corpus.nested:
            _check_flat(where, sentence)
        if sentence.id in sentences:
            raise CorpusError(f"{where}: the id {sentence.id!r} is given twice; a split's ids must differ")
        sentences[sentence.id] = sentence
    if not sentences:
        raise CorpusError(f"{path}: split {split!r} is empty; there is nothing to score")
    return tuple(sentences.values())


def else_labels(corpus_name: str) -> frozenset[str]:
    """The raw labels of a corpus's "else" class, by the table above."""
    return frozenset().union(*(v for k, v in ELSE_CLASSES.items() if fnmatch.fnmatchcase(corpus_name, k)))


def load_yaml(path: Path) -> Any:
    """A YAML file as plain data (safe loader).

    Raises:
        CorpusError: no such file, or not YAML.
    """
    try:
        return yaml.load(path.read_text("utf-8"), Loader=_Loader)
    except FileNotFoundError:
        raise CorpusError(
            f"{path}: no such file; expected a corpora folder: catalog.yaml, and manifest.yaml a corpus"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: not readable as YAML: {error}") from error


def _types(path: Path, entries: Mapping[str, Any], left_out: frozenset[str]) -> tuple[CorpusType, ...]:
    by_name: dict[str, CorpusType] = {}
    for label, entry in entries.items():
        if label in left_out:
            continue
        if not isinstance(entry, dict) or not str(entry.get("name") or "").strip():
            raise CorpusError(f"{path}: type {label!r} has no `name`, the words it is asked by")
        made = CorpusType(str(label), entry["name"].strip(), (entry.get("definition") or "").strip() or None)
        other = by_name.setdefault(made.name.casefold(), made)
        if other is not made:
            raise CorpusError(f"{path}: {other.label!r} and {made.label!r} share the name {made.name!r}")
    if not by_name:
        raise CorpusError(f"{path}: no type is left to ask for")
    return tuple(by_name.values())


def _records(path: Path) -> Iterator[tuple[str, dict]]:
    """Yields ("FILE, line N", record) for every line that is not blank."""
    number = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise CorpusError(f"{path}, line {number}: expected a JSON object, got {record!r:.60}")
                yield f"{path}, line {number}", record
    except json.JSONDecodeError as error:
        raise CorpusError(f"{path}, line {number}: not JSON: {error}") from error
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}, after line {number}: cannot be read: {error}") from error


def _sentence(where: str, record: dict, names: Mapping[str, str], left_out: frozenset[str]) -> Sentence:
    sentence_id, text, entities = record.get("id"), record.get("text"), record.get("entities")
    if sentence_id is None or not isinstance(text, str) or not isinstance(entities, list):
        raise CorpusError(
            f"{where}: expected `id`, a string `text` and a list `entities`; got {sorted(record)}"
        )
    gold = set()
    for entity in entities:
        start, end, label = _span(where, entity, len(text))
        if label in left_out:
            continue
        if label not in names:
            raise CorpusError(f"{where}: unknown label {label!r}; the manifest lists {sorted(names)}")
        gold.add((start, end, names[label]))
    return Sentence(str(sentence_id), text, frozenset(gold))


def _check_flat(where: str, sentence: Sentence) -> None:
    """A flat corpus is extracted flat: spans that overlap could never all be found."""
    spans = sorted(sentence.gold)
    for one, other in itertools.pairwise(spans):
        if other[0] < one[1]:
            shown = " and ".join(f"{name!r} [{start}, {end})" for start, end, name in (one, other))
            raise CorpusError(f"{where}: {shown} overlap, but the manifest does not say `nested: true`")


def _span(where: str, entity: Any, length: int) -> tuple[int, int, str]:
    try:
        start, end, label = entity["start"], entity["end"], entity["type"]
    except (TypeError, KeyError):
        raise CorpusError(f"{where}: an entity needs `start`, `end` and `type`, got {entity!r}") from None
    if not (type(start) is int and type(end) is int and 0 <= start < end <= length):
        accepted = f"0 <= start < end <= {length}"
        raise CorpusError(f"{where}: offsets [{start}, {end}) are out of range; accepted: {accepted}")
    return start, end, label
