"""The dataset step: answers -> a folder of corpora that `hybrid-ner train --data` takes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from hybrid_ner.distill.files import digest_of, read_records, replaced, write_json, write_records
from hybrid_ner.distill.manifest import Step, output_digest, run_step
from hybrid_ner.distill.settings import at_least
from hybrid_ner.distill.teacher.label import ANSWERS
from hybrid_ner.distill.teacher.label import NAME as TEACH
from hybrid_ner.distill.teacher.parse import REFUSED, UNREADABLE
from hybrid_ner.distill.typenames import TypeNames
from hybrid_ner.errors import UsageError
from hybrid_ner.schema import TypeSet
from hybrid_ner.typefile import load_types

NAME, VERSION = "dataset", 1
REPORT, CONFIG = "report.json", "train.yaml"
SPLITS = ("train", "dev", "test")
_ENTITY_ORDER = ("start", "end", "type")


@dataclass(frozen=True)
class DatasetSettings:
    """What becomes of the answers.

    Attributes:
        name: of the corpus. title, licence, source: for its manifest.
        open_licence: whether what is trained on it may be shipped; say so only if texts and teacher allow it.
        types: a types file whose definitions go before the teacher's; empty for none.
        min_mentions: types with fewer mentions are left out, mentions and all.
        dev, test: shares of the passages held out, drawn by `seed` and the passage alone.
    """

    name: str = "distilled"
    title: str = "Passages labelled by a teacher"
    licence: str = ""
    source: str = ""
    open_licence: bool = False
    types: str = ""
    min_mentions: int = 1
    dev: float = 0.02
    test: float = 0.02
    seed: int = 13

    def __post_init__(self) -> None:
        at_least(self, 0, "min_mentions", "dev", "test")
        if not self.name or Path(self.name).name != self.name or self.name.startswith("."):
            raise UsageError(f"name is {self.name!r}; accepted: a name for a folder")
        if self.dev + self.test >= 1:
            raise UsageError(f"dev and test are {self.dev} and {self.test} of the passages; accepted: less than all")


def dataset_step(answers: Path, settings: DatasetSettings, output: Path) -> bool:
    """Writes the corpora unless `output` holds them; returns whether it did.

    There are up to two. An answer that lists all that is in its passage goes to the corpus NAME: what it does not
    mark is no entity. One that was cut, listed what could not be found, or lost a mention with a rare type goes to
    NAME-partial, whose manifest says `partial`: unmarked spans of it say nothing.

    Raises:
        UsageError: no mention is left to train on.
    """
    inputs = {"answers": output_digest(answers, TEACH)}
    if settings.types:
        inputs["types"] = digest_of(Path(settings.types)) if Path(settings.types).is_file() else ""
    step = Step(NAME, VERSION, asdict(settings), inputs)
    return run_step(step, output, lambda folder: _Dataset(answers / ANSWERS, settings, folder).make())


class _Dataset:
    def __init__(self, answers: Path, settings: DatasetSettings, folder: Path) -> None:
        self.answers, self.settings, self.folder = answers, settings, folder
        types = TypeNames.of(read_records(answers))
        self.names = {w: n for w, n in types.names.items() if types.mentions[n] >= settings.min_mentions}
        if not self.names:
            raise UsageError(f"no type has {settings.min_mentions} mentions in {str(answers)!r}: nothing to train on")
        asked = load_types(settings.types) if settings.types else None
        self.types = {n: _shown(n, types.definitions[n], asked) for n in sorted(set(self.names.values()))}

    def make(self) -> list[str]:
        names = {False: self.settings.name, True: f"{self.settings.name}-partial"}
        counts = {part: self._write(names[part], part) for part in (False, True)}
        entries = [self._entry(names[part], part, counts[part]) for part in (False, True) if counts[part]["train"]]
        if not any(counts[part]["train"]["mentions"] for part in counts if counts[part]["train"]):
            raise UsageError(f"no mention in the training passages of {str(self.answers)!r}; label more passages")
        outputs = [REPORT, CONFIG, "catalog.yaml"]
        for entry in entries:
            _write_yaml(self.folder / entry["name"] / "manifest.yaml", {**entry, "types": self.types})
            outputs += [f"{entry['name']}/{file}" for file in ("manifest.yaml", *self._files())]
        _write_yaml(self.folder / "catalog.yaml", [{**entry, "types": len(self.types)} for entry in entries])
        # The settings without which `hybrid-ner train` would not take or would cut these passages.
        _write_yaml(self.folder / CONFIG, {"open_licence_only": self.settings.open_licence, "max_tokens": 256})
        write_json(self.folder / REPORT, self._report(entries))
        return outputs

    @staticmethod
    def _files() -> list[str]:
        return [f"{split}.jsonl.gz" for split in SPLITS]

    def _write(self, name: str, partial: bool) -> dict[str, Counter]:
        """Writes the three splits of one corpus; counts of each."""
        counts: dict[str, Counter] = {}
        for split in SPLITS:
            counted: Counter = Counter()
            write_records(self.folder / name / f"{split}.jsonl.gz", self._rows(split, partial, counted))
            counts[split] = counted
        return counts

    def _rows(self, split: str, partial: bool, counted: Counter) -> Iterator[dict[str, Any]]:
        for answer in read_records(self.answers):
            if answer["outcome"] in (REFUSED, UNREADABLE) or self._split(answer["id"]) != split:
                continue
            known = [entity for entity in answer["entities"] if entity["type"] in self.names]
            whole = answer["whole"] and len(known) == len(answer["entities"])
            if whole == partial or (partial and not known):
                continue
            spans = {(e["start"], e["end"], self.names[e["type"]]) for e in known}
            counted.update({"sentences": 1, "mentions": len(spans)})
            ordered = sorted(spans, key=lambda span: (span[0], -span[1], span[2]))
            entities = [dict(zip(_ENTITY_ORDER, span, strict=True)) for span in ordered]
            row = {"id": answer["id"], "text": answer["text"], "entities": entities}
            yield {**row, "doubtful": answer["doubtful"]} if answer.get("doubtful") else row

    def _split(self, passage: str) -> str:
        place = hashlib.sha256(f"{self.settings.seed}/split/{passage}".encode()).digest()[:8]
        share = int.from_bytes(place, "big") / 2**64
        held_out = self.settings.test + self.settings.dev
        return "test" if share < self.settings.test else "dev" if share < held_out else "train"

    def _entry(self, name: str, partial: bool, counts: Mapping[str, Counter]) -> dict[str, Any]:
        s = self.settings
        about = {"title": s.title, "licence": s.licence, "source": s.source, "open_licence": s.open_licence}
        splits = {
            split: {"sentences": counts[split]["sentences"], "entities": counts[split]["mentions"]} for split in SPLITS
        }
        return {"name": name, "role": "train", "annotation": "llm", **about, "partial": partial, "splits": splits}

    def _report(self, entries: list[dict[str, Any]]) -> dict[str, Any]:
        outcomes = Counter(answer["outcome"] for answer in read_records(self.answers))
        return {
            "corpora": {entry["name"]: entry["splits"] for entry in entries},
            "types": len(self.types),
            "with_definition": sum(bool(shown["definition"]) for shown in self.types.values()),
            "left_out": {name: outcomes[name] for name in (REFUSED, UNREADABLE)},
        }


def _shown(name: str, given: str, asked: TypeSet | None) -> dict[str, str]:
    entity_type = asked.get(name) if asked else None
    return {"name": name, "definition": (entity_type.definition if entity_type else None) or given}


def _write_yaml(path: Path, value: Any) -> None:
    with replaced(path) as out:
        out.write(yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=120).encode("utf-8"))
