"""The rows that GLiNER is trained on: those a run of ours was, drawn by the same sampler with the same seed.

Rows of mentions alone (`TrainConfig.pairs`) are no sentences and are not among them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid_ner.errors import InputError

if TYPE_CHECKING:
    from hybrid_ner.training.config import TrainConfig
    from hybrid_ner.training.sampling import Question, TypeTexts

MAX_WORDS = 384


@dataclass(frozen=True)
class Recipe:
    """How the model is trained.

    Attributes:
        config: of the run it is to be compared with: encoder, seed, corpora, sampling and learning rates.
        examples: rows it sees, each once. batch: rows a step, as many as GLiNER takes by default.
        limit: training sentences a corpus, for trying things out.
    """

    config: TrainConfig
    examples: int
    batch: int = 8
    limit: int | None = None

    @classmethod
    def of_record(cls, path: Path, examples: int | None = None, limit: int | None = None) -> Recipe:
        """The recipe of a run's `record.json`, with as many rows as it saw.

        Raises:
            InputError: no record of a finished run.
        """
        from hybrid_ner.training.config import TrainConfig

        try:
            record = json.loads(path.read_text("utf-8"))
            return cls(TrainConfig.of(record["config"], str(path)), examples or int(record["rows"]), limit=limit)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}: not the record.json of a finished run ({error!r})") from error

    def shown(self) -> dict[str, Any]:
        """What a results file says of it."""
        c = self.config
        rates = {"encoder rate": c.encoder_rate, "head rate": c.head_rate}
        facts = {"encoder": c.encoder, "examples": self.examples, "batch": self.batch, "seed": c.seed, **rates}
        facts["dropout"] = c.dropout
        return facts if self.limit is None else {**facts, "sentences a corpus": self.limit}


def questions(recipe: Recipe, data: Path) -> tuple[Iterator[Question], TypeTexts]:
    """The rows of the run, pool by pool as it drew them, endless, and the texts their types are shown by."""
    import numpy as np

    from hybrid_ner.students.torch import embed_texts, load_encoder, tokenizer_file
    from hybrid_ner.training.batches import _POOL
    from hybrid_ner.training.corpora import load_training_corpora, load_type_pairs
    from hybrid_ner.training.kinds import Kinds
    from hybrid_ner.training.sampling import QuestionSampler, TypeTexts
    from hybrid_ner.words import WordEncoder

    config = recipe.config
    records = load_type_pairs(data)
    corpora = load_training_corpora(
        data,
        open_licence_only=config.open_licence_only,
        names=config.corpora,
        limit=recipe.limit,
        type_pairs=records,
    )
    texts = TypeTexts(corpora)
    words = WordEncoder.from_file(tokenizer_file(config.encoder))
    vectors = embed_texts(load_encoder(config.encoder).eval(), words, texts.texts).detach().cpu().numpy()
    sampler = QuestionSampler(corpora, texts, vectors, config, Kinds(records))

    def drawn() -> Iterator[Question]:
        number = 0
        while True:
            rng, nrng = random.Random(f"{config.seed}/{number}"), np.random.default_rng([config.seed, number])
            yield from (sampler.draw(rng, nrng) for _ in range(_POOL))
            number += 1

    return drawn(), texts


def example(question: Question, texts: Sequence[str], words: Iterable[tuple[str, int, int]]) -> dict[str, Any] | None:
    """A question as GLiNER takes it: tokens, spans of tokens with the text of their type, and all types asked.

    Types are in an order drawn by the text: a question has those that are present first, and GLiNER, which reads them
    as a prompt, would learn to look no further.

    Args:
        texts: type texts by number.
        words: tokens of the text with their offsets, as GLiNER's splitter yields them.

    Returns:
        None where no word is left or no type was asked.
    """
    tokens = list(words)[:MAX_WORDS]
    starts, ends = ({token[side]: i for i, token in enumerate(tokens)} for side in (1, 2))
    shown = {asked.key[1]: texts[asked.text] for asked in reversed(question.asked)}  # the row's own types come first
    spans = [
        [starts[start], ends[end], shown[label]]
        for start, end, label in question.gold
        if start in starts and end in ends and label in shown
    ]
    labels = list(dict.fromkeys(texts[asked.text] for asked in question.asked))
    random.Random(question.text).shuffle(labels)
    if not tokens or not labels:
        return None
    return {"tokenized_text": [token[0] for token in tokens], "ner": spans, "ner_labels": labels}


def by_length(rows: Iterable[dict[str, Any]], batch: int, seed: int) -> list[dict[str, Any]]:
    """The rows in the order of batches of similar length, as our own are made, the batches shuffled: little padding."""
    ordered = sorted(rows, key=lambda row: len(row["tokenized_text"]))
    batches = [ordered[start : start + batch] for start in range(0, len(ordered), batch)]
    rest = batches.pop() if batches and len(batches[-1]) < batch else []  # a short one must be the last
    random.Random(seed).shuffle(batches)
    return [row for group in [*batches, rest] for row in group]
