"""Types of close meaning: of the gold spans of either, how many get the right one, with the index and without?

Each pair is asked alone, so that nothing but its two types competes for a span. Asked by bare names the better score
takes it; so it does by the names and definitions of the view, which are what the index holds; last, the index's second
look decides. A gold span that is no candidate for either type in that view, or by names, is left out everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evaluation.corpora import Corpus, CorpusError, load_yaml, read_corpus, read_sentences
from evaluation.remember import Remembering
from evaluation.suite import Split
from hybrid_ner.extractor import HybridNER
from hybrid_ner.rules import load_packs
from hybrid_ner.schema import Decision, Document, EntityType, TypeSet
from hybrid_ner.scoring import percent

PAIRS = Path(__file__).with_name("close_types.yaml")
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Tally:
    """Of `spans` gold spans found, how many were typed right by bare names, and without and with the second look."""

    spans: int = 0
    by_name: int = 0
    without: int = 0
    using: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.spans + other.spans,
            self.by_name + other.by_name,
            self.without + other.without,
            self.using + other.using,
        )

    def to_dict(self) -> dict[str, Any]:
        """Accuracies in percent, and the share of the errors by names that the whole index took away."""
        wrong = self.spans - self.by_name
        right = {"by_name": self.by_name, "without": self.without, "with": self.using}
        return {
            "spans": self.spans,
            **{key: percent(count / self.spans) if self.spans else 0.0 for key, count in right.items()},
            "errors_gone": percent((self.using - self.by_name) / wrong) if wrong else 0.0,
        }


def read_pairs(path: Path = PAIRS) -> dict[str, list[Pair]]:
    """The pairs by corpus."""
    return {name: [(a, b) for a, b in pairs] for name, pairs in load_yaml(path).items()}


def run_close_types(ner: HybridNER, data: Path, view: str, limit: int | None) -> dict[str, Any]:
    """Rows of a results file: one a pair, and their mean over pairs.

    Args:
        limit: gold sentences of a pair; each has a span of one of its types.

    Raises:
        CorpusError: a corpus that is missing, or has not the types of a pair.
    """
    ner = replace(ner, rules=load_packs(()), repeat=False)
    rows = []
    for name, pairs in read_pairs().items():
        corpus = read_corpus(data / name)
        sentences = read_sentences(corpus, "dev", limit=None)
        for pair in pairs:
            asked, named = _asked(corpus, pair, view), _asked(corpus, pair, "name")
            about = [s for s in sentences if any(label in pair for _, _, label in s.gold)][:limit]
            tally = sum(_tallies(ner, Split(corpus, tuple(about)), asked, named), Tally())
            rows.append({"corpus": name, "pair": list(pair), **tally.to_dict()})
    counted = [row for row in rows if row["spans"]]
    mean = {key: round(sum(row[key] for row in counted) / len(counted), 2) for key in ("by_name", "without", "with")}
    gone = (mean["with"] - mean["by_name"]) / max(1e-9, 100 - mean["by_name"])
    return {"pairs": rows, "mean": {**mean, "errors_gone": percent(gone)}}


def _asked(corpus: Corpus, pair: Pair, view: str) -> TypeSet:
    known = {t.name: t for t in corpus.types}
    if missing := [name for name in pair if name not in known]:
        raise CorpusError(f"corpus {corpus.name!r} has no types {missing}; it has {sorted(known)}")
    return TypeSet(tuple(EntityType(name, None if view == "name" else known[name].definition) for name in pair))


def _tallies(ner: HybridNER, split: Split, asked: TypeSet, named: TypeSet) -> Iterator[Tally]:
    ner = replace(ner, student=Remembering(ner.student))
    by_name = _typed(replace(ner, use_index=False), split, named)
    without = _typed(replace(ner, use_index=False), split, asked)
    using = _typed(ner, split, asked)
    names = set(asked.names)
    for sentence, bare, plain, judged in zip(split.sentences, by_name, without, using, strict=True):
        for start, end, label in sentence.gold:
            span = start, end
            if label in names and span in plain and span in bare:
                yield Tally(1, bare[span] == label, plain[span] == label, judged.get(span) == label)


def _typed(ner: HybridNER, split: Split, asked: TypeSet) -> list[Mapping[tuple[int, int], str]]:
    """For each sentence, the type that every candidate span is given."""
    documents = [Document(s.text) for s in split.sentences]
    found = ner.extract_many(documents, asked, threshold=0.0, overlap="nested", explain=True)
    return [_best(document.decisions) for document in found]


def _best(decisions: Iterable[Decision]) -> dict[tuple[int, int], str]:
    """The type of each span: the best of those that the judge did not drop."""
    claims: dict[tuple[int, int], Decision] = {}
    for decision in decisions:
        span = decision.start, decision.end
        if not _lost(decision) and (span not in claims or _rank(decision) < _rank(claims[span])):
            claims[span] = decision
    return {span: decision.type for span, decision in claims.items()}


def _lost(decision: Decision) -> bool:
    return any(step.stage == "index" and step.action == "drop" for step in decision.steps)


def _rank(decision: Decision) -> tuple[float, str]:
    return -decision.score, decision.type
