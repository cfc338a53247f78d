"""GLiNER's own library, trained from scratch on the rows our student was trained on: same encoder, rows and questions.

Rows, types asked and their wording come from our sampler with the run's seed, so both saw the same examples; the
architecture, the loss and the prompt are GLiNER's (Zaratiana et al., 2024). In rows of partly annotated corpora, where
our loss leaves unmarked spans out, GLiNER's has no such mask and takes them for negatives.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from evaluation.baselines.gliner_rows import MAX_WORDS, Recipe, by_length, example, questions
from evaluation.results import weights_sha256
from hybrid_ner.errors import HybridNERError, InputError
from hybrid_ner.schema import Document, Entity, EntityType

if TYPE_CHECKING:
    from hybrid_ner.training.config import TrainConfig

SETTINGS = "settings.json"


def trained(recipe: Recipe, data: Path, folder: Path) -> GLiNERExtractor:
    """The model in `folder`, trained there unless it is.

    Raises:
        HybridNERError: the packages of requirements-gliner.txt are not installed.
        InputError: the folder holds a model of another recipe.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        import torch
        from gliner import GLiNER
    except ImportError as error:
        needed = "evaluation/baselines/requirements-gliner.txt"
        raise HybridNERError(f"{error}; install {needed}, in an environment of its own") from None
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
    rows = by_length(rows, recipe.batch, recipe.config.seed)
    model.train_model(rows, None, output_dir=str(folder / "checkpoints"), **_training(recipe))
    model.save_pretrained(str(folder), safe_serialization=True)
    settings.write_text(json.dumps(recipe.shown(), indent=1) + "\n", "utf-8")
    return GLiNERExtractor(model, folder)


def _config(config: TrainConfig) -> dict[str, Any]:
    from hybrid_ner.students.torch import encoder_folder, load_encoder

    hidden = load_encoder(config.encoder).config.hidden_size
    return {
        "model_name": encoder_folder(config.encoder),
        "hidden_size": hidden,
        "max_width": 12,
        "max_len": MAX_WORDS,
        "max_types": 30,
        "dropout": config.dropout,
    }


def _training(recipe: Recipe) -> dict[str, Any]:
    """GLiNER's arguments: our rates and precision, the focal loss of its own examples."""
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
        "train_sampling_strategy": "sequential",  # the rows are in batches already
        "save_strategy": "no",
        "seed": config.seed,
        "use_cpu": True,
        "bf16": True,
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
