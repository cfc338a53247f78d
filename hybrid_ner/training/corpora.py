"""Labelled corpora on disk: a folder each, with `manifest.yaml` and `{train,dev,test}.jsonl.gz`."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from hybrid_ner import library
from hybrid_ner.errors import InputError, UsageError

_SCHEME = 200  # types; a longer list without definitions is an open vocabulary
_REWORDED = 2  # the library's entries of a name from the third on are of other trades


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence with gold mentions as (start, end, raw label).

    Attributes:
        doubtful: stretches (start, end) of which nobody knows what is in them: unmarked spans there say nothing.
    """

    text: str
    gold: tuple[tuple[int, int, str], ...]
    corpus: int
    doubtful: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class TypeText:
    """How a corpus' label can be shown to the type tower.

    Attributes:
        reworded: other definitions of a type of that name.
    """

    name: str
    definition: str
    aliases: tuple[str, ...] = ()
    reworded: tuple[str, ...] = ()

    @property
    def definitions(self) -> tuple[str, ...]:
        """Every definition there is, the type's own first."""
        return tuple(dict.fromkeys(text for text in (self.definition, *self.reworded) if text))


@dataclass(frozen=True, slots=True)
class TrainingCorpus:
    """One corpus.

    Attributes:
        types: raw label -> its texts.
        frequency: raw label -> sentences that contain it.
        partial: only some mentions are marked, so an unmarked span says nothing.
        open: its types are an open vocabulary: one that is not marked in a row is absent only where it is unlike
            those that are.
    """

    name: str
    types: dict[str, TypeText]
    rows: tuple[Row, ...]
    frequency: Counter
    partial: bool
    licence: str
    open: bool = False


def load_type_pairs(data: str | Path) -> list[dict[str, Any]]:
    """The records of `type_pairs.jsonl.gz` under `data`; none where there is no such file.

    Raises:
        InputError: it cannot be read, or a record has no type.
    """
    path = Path(data) / "type_pairs.jsonl.gz"
    rows = []
    for line_number, row in read_records(path) if path.is_file() else ():
        if not isinstance(row, dict) or not isinstance(row.get("type"), str):
            raise InputError(f"{path}, line {line_number}: not a record with a type")
        rows.append(row)
    return rows


def load_training_corpora(
    data: str | Path,
    *,
    open_licence_only: bool,
    names: tuple[str, ...] = (),
    limit: int | None = None,
    type_pairs: Sequence[Mapping[str, Any]] = (),
    reworded: bool = False,
) -> list[TrainingCorpus]:
    """Every corpus of role "train" under `data`, in the catalog's order.

    Args:
        limit: take at most this many sentences a corpus (the first ones: files are shuffled at the source).
        type_pairs: records whose aliases types of the same name are given.
        reworded: types also get the definitions that the type library has of their names.

    Raises:
        UsageError: `data` has no catalog, a corpus of `names` is not in it or may not be used, or none is left.
        InputError: a catalog, manifest or corpus that cannot be read; the message names file and line.
    """
    root = Path(data)
    catalog_path = root / "catalog.yaml"
    if not catalog_path.is_file():
        raise UsageError(f"no catalog.yaml in {str(root)!r}; --data must name the folder of corpora")
    chosen = _chosen(catalog_path, open_licence_only, names)
    aliases = type_aliases(type_pairs)
    corpora = [_load(root / name, number, aliases, limit) for number, name in enumerate(chosen)]
    if reworded:
        corpora = [replace(corpus, types=with_library_definitions(corpus.types)) for corpus in corpora]
    return corpora


