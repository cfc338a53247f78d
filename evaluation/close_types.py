"""Types of close meaning: of the gold spans of either, how many get the right one, with the index and without?

Each pair is asked alone, so that nothing but its two types competes for a span. Without the index the better score
takes it; with the index the judge decides. A gold span that is no candidate for either type is left out on both sides.
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
    """Of `spans` gold spans found, how many were typed right without and with the index."""

    spans: int = 0
    without: int = 0
    using: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.spans + other.spans, self.without + other.without, self.using + other.using)

    def to_dict(self) -> dict[str, Any]:
        """Accuracies in percent, and the share of the errors that the index took away."""
        wrong = self.spans - self.without
        return {
            "spans": self.spans,
            "without": percent(self.without / self.spans) if self.spans else 0.0,
            "with": percent(self.using / self.spans) if self.spans else 0.0,
            "errors_gone": percent((self.using - self.without) / wrong) if wrong else 0.0,
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
            asked = _asked(corpus, pair, view)
            about = [s for s in sentences if any(label in pair for _, _, label in s.gold)][:limit]
            tally = sum(_tallies(ner, Split(corpus, tuple(about)), asked), Tally())
            rows.append({"corpus": name, "pair": list(pair), **tally.to_dict()})
    counted = [row for row in rows if row["spans"]]
    mean = {key: round(sum(row[key] for row in counted) / len(counted), 2) for key in ("without", "with")}
    gone = (mean["with"] - mean["without"]) / max(1e-9, 100 - mean["without"])
    return {"pairs": rows, "mean": {**mean, "errors_gone": percent(gone)}}


def _asked(corpus: Corpus, pair: Pair, view: str) -> TypeSet:
    known = {t.name: t for t in corpus.types}
    if missing := [name for name in pair if name not in known]:
        raise CorpusError(f"corpus {corpus.name!r} has no types {missing}; it has {sorted(known)}")
    return TypeSet(tuple(EntityType(name, None if view == "name" else known[name].definition) for name in pair))


def _tallies(ner: HybridNER, split: Split, asked: TypeSet) -> Iterator[Tally]:
    ner = replace(ner, student=Remembering(ner.student))
    without = _typed(replace(ner, use_index=False), split, asked)
    using = _typed(ner, split, asked)
    names = set(asked.names)
    for sentence, plain, judged in zip(split.sentences, without, using, strict=True):
        for start, end, label in sentence.gold:
            if label in names and (start, end) in plain:
                yield Tally(1, plain[start, end] == label, judged.get((start, end)) == label)


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
