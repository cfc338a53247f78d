"""The training run: seeded, resumable, with its progress on a terminal and its record in the run's folder."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from hybrid_ner.errors import ModelError, UsageError
from hybrid_ner.students.folder import PASSAGE_TOKENS, TYPE_TOKENS
from hybrid_ner.students.torch import (
    SpanStudent,
    StudentConfig,
    embed_texts,
    load_encoder,
    positions,
    tokenizer_file,
)
from hybrid_ner.training.ahead import pools
from hybrid_ner.training.batches import Batch, BatchStream
from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.corpora import (
    TrainingCorpus,
    load_training_corpora,
    load_type_pairs,
    type_aliases,
    with_library_definitions,
)
from hybrid_ner.training.enrich import Enricher
from hybrid_ner.training.kinds import Kinds
from hybrid_ner.training.labels import load_labels
from hybrid_ner.training.look import fit_look, gather_material
from hybrid_ner.training.loss import student_loss
from hybrid_ner.training.pairs import PairSampler, TypePairs
from hybrid_ner.training.restore import read_weights
from hybrid_ner.training.rounding import round_products
from hybrid_ner.training.sampling import QuestionSampler, TypeTexts
from hybrid_ner.training.shown import ShownTexts
from hybrid_ner.words import WordEncoder

logger = logging.getLogger(__name__)


def train(
    config: TrainConfig,
    data: str | Path,
    output: str | Path,
    *,
    device: str = "cpu",
    resume: bool = False,
    limit: int | None = None,
    workers: int = 0,
    progress: bool = True,
) -> Path:
    """Trains a student; returns the folder with `student.safetensors`, `config.json` and `record.json`.

    Args:
        data: folder of corpora. limit: sentences a corpus, for trying things out.
        resume: go on from the last checkpoint in `output`.
        workers: processes that prepare batches ahead, which a GPU needs; the batches are the same with any number.

    Raises:
        UsageError: `output` already holds a run and `resume` is not asked, or it was begun with another config; the
            config and the encoder or the corpora do not go together.
        InputError: a corpus that cannot be read.
        ModelError, MissingExtraError: the encoder cannot be loaded.
    """
    folder = Path(output)
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.exists() and not resume:
        raise UsageError(f"{str(folder)!r} holds a run already; give --resume or another --output")
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(config.seed)
    records = load_type_pairs(data)
    corpora = load_training_corpora(
        data,
        open_licence_only=config.open_licence_only,
        names=config.corpora,
        limit=limit,
        type_pairs=records,
        reworded=config.reworded,
    )
    if config.labels:
        corpora.append(_labels(config, data, corpora, records, limit))
    if unknown := sorted(set(config.corpus_weights).difference(c.name for c in corpora)):
        raise UsageError(f"corpus_weights names corpora that are not trained on: {unknown}")
    wanted = config.pairs or config.swap_rate or config.broader_rate
    pairs = None
    if wanted:
        pairs = TypePairs.of(records, open_licence_only=config.open_licence_only, reworded=config.reworded)
    if pairs is not None and not pairs.types:
        raise UsageError(
            f"pairs is {config.pairs}, swap_rate {config.swap_rate} and broader_rate {config.broader_rate}, "
            f"but {str(data)!r} has no type_pairs.jsonl.gz with mentions"
        )
    untouched = load_encoder(config.encoder).to(device).eval()
    _check_positions(untouched, config)
    words = WordEncoder.from_file(tokenizer_file(config.encoder))
    kinds = Kinds(records)
    texts = TypeTexts([*corpora, pairs] if pairs else corpora)
    embeddings = embed_texts(untouched, words, texts.texts, device)
    encoder = load_encoder(config.encoder)
    for module in encoder.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = config.dropout
    model = SpanStudent(encoder, _heads(config)).to(device)
    if config.start:
        _start(model, Path(config.start))
    vectors = embeddings.cpu().numpy()
    enricher = Enricher(corpora, pairs, kinds, config) if pairs else None
    sampler = QuestionSampler(corpora, texts, vectors, config, kinds, enricher)
    mentions = None
    if pairs and config.pairs:
        mentions = PairSampler(pairs, len(corpora), texts, vectors, kinds, config.far_similarity)
    stream = BatchStream(sampler, texts, words, config, model.config.max_width, kinds, mentions)
    run = _Run(model, config, folder, device, _reader(model, texts, words, config, device))
    if resume and checkpoint.exists():
        run.restore(checkpoint)
    logger.info("training on %d corpora, %d type texts", len(corpora), len(texts.texts))
    run.fit(pools(stream, run.pool, workers), embeddings, progress)
    if config.look_steps:
        material = gather_material(untouched, words, corpora, pairs, texts, embeddings, kinds, config)
        fit_look(model, material, texts, embeddings, config, progress)
    _finish(run, corpora, pairs, config)
    return folder


def _reader(
    model: SpanStudent, texts: TypeTexts, words: WordEncoder, config: TrainConfig, device: str
) -> Callable[[torch.Tensor], torch.Tensor] | None:
    """Numbers of type texts [N] -> what the student's own type tower makes of them [N, D]; None where it has none."""
    if model.typed is None:
        return None
    if config.type_rate:
        return ShownTexts(texts.texts, words, device, model.typed, config.type_share).embed
    return embed_texts(model.typed.eval(), words, texts.texts, device).__getitem__


