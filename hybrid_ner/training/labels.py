"""A teacher's labels for passages of the corpora: an open vocabulary of types, and texts that stay where they are.

Targeted distillation (Zhou et al., 2023, section 3) without copying a corpus: a folder of labels holds
`manifest.yaml` (types with their `definition` and, in `also`, other ones) and `labels.jsonl.gz`, a passage a line:
`{"corpus": ..., "id": ..., "entities": [{"start": 0, "end": 5, "types": ["mathematician", "person"]}]}`, the first
type of a mention being its own, the others broader ones. Offsets are code points into the corpus's text. A passage that
the teacher wrote itself has its `text` in place of a `corpus`. Passages in `held.jsonl.gz`, and written documents in
`held-documents.jsonl.gz`, are not trained on: `python -m evaluation open-types` asks for theirs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from hybrid_ner.errors import InputError, UsageError
from hybrid_ner.training.corpora import Row, TrainingCorpus, TypeText, read_records, read_yaml

FILE = "labels.jsonl.gz"
HELD = {"passages": "held.jsonl.gz", "documents": "held-documents.jsonl.gz"}


class Labelled(NamedTuple):
    """A text with the labels of a line; `written` by the teacher, not a corpus's."""

    text: str
    line: int
    entities: Any
    written: bool


def load_labels(
    folder: str | Path,
    data: str | Path,
    number: int,
    accepted: Collection[str],
    aliases: Mapping[str, Sequence[str]],
    limit: int | None = None,
    written: int = 1,
) -> TrainingCorpus:
    """The labels of `folder` as a corpus with an open vocabulary.

    Passages of corpora that are not `accepted` are left out; those that the teacher wrote are always in.

    Args:
        data: the folder of corpora that has the texts, in their training splits.
        number: of this corpus among all that are trained on.
        aliases: type name in lower case -> other names.
        limit: take at most this many passages.
        written: rows that each text is which the teacher wrote; there are few of them, of kinds that no corpus has.

    Raises:
        UsageError: no such folder, or none of its passages is in `data`.
        InputError: a file that cannot be read, or offsets outside a text; the message names file and line.
    """
    folder = Path(folder)
    if not (folder / FILE).is_file():
        raise UsageError(f"no {FILE} in {str(folder)!r}; labels must name a folder of a teacher's labels")
    manifest = read_yaml(folder / "manifest.yaml")
    try:
        types = {name: _shown(name, entry or {}, aliases) for name, entry in manifest["types"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{folder / 'manifest.yaml'}: no mapping of types ({error!r})") from error
    rows: list[Row] = []
    frequency: Counter = Counter()
    for one in islice(labelled_passages(folder / FILE, Path(data), accepted), limit):
        row = Row(one.text, _gold(one.entities, one.text, types, f"{folder / FILE}, line {one.line}"), number)
        rows += [row] * (written if one.written else 1)
        frequency.update({label for _, _, label in row.gold})
    if not rows:
        raise UsageError(f"none of the passages labelled in {str(folder)!r} is in {str(data)!r}")
    licence = str(manifest.get("licence", ""))
    return TrainingCorpus(str(manifest.get("name", folder.name)), types, tuple(rows), frequency, False, licence, True)


def labelled_passages(
    file: Path, data: Path, accepted: Collection[str] | None = None
) -> Iterator[Labelled]:
    """The passages that `file` labels, written ones first, then in the corpora's order.

    Args:
        accepted: corpora whose passages are wanted; None for every one that `data` has.

    Raises:
        InputError: a line that is no passage's labels.
    """
    wanted: dict[str, dict[str, tuple[int, Any]]] = defaultdict(dict)
    for line, record in read_records(file):
        try:
            name, entities = record["id"], record["entities"]
            if "text" in record:
                yield Labelled(str(record["text"]), line, entities, written=True)
                continue
            corpus = record["corpus"]
        except (KeyError, TypeError) as error:
            raise InputError(f"{file}, line {line}: not a passage's labels ({error!r})") from error
        if accepted is None or corpus in accepted:
            wanted[corpus][name] = line, entities
    for corpus in sorted(wanted):
        for _, record in read_records(data / corpus / "train.jsonl.gz"):
            if record.get("id") in wanted[corpus]:
                yield Labelled(record["text"], *wanted[corpus][record["id"]], written=False)


def _shown(name: str, entry: Mapping[str, Any], aliases: Mapping[str, Sequence[str]]) -> TypeText:
    also = entry.get("also") or ()
    if isinstance(also, str):
        raise TypeError(f"type {name!r}: also is {also!r}; accepted: a list of definitions")
    return TypeText(name, entry.get("definition") or "", tuple(aliases.get(name.casefold(), ())), tuple(also))


def _gold(entities: Any, text: str, types: Mapping[str, TypeText], where: str) -> tuple[tuple[int, int, str], ...]:
    """Mentions with every type of theirs, a mention's own type first."""
    try:
        gold = tuple((e["start"], e["end"], name) for e in entities for name in e["types"])
        fits = all(0 <= start < end <= len(text) and name in types for start, end, name in gold)
    except (KeyError, TypeError) as error:
        raise InputError(f"{where}: not mentions with start, end and types ({error!r})") from error
    if not fits:
        raise InputError(f"{where}: an offset outside the text or a type that is not in the manifest")
    return gold
