"""What a longer list of types costs: F1 and words a second at 1 to 512 types, a corpus's own among distractors.

The own types come first, commonest in the split first, and as many as the list has room for; distractors fill it up.
A distractor's spans are not scored, for the corpus does not say whether they are right; what it costs is the spans
that it takes away. F1 over the own types is over another set of types at each length below the corpus's number, so
the F1 of the commonest type alone, the same question at every length, stands beside it.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evaluation.bench.texts import TYPES, type_names
from evaluation.corpora import Corpus
from evaluation.figures import run_figures
from evaluation.suite import Asked, Extractor, Predicted, Split, predict
from hybrid_ner.errors import UsageError
from hybrid_ner.schema import EntityType
from hybrid_ner.scoring import percent, score

POINTS = (1, 8, 32, 128, 512)
SEED = 0
PATH = Path(__file__).with_name("distractors.txt")
_SMALL_WORDS = frozenset({"of", "and", "or", "the", "a", "in", "to", "for"})


def measure_labels(
    ner: Extractor,
    splits: Sequence[Split],
    threshold: float | None,
    points: Sequence[int] = POINTS,
    say: Callable[[str], None] = lambda line: None,
) -> list[dict[str, Any]]:
    """Runs every split with each number of types.

    Args:
        say: called with a line about every point.

    Raises:
        UsageError: more types than there are names for.
    """
    rows = []
    for count in points:
        measured = [_measure(ner, split, count, threshold) for split in splits]
        rows.append(_point(count, measured))
        say(f"{count} types: F1 {rows[-1]['average']['f1']:.2f}, {rows[-1]['words_per_second']:,.0f} words/s")
    return rows


def asked(split: Split, count: int) -> list[Asked]:
    """`count` types: the split's own, commonest first, then distractors."""
    own = by_frequency(split)[:count]
    others = distractors(split.corpus, count - len(own))
    return [*(Asked(EntityType(n), n) for n in own), *(Asked(EntityType(n), None) for n in others)]


def by_frequency(split: Split) -> list[str]:
    """The names of a corpus's types, commonest in the split first, then in the manifest's order."""
    times = Counter(name for gold in split.gold for _, _, name in gold)
    return sorted((t.name for t in split.corpus.types), key=lambda name: -times[name])


def distractors(corpus: Corpus, count: int) -> list[str]:
    """Names that share no word with the corpus's own, drawn by its name: a shorter list begins a longer one.

    Raises:
        UsageError: there are not as many.
    """
    own = {word for t in corpus.types for word in _words(t.name)}
    every = (*type_names(TYPES), *PATH.read_text("utf-8").splitlines())
    names = [name for name in every if not own & _words(name)]
    if count > len(names):
        raise UsageError(f"{count} distractors asked for; {corpus.name!r} has {len(names)} that share no word with it")
    return random.Random(f"{SEED}/{corpus.name}").sample(names, len(names))[:count]


def _words(name: str) -> set[str]:
    return {word.removesuffix("s") for word in re.findall(r"\w+", name.casefold())} - _SMALL_WORDS


def _measure(ner: Extractor, split: Split, count: int, threshold: float | None) -> tuple[Split, Predicted]:
    types = asked(split, count)
    own = {a.scores_as for a in types}
    kept = (replace(s, gold=frozenset(g for g in s.gold if g[2] in own)) for s in split.sentences)
    narrowed = replace(split, sentences=tuple(kept))
    # The types are encoded once, at the first text: what is timed is reading texts.
    predict(ner, replace(narrowed, sentences=narrowed.sentences[:1]), "name", threshold, asked=types)
    return narrowed, predict(ner, narrowed, "name", threshold, asked=types)


def _point(count: int, measured: Sequence[tuple[Split, Predicted]]) -> dict[str, Any]:
    figures = run_figures(measured)
    rows = []
    for (split, predicted), row in zip(measured, figures["corpora"], strict=True):
        own = min(count, len(split.corpus.types))
        facts = {name: row[name] for name in ("corpus", "sentences", "words", "seconds", "f1", "f1_interval")}
        rows.append({**facts, "own": own, "distractors": count - own, "commonest_f1": _commonest(split, predicted)})
    seconds = sum(predicted.seconds for _, predicted in measured)
    average = figures["average"]
    return {
        "types": count,
        "words_per_second": round(sum(row["words"] for row in rows) / seconds, 1),
        "average": {
            "f1": average["f1"],
            "f1_interval": average["f1_interval"],
            "commonest_f1": round(sum(row["commonest_f1"] for row in rows) / len(rows), 2),
        },
        "corpora": rows,
    }


def _commonest(split: Split, predicted: Predicted) -> float:
    name = by_frequency(split)[0]
    only = [[{s for s in spans if s[2] == name} for spans in side] for side in (split.gold, predicted.scored)]
    return percent(score(*only).micro.f1)