def _labels(
    config: TrainConfig, data: str | Path, corpora: list[TrainingCorpus], records: list[dict], limit: int | None
) -> TrainingCorpus:
    """The teacher's labels, for passages of the corpora that are trained on."""
    accepted = {corpus.name for corpus in corpora}
    labels = load_labels(config.labels, data, len(corpora), accepted, type_aliases(records), limit, config.written)
    return replace(labels, types=with_library_definitions(labels.types)) if config.reworded else labels


def _start(model: SpanStudent, folder: Path) -> None:
    """Loads the weights of an earlier run or of an exported student.

    Raises:
        UsageError: there are none, or they are of another network.
    """
    try:
        weights = read_weights(folder)
        if model.typed is not None and not any(name.startswith("typed.") for name in weights):
            weights |= {f"typed.{name}": value for name, value in model.typed.state_dict().items()}  # it learns anew
        model.load_state_dict(weights)
    except (ModelError, RuntimeError) as error:
        raise UsageError(
            f"cannot start from {str(folder)!r}: {str(error).partition(chr(10))[0]}; accepted: the folder of a run "
            "or of an exported student, with the same encoder and heads"
        ) from error


def _heads(config: TrainConfig) -> StudentConfig:
    accepted = sorted(field.name for field in fields(StudentConfig))
    if unknown := sorted(set(config.heads).difference(accepted)):
        raise UsageError(f"unknown heads {unknown}; accepted: {', '.join(accepted)}")
    return StudentConfig(**{"type_tower": config.type_rate > 0, **config.heads})


def _check_positions(encoder: torch.nn.Module, config: TrainConfig) -> None:
    """Passages of a training row, a run-time window and a type text must all fit the encoder."""
    limit, needed = positions(encoder), max(config.max_tokens + 2, TYPE_TOKENS, PASSAGE_TOKENS + 2)
    if limit is not None and limit < needed:
        raise UsageError(
            f"the encoder {config.encoder!r} reads {limit} tokens at once and max_tokens is {config.max_tokens}; "
            f"accepted: encoders of {max(TYPE_TOKENS, PASSAGE_TOKENS + 2)} tokens and more, max_tokens of at most "
            f"{limit - 2}"
        )


