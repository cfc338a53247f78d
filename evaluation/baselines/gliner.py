"""GLiNER's own library, trained from scratch on the rows our student was trained on: same encoder, rows and questions.

Rows, types asked and their wording come from our sampler with the run's seed, so both saw the same examples; the
architecture, the loss and the prompt are GLiNER's (Zaratiana et al., 2024). In rows of partly annotated corpora, where
our loss leaves unmarked spans out, GLiNER's has no such mask and takes them for negatives.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from evaluation.results import weights_sha256
from hybrid_ner.errors import InputError, MissingExtraError
from hybrid_ner.schema import Document, Entity, EntityType

if TYPE_CHECKING:
    from hybrid_ner.training.config import TrainConfig
    from hybrid_ner.training.sampling import Question, TypeTexts

MAX_WORDS = 384
SETTINGS = "settings.json"


@dataclass(frozen=True)
class Recipe:
    """How the model is trained.

    Attributes:
        config: of the run it is to be compared with: encoder, seed, corpora, sampling and learning rates.
        examples: rows it sees, each once. batch: rows a step.
        limit: training sentences a corpus, for trying things out.
    """

    config: TrainConfig
    examples: int
    batch: int = 16
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
        return facts if self.limit is None else {**facts, "sentences a corpus": self.limit}


def questions(recipe: Recipe, data: Path) -> tuple[Iterator[Question], TypeTexts]:
    """The rows of the run, pool by pool as it drew them, endless, and the texts their types are shown by."""
    import numpy as np

    from hybrid_ner.students.torch import load_encoder, tokenizer_file
    from hybrid_ner.training.batches import _POOL
    from hybrid_ner.training.corpora import load_training_corpora, load_type_pairs
    from hybrid_ner.training.kinds import Kinds
    from hybrid_ner.training.sampling import QuestionSampler, TypeTexts
    from hybrid_ner.training.train import embed_texts
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
    if not tokens or not labels:
        return None
    return {"tokenized_text": [token[0] for token in tokens], "ner": spans, "ner_labels": labels}


def trained(recipe: Recipe, data: Path, folder: Path) -> GLiNERExtractor:
    """The model in `folder`, trained there unless it is.

    Raises:
        MissingExtraError: the packages of requirements-gliner.txt are not installed.
        InputError: the folder holds a model of another recipe.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        import torch
        from gliner import GLiNER
    except ImportError as error:
        raise MissingExtraError("gliner", "train", "the GLiNER baseline (requirements-gliner.txt)") from error
    settings = folder / SETTINGS
    if settings.is_file():
        if json.loads(settings.read_text("utf-8")) != recipe.shown():
            raise InputError(f"{folder}: holds a model of another recipe ({SETTINGS}); name another folder")
        return GLiNERExtractor(GLiNER.from_pretrained(str(folder), local_files_only=True), folder)
    torch.manual_seed(recipe.config.seed)
    model = GLiNER.from_config(_config(recipe.config))
    drawn, texts = questions(recipe, data)
    split = model.data_processor.words_splitter
    rows: list[dict[str, Any]] = []
    while len(rows) < recipe.examples:
        question = next(drawn)
        row = example(question, texts.texts, split(question.text))
        if row is not None:
            rows.append(row)
    model.train_model(rows, None, output_dir=str(folder / "checkpoints"), **_training(recipe))
    model.save_pretrained(str(folder))
    settings.write_text(json.dumps(recipe.shown(), indent=1) + "\n", "utf-8")
    return GLiNERExtractor(model, folder)


def _config(config: TrainConfig) -> dict[str, Any]:
    from hybrid_ner.students.torch import encoder_folder, load_encoder

    hidden = load_encoder(config.encoder).config.hidden_size
    name = encoder_folder(config.encoder)
    return {"model_name": name, "hidden_size": hidden, "max_width": 12, "max_len": MAX_WORDS, "max_types": 30}


def _training(recipe: Recipe) -> dict[str, Any]:
    """GLiNER's arguments: our rates, the focal loss of its own examples."""
    config = recipe.config
    return {
        "learning_rate": config.encoder_rate,
        "others_lr": config.head_rate,
        "weight_decay": config.weight_decay,
        "warmup_ratio": config.warmup,
        "focal_loss_alpha": 0.75,
        "focal_loss_gamma": 2,
        "per_device_train_batch_size": recipe.batch,
        "max_steps": -(-recipe.examples // recipe.batch),
        "save_strategy": "no",
        "seed": config.seed,
        "use_cpu": True,
        "dataloader_num_workers": 0,
        "disable_tqdm": True,
    }


@dataclass
class GLiNERExtractor:
    """A GLiNER model behind the interface that suites measure."""

    model: Any
    folder: Path
    student: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(threshold=0.5))

    def extract_many(
        self,
        texts: Iterable[Document],
        types: Sequence[EntityType],
        *,
        batch_size: int = 32,
        threshold: float | None = None,
        overlap: str = "flat",
        **options: Any,
    ) -> Iterator[Document]:
        """Types are asked by name, or by name and definition where they have one, as GLiNER was shown them."""
        names = {t.name if t.definition is None else f"{t.name}: {t.definition}": t.name for t in types}
        documents = list(texts)
        found = self.model.inference(
            [document.text for document in documents],
            list(names),
            flat_ner=overlap == "flat",
            threshold=self.student.threshold if threshold is None else threshold,
            batch_size=batch_size,
        )
        for document, spans in zip(documents, found, strict=True):
            entities = (Entity(s["start"], s["end"], s["text"], names[s["label"]], s["score"]) for s in spans)
            yield replace(document, entities=tuple(entities))

    def facts(self) -> dict[str, str]:
        """SHA-256 of the weights, for the results file."""
        return weights_sha256(self.folder)
