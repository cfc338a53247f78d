"""What `hybrid-ner fit` brings: F1 on test with the default pack, and with packs fitted on a few sentences of dev."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evaluation.corpora import Corpus, Sentence
from evaluation.remember import Remembering
from evaluation.suite import Split, asked_types, predict, read_splits
from hybrid_ner.extractor import DEFAULT_RULES, HybridNER
from hybrid_ner.fitting import FitError, Fitted, fit, pack_text
from hybrid_ner.rules import load_packs
from hybrid_ner.schema import Document, Entity, TypeSet
from hybrid_ner.scoring import percent, score

SIZES = (20, 50, 200)
FIT_SPLIT, TEST_SPLIT = "dev", "test"


def fit_rows(
    ner: HybridNER,
    corpora: Sequence[Corpus],
    *,
    sizes: Sequence[int] = SIZES,
    seeds: Sequence[int] = (0,),
    view: str = "both",
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """A row a corpus: test F1 without a fitted pack, and for every size the mean over seeds with one.

    Args:
        ner: with the default pack; fitted packs are used beside it.
        sizes: how many sentences of the dev split are learned from; all, where it has fewer.
        seeds: of the samples; a smaller sample is the beginning of a larger one.
        limit: test sentences a corpus.
    """
    rows = []
    for corpus in corpora:
        remembering = replace(ner, student=Remembering(ner.student))
        pool, test = (read_splits([corpus], split, n)[0] for split, n in ((FIT_SPLIT, None), (TEST_SPLIT, limit)))
        rows.append(
            {
                "corpus": corpus.name,
                "test_sentences": len(test.sentences),
                "f1": _f1(remembering, test, view),
                "fitted": [_point(remembering, pool, test, view, size, seeds) for size in sizes],
            }
        )
    return rows


def averages(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Unweighted means over corpora, and what every size adds."""
    base = sum(row["f1"] for row in rows) / len(rows)
    sizes = [point["size"] for point in rows[0]["fitted"]]
    means = [sum(row["fitted"][place]["f1"] for row in rows) / len(rows) for place in range(len(sizes))]
    return {
        "f1": round(base, 2),
        "fitted": [
            {"size": size, "f1": round(mean, 2), "gain": round(mean - base, 2)}
            for size, mean in zip(sizes, means, strict=True)
        ],
    }


def sample(sentences: Sequence[Sentence], size: int, seed: int) -> list[Document]:
    """`size` sentences drawn without replacement, as labelled documents."""
    order = list(range(len(sentences)))
    random.Random(seed).shuffle(order)
    return [labelled(sentences[place]) for place in sorted(order[:size])]


def labelled(sentence: Sentence) -> Document:
    """A corpus's sentence as a reader of labelled data would yield it."""
    entities = (Entity(s, e, sentence.text[s:e], name, 1.0) for s, e, name in sorted(sentence.gold))
    return Document(sentence.text, tuple(entities), id=sentence.id)


def _point(ner: HybridNER, pool: Split, test: Split, view: str, size: int, seeds: Sequence[int]) -> dict[str, Any]:
    types = TypeSet.of(asked_types(pool.corpus, view))
    runs = []
    for seed in seeds:
        documents = sample(pool.sentences, size, seed)
        began = time.perf_counter()
        try:
            fitted = fit(ner, documents, types)
        except FitError as error:
            runs.append({"seed": seed, "sentences": len(documents), "f1": _f1(ner, test, view), "note": str(error)})
            continue
        seconds = time.perf_counter() - began
        runs.append(
            {
                "seed": seed,
                "sentences": len(documents),
                "f1": _f1(_with_pack(ner, fitted, pool.corpus.name), test, view),
                "held_out": [round(fitted.before, 2), round(fitted.after, 2)],
                "rules": len(fitted.specs),
                "tried": fitted.tried,
                "seconds": round(seconds, 1),
            }
        )
    return {"size": size, "f1": round(sum(run["f1"] for run in runs) / len(runs), 2), "runs": runs}


def _with_pack(ner: HybridNER, fitted: Fitted, source: str) -> HybridNER:
    """The extractor with the pack beside the default one, read from a file as a user's would be."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fitted.yaml"
        path.write_text(pack_text(fitted, "fitted", source=source), encoding="utf-8")
        return replace(ner, rules=load_packs([*DEFAULT_RULES, path]))


def _f1(ner: HybridNER, split: Split, view: str) -> float:
    found = predict(ner, split, view, None)
    return percent(score(split.gold, found.scored).micro.f1)