class _Run:
    """Model, optimiser and place in the stream: what a checkpoint holds."""

    def __init__(
        self,
        model: SpanStudent,
        config: TrainConfig,
        folder: Path,
        device: str,
        read_types: Callable[[torch.Tensor], torch.Tensor] | None = None,
    ) -> None:
        self.model, self.config, self.folder, self.device, self.read_types = model, config, folder, device, read_types
        if model.typed is not None:
            model.typed.requires_grad_(config.type_rate > 0)
        # The vocabulary stays as pretrained: rare words keep their place beside common ones.
        for tower in self._towers:
            tower.get_input_embeddings().requires_grad_(False)
        rates = {"encoder.": config.encoder_rate, "typed.": config.type_rate, "": config.head_rate}
        groups: dict[str, list[torch.nn.Parameter]] = {prefix: [] for prefix in rates}
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                groups[next(prefix for prefix in rates if name.startswith(prefix))].append(parameter)
        self.optimiser = torch.optim.AdamW(
            [{"params": group, "lr": rates[prefix]} for prefix, group in groups.items() if group],
            weight_decay=config.weight_decay,
        )
        warm = max(1, int(config.warmup * config.steps))
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimiser,
            lambda step: min((step + 1) / warm, max(0.0, (config.steps - step) / max(1, config.steps - warm))),
        )
        self.step = self.pool = self.rows = 0
        self.done_in_pool = 0
        self.rounded = False
        self.seconds = self.began = 0.0

    def fit(self, batches: Iterator[list[Batch]], embeddings: torch.Tensor, progress: bool) -> None:
        bar = tqdm(total=self.config.steps, initial=self.step, disable=None if progress else True, unit="step")
        smooth: dict[str, float] | None = None
        self.began = time.perf_counter()
        self.model.train()
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            while self.step < self.config.steps:
                for number, batch in enumerate(next(batches)):
                    if number < self.done_in_pool:
                        continue
                    parts = self._step(batch, embeddings)
                    smooth = parts if smooth is None else {k: 0.98 * smooth[k] + 0.02 * v for k, v in parts.items()}
                    self.step += 1
                    self.done_in_pool += 1
                    self.rows += len(batch.ids)
                    bar.update()
                    if self.step % 50 == 0:
                        self._read_clock()
                        line = {
                            "step": self.step,
                            "rows": self.rows,
                            "seconds": round(self.seconds, 1),
                            **{k: round(v, 4) for k, v in smooth.items()},
                        }
                        print(json.dumps(line), file=log, flush=True)
                        bar.set_postfix(loss=line["loss"], refresh=False)
                    if self.step % self.config.checkpoint_every == 0 or self.step == self.config.steps:
                        self.save()
                    if self.step == self.config.steps:
                        break
                else:
                    self.pool, self.done_in_pool = self.pool + 1, 0
        bar.close()

    def _step(self, batch: Batch, embeddings: torch.Tensor) -> dict[str, float]:
        if not self.rounded and self.step >= self.config.steps * (1 - self.config.rounding):
            for tower in self._towers:
                round_products(tower)
            self.rounded = True
        torch.manual_seed(self.config.seed * 1_000_003 + self.step)  # the same dropout and draws after a resume
        batch = batch.to(self.device)
        with torch.autocast(self.device, dtype=torch.bfloat16):
            shown = self.read_types(batch.shown) if self.read_types else None
            loss, parts = student_loss(self.model, batch, embeddings, self.config, shown)
        if not math.isfinite(loss.item()):
            raise UsageError(f"the loss is {loss.item()} at step {self.step}; try lower learning rates")
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.schedule.step()
        return {"loss": loss.item(), **parts}

    @property
    def _towers(self) -> list[torch.nn.Module]:
        """The encoders that learn."""
        return [self.model.encoder, *([self.model.typed] if self.config.type_rate else [])]

    def _read_clock(self) -> None:
        now = time.perf_counter()
        self.seconds, self.began = self.seconds + now - self.began, now

    def save(self) -> None:
        self._read_clock()
        state = {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "config": json.dumps(asdict(self.config)),
            "place": [self.step, self.pool, self.done_in_pool, self.rows],
            "seconds": self.seconds,
        }
        partial = self.folder / "checkpoint.tmp"
        torch.save(state, partial)
        partial.replace(self.folder / "checkpoint.pt")

    def restore(self, path: Path) -> None:
        state = torch.load(path, weights_only=True, map_location=self.device)
        if json.loads(state["config"]) != json.loads(json.dumps(asdict(self.config))):
            raise UsageError(f"{str(path)!r} was begun with another config; give another --output, or that config")
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        self.step, self.pool, self.done_in_pool, self.rows = state["place"]
        self.seconds = state["seconds"]


def _finish(run: _Run, corpora: list[TrainingCorpus], pairs: TypePairs | None, config: TrainConfig) -> None:
    from safetensors.torch import save_file

    weights = {name: value.detach().cpu().contiguous() for name, value in run.model.state_dict().items()}
    save_file(weights, run.folder / "student.safetensors")
    record = {
        "config": asdict(config),
        "heads": asdict(run.model.config),
        "steps": run.step,
        "rows": run.rows,
        "seconds": round(run.seconds),
        "device": run.device,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "corpora": [
            # A written text that counts more than once is the same row again.
            {"name": c.name, "sentences": len(set(map(id, c.rows))), "types": len(c.types), "licence": c.licence}
            for c in corpora
        ],
    }
    if pairs:
        record["type_pairs"] = {
            "types": len(pairs.types),
            "mentions": sum(map(len, pairs.mentions.values())),
            "licences": list(pairs.licences),
        }
    (run.folder / "record.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
