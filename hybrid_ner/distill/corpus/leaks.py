"""Passages that share words with evaluation corpora: n-grams as Brown et al. (2020, appendix C) compare them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import regex

from hybrid_ner.distill.corpus.sources import SUFFIXES, input_files, read_raw
from hybrid_ner.errors import UsageError
from hybrid_ner.formats.gold import read_gold

_WORD = regex.compile(r"\w+")
_EXAMPLES = 10


@dataclass
class LeakCheck:
    """The n-grams of evaluation corpora, and what was found to share them.

    Attributes:
        size: words of an n-gram; 13 in Brown et al. shortest: a text of fewer words than `size` is compared as a
            whole if it has this many, and not at all if it has fewer.
        texts: evaluation text counts. leaked: passages that share an n-gram, both by corpus. untested: texts too
            short to be compared.
    """

    size: int = 13
    shortest: int = 5
    texts: Counter = field(default_factory=Counter)
    leaked: Counter = field(default_factory=Counter)
    untested: Counter = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)
    _grams: dict[int, str] = field(default_factory=dict)
    _sizes: set[int] = field(default_factory=set)

    def learn(self, corpus: str, texts: Iterator[str]) -> None:
        """Remembers the n-grams of an evaluation corpus."""
        for text in texts:
            words = _words(text)
            size = min(self.size, len(words))
            self.texts[corpus] += 1
            if size < self.shortest:
                self.untested[corpus] += 1
                continue
            self._sizes.add(size)
            for gram in _grams(words, size):
                self._grams.setdefault(_hashed(gram), corpus)

    def leaks(self, passage: str, text: str) -> bool:
        """Whether a passage shares an n-gram with what was learned; it is then counted under its id `passage`."""
        words = _words(text)
        for size in sorted(self._sizes):
            for gram in _grams(words, size):
                corpus = self._grams.get(_hashed(gram))
                if corpus is not None:
                    self.leaked[corpus] += 1
                    if len(self.examples) < _EXAMPLES:
                        self.examples.append({"corpus": corpus, "passage": passage, "words": gram})
                    return True
        return False

    def report(self) -> dict[str, Any]:
        return {
            "words": self.size,
            "corpora": {
                name: {
                    "texts": count,
                    "too_short_to_compare": self.untested[name],
                    "leaked_passages": self.leaked[name],
                }
                for name, count in sorted(self.texts.items())
            },
            "examples": self.examples,
        }


def learn_corpora(check: LeakCheck, paths: Sequence[str]) -> None:
    """Learns evaluation corpora: folders of texts, plain or JSONL texts, or labelled files in any gold format.

    Raises:
        UsageError: one of them cannot be read: a check that skips a corpus would say less than it seems to.
    """
    short = Counter(Path(given).name for given in paths)
    for given in paths:
        path = Path(given)  # two files of one name, such as test.jsonl.gz, are told apart by their folders
        check.learn(path.name if short[path.name] == 1 else "/".join(path.parts[-2:]), _texts(given))


def _texts(given: str) -> Iterator[str]:
    def refuse(message: str) -> None:
        raise UsageError(f"cannot check against {given!r}: {message}")

    if Path(given).is_file() and not given.lower().endswith(SUFFIXES):
        for document in read_gold(given):
            yield document.text
        return
    input_files([given])  # here, where a name that means nothing is an error
    for raw in read_raw([given], text_field="text", source_field="source", failed=refuse):
        plain = ".txt" in Path(raw.document.partition("#")[0]).suffixes
        yield from raw.text.splitlines() if plain else [raw.text]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _grams(words: list[str], size: int) -> Iterator[str]:
    for i in range(len(words) - size + 1):
        yield " ".join(words[i : i + size])


def _hashed(gram: str) -> int:
    return int.from_bytes(hashlib.blake2b(gram.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