def type_aliases(type_pairs: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Type name in lower case -> its other names, by the type pairs."""
    return {row["type"].casefold(): tuple(row.get("aliases") or ()) for row in type_pairs}


def with_library_definitions(types: Mapping[str, TypeText]) -> dict[str, TypeText]:
    """The types, each also with the definitions that the type library has of its name (first) or of an alias alike."""
    offers = library.offers(shown.name for shown in types.values())

    def offered(shown: TypeText) -> tuple[str, ...]:
        return tuple(one.definition for _, one in offers.get(shown.name.casefold(), ())[:_REWORDED])

    return {label: replace(shown, reworded=(*shown.reworded, *offered(shown))) for label, shown in types.items()}


def _chosen(path: Path, open_licence_only: bool, names: tuple[str, ...]) -> list[str]:
    """The names of the catalog's corpora to train on, those with a training split."""
    try:
        catalog = {entry["name"]: (entry["role"], entry["open_licence"]) for entry in read_yaml(path)}
    except (KeyError, TypeError) as error:
        raise InputError(f"{path}: not a list of corpora with name, role and open_licence ({error!r})") from error
    wanted = names or [name for name, (role, _) in catalog.items() if role == "train"]
    unknown = set(wanted) - catalog.keys()
    if unknown:
        raise UsageError(f"corpora {sorted(unknown)} are not in {str(path)!r}; accepted: {', '.join(catalog)}")
    chosen = [
        name
        for name, (_, is_open) in catalog.items()
        if name in wanted and (is_open or not open_licence_only) and (path.parent / name / "train.jsonl.gz").is_file()
    ]
    left_out = set(names).difference(chosen)
    if left_out or not chosen:
        raise UsageError(
            f"nothing to train on in {sorted(left_out or catalog)} of {str(path)!r}: "
            + ("every corpus needs train.jsonl.gz and, with open_licence_only, an open licence")
        )
    return chosen


def read_yaml(path: Path) -> Any:
    """What a YAML file holds.

    Raises:
        InputError: it cannot be read.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"cannot read {str(path)!r}: {error}") from error


def read_records(path: Path) -> Iterator[tuple[int, Any]]:
    """The rows of a gzipped JSONL file with their line numbers.

    Raises:
        InputError: it cannot be unpacked, or a line is no JSON.
    """
    number = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                yield number, json.loads(line)
    except ValueError as error:
        raise InputError(f"{path}, line {number}: no JSON in UTF-8 ({error})") from error
    except (OSError, EOFError) as error:
        raise InputError(f"{path}: cannot be unpacked ({error})") from error


def _load(folder: Path, number: int, aliases: dict[str, tuple[str, ...]], limit: int | None) -> TrainingCorpus:
    manifest = read_yaml(folder / "manifest.yaml")
    try:
        types = {
            label: TypeText(entry["name"], entry.get("definition") or "", aliases.get(entry["name"].casefold(), ()))
            for label, entry in manifest["types"].items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{folder / 'manifest.yaml'}: no types that each have a name ({error!r})") from error
    rows: list[Row] = []
    frequency: Counter = Counter()
    partial = bool(manifest.get("partial"))
    path = folder / "train.jsonl.gz"
    for line_number, record in read_records(path):
        if limit is not None and len(rows) >= limit:
            break
        try:
            gold = tuple((e["start"], e["end"], e["type"]) for e in record["entities"])
            doubtful = tuple((start, end) for start, end in record.get("doubtful", ()))
            size = len(record["text"])
            fits = all(0 <= start < end <= size for start, end, *_ in (*gold, *doubtful))
            fits = fits and all(label in types for _, _, label in gold)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path}, line {line_number}: not a row with text and entities ({error!r})") from error
        if not fits:
            raise InputError(f"{path}, line {line_number}: an offset outside the text or a label not in the manifest")
        rows.append(Row(record["text"], gold, number, doubtful))
        partial = partial or "types_asked" in record  # other types were not looked for
        frequency.update({label for _, _, label in gold})
    if not rows:
        raise InputError(f"{path}: no rows")
    licence = str(manifest.get("licence", ""))
    # Hundreds of types that nobody defined are free text, not a scheme.
    named_only = len(types) > _SCHEME and not any(shown.definition for shown in types.values())
    return TrainingCorpus(folder.name, types, tuple(rows), frequency, partial, licence, named_only)
