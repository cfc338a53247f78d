"""The corpus step: raw inputs -> `passages.jsonl.gz`, each with its source, and a report of what was left out."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hybrid_ner.distill.corpus.chunk import chunks
from hybrid_ner.distill.corpus.duplicates import Seen
from hybrid_ner.distill.corpus.leaks import LeakCheck, learn_corpora
from hybrid_ner.distill.corpus.quality import QualityFilter, QualitySettings
from hybrid_ner.distill.corpus.sample import drawn, priority, quotas
from hybrid_ner.distill.corpus.sources import input_digests, read_raw
from hybrid_ner.distill.files import digest_of, read_records, write_json, write_records
from hybrid_ner.distill.manifest import Step, run_step
from hybrid_ner.distill.settings import at_least, settings_of
from hybrid_ner.errors import UsageError
from hybrid_ner.students.folder import find_student
from hybrid_ner.words import WordEncoder

NAME, VERSION = "corpus", 1
PASSAGES, REPORT = "passages.jsonl.gz", "report.json"
_MESSAGES = 20


@dataclass(frozen=True)
class CorpusSettings:
    """How raw text becomes passages.

    Attributes:
        inputs: files, folders, globs, and hub names ("hf:NAME").
        passages: how many to sample; tokens: sub-tokens of the longest, special tokens left out.
        tokenizer: student whose sub-tokens count: an embedded one's name, or a folder with a tokenizer.json.
        text_field, source_field: of JSONL records and rows; `source_field` names the stratum where it is there.
        seed: of the sample.
        power: strata are sampled in proportion to their passages ** power; 0 takes alike of each.
        duplicate: similarity of word n-grams from which two passages are one; duplicate_words: of an n-gram.
        oversample: passages looked at for duplicates and leaks, as a multiple of `passages`.
        against: evaluation corpora to keep out; leak_words: shared words in a row that make a leak.
        drop_leaks: leave leaking passages out; otherwise they are only reported.
        quality: see `QualitySettings`.
    """

    inputs: tuple[str, ...] = ()
    passages: int = 50_000
    tokens: int = 256
    tokenizer: str = ""
    text_field: str = "text"
    source_field: str = "source"
    seed: int = 13
    power: float = 1.0
    duplicate: float = 0.8
    duplicate_words: int = 3
    oversample: float = 3.0
    against: tuple[str, ...] = ()
    leak_words: int = 13
    drop_leaks: bool = True
    quality: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.inputs:
            raise UsageError("corpus: no inputs; name files, folders, globs or hf:NAME")
        at_least(self, 1, "passages", "duplicate_words", "oversample")
        at_least(self, 0, "power")
        at_least(self, 5, "leak_words")
        at_least(self, 100, "tokens")  # the longest word is of 100 sub-tokens, and no passage is to exceed `tokens`
        if not 0 < self.duplicate <= 1:
            raise UsageError(f"duplicate is {self.duplicate!r}; accepted: a similarity above 0 and up to 1")


def corpus_step(settings: CorpusSettings, output: Path) -> bool:
    """Makes the corpus unless `output` holds it; returns whether it was made.

    Raises:
        UsageError: settings that cannot be, an input that names nothing, or no passage left.
    """
    quality = settings_of(QualitySettings, settings.quality, "corpus: quality")
    tokenizer = _tokenizer(settings.tokenizer)
    inputs = {f"input {name}": digest for name, digest in input_digests(settings.inputs).items()}
    inputs |= {f"against {n}:{Path(p).name}": digest_of(Path(p)) for n, p in enumerate(settings.against)}
    inputs["tokenizer"] = digest_of(tokenizer)
    plain = {k: v for k, v in asdict(settings).items() if k not in ("inputs", "against", "tokenizer")}
    step = Step(NAME, VERSION, {**plain, "quality": asdict(quality)}, inputs)
    return run_step(step, output, lambda folder: _Build(settings, quality, tokenizer, folder).make())


def _tokenizer(name: str) -> Path:
    path = Path(name) / "tokenizer.json"
    return path if name and path.is_file() else find_student(name or None) / "tokenizer.json"


class _Build:
    """One run of the step: three passes over passages on disk, so that memory holds numbers and sketches only."""

    def __init__(self, settings: CorpusSettings, quality: QualitySettings, tokenizer: Path, folder: Path) -> None:
        self.settings, self.folder = settings, folder
        self.encoder, self.filter = WordEncoder.from_file(tokenizer), QualityFilter(quality)
        self.counts: Counter = Counter()
        self.left_out: Counter = Counter()
        self.messages: list[str] = []
        self.check = LeakCheck(settings.leak_words)

    def make(self) -> tuple[str, ...]:
        settings = self.settings
        learn_corpora(self.check, settings.against)
        scratch = self.folder / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        read, distinct = scratch / "read.jsonl.gz", scratch / "distinct.jsonl.gz"
        write_records(read, self._read())
        found = self._sources(read)
        pool = self._drawn(read, quotas(found, round(settings.passages * settings.oversample), settings.power))
        write_records(distinct, self._distinct(pool))
        left = self._sources(distinct)
        wanted = quotas(left, settings.passages, settings.power)
        count = write_records(self.folder / PASSAGES, self._drawn(distinct, wanted))
        if not count:
            raise UsageError(f"no passage is left of the inputs; read: {dict(self.counts)}, out: {dict(self.left_out)}")
        shutil.rmtree(scratch)
        write_json(self.folder / REPORT, self._report(count, found, wanted))
        return PASSAGES, REPORT

    def _read(self) -> Iterator[dict[str, Any]]:
        """Every passage that passes the filters, each text once."""
        settings, seen = self.settings, set()
        fields = {"text_field": settings.text_field, "source_field": settings.source_field}
        for raw in read_raw(settings.inputs, **fields, failed=self._failed):
            self.counts["documents"] += 1
            for start, end in chunks(raw.text, self.encoder, settings.tokens):
                text = raw.text[start:end]
                self.counts["passages"] += 1
                digest = hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
                fault = "same text" if digest in seen else self.filter.fault(text)
                if fault:
                    self.left_out[fault] += 1
                    continue
                seen.add(digest)
                place = {"source": raw.source, "document": raw.document, "start": start, "end": end}
                yield {"id": digest, "text": text, **place}

    def _distinct(self, records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        seen = Seen(self.settings.duplicate, self.settings.duplicate_words, self.settings.seed)
        for record in records:
            self.counts["looked at"] += 1
            if not seen.add(record["text"]):
                self.left_out["near-duplicate"] += 1
            elif self.check.leaks(record["id"], record["text"]) and self.settings.drop_leaks:
                self.left_out["leak"] += 1
            else:
                yield record

    def _drawn(self, path: Path, wanted: dict[str, int]) -> Iterator[dict[str, Any]]:
        """The records of the lowest priorities, as many a source as wanted, in the file's order."""
        seed = self.settings.seed
        last = drawn(((r["source"], priority(seed, r["id"])) for r in read_records(path)), wanted)
        return (r for r in read_records(path) if priority(seed, r["id"]) <= last[r["source"]])

    @staticmethod
    def _sources(path: Path) -> Counter:
        return Counter(record["source"] for record in read_records(path))

    def _failed(self, message: str) -> None:
        self.counts["unreadable"] += 1
        if len(self.messages) < _MESSAGES:
            self.messages.append(message)

    def _report(self, count: int, found: Counter, wanted: dict[str, int]) -> dict[str, Any]:
        return {
            "documents": self.counts["documents"],
            "unreadable": self.counts["unreadable"],
            "messages": self.messages,
            "passages_read": self.counts["passages"],
            "left_out": dict(sorted(self.left_out.items())),
            "looked_at": self.counts["looked at"],
            "sampled": count,
            "sources": {name: {"found": found[name], "sampled": wanted.get(name, 0)} for name in sorted(found)},
            "leaks": self.check.report(),
        }
