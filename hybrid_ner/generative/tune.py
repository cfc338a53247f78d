"""Supervised fine-tuning on conversations: transformers' Trainer around our examples, and an ordinary checkpoint."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

from hybrid_ner.conversations.template import load_template
from hybrid_ner.errors import InputError, MissingExtraError, ModelError, UsageError
from hybrid_ner.generative.checkpoint import AskingConfig
from hybrid_ner.generative.config import TuneConfig
from hybrid_ner.generative.data import Material, encoded_material, read_conversations
from hybrid_ner.generative.encoding import ConversationEncoder, Example
from hybrid_ner.generative.packing import collate, keeps_examples_apart, pack
from hybrid_ner.generative.scratch import build_model, build_tokenizer, vocabulary_size

logger = logging.getLogger(__name__)

CHECKPOINTS, RECORD = "checkpoints", "record.json"
_LOGGED = ("loss", "eval_loss", "learning_rate")


class _Rows(torch.utils.data.Dataset):
    """Packed rows, as the Trainer wants them."""

    def __init__(self, rows: Sequence[Sequence[Example]]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Sequence[Example]:
        return self._rows[index]


class _Log(TrainerCallback):
    """Writes what the Trainer logs to a file, a line at a time; what a resumed run repeats replaces the old."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.is_world_process_zero:
            kept = self._path.read_text(encoding="utf-8").splitlines() if self._path.is_file() else []
            done = [line for line in kept if state.global_step and json.loads(line)["step"] <= state.global_step]
            self._path.write_text("".join(line + "\n" for line in done), encoding="utf-8")

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        if state.is_world_process_zero:
            values = {key: value for key, value in (logs or {}).items() if key in _LOGGED}
            if values:
                with self._path.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps({"step": state.global_step, **values}) + "\n")
                logger.info("step %d: %s", state.global_step, ", ".join(f"{k} {v:.4g}" for k, v in values.items()))


def tune(
    config: TuneConfig, data: str | Path, output: str | Path, *, device: str = "cpu", resume: bool = False
) -> Path:
    """Fine-tunes a language model and saves it as a checkpoint that transformers, and `--student`, read.

    The folder gets weights, tokenizer, `hybrid_ner.json` (how it is asked), `record.json` (what was done) and
    `log.jsonl`. Several GPUs: start the command with `accelerate launch`. On one CPU the same config and data give the
    same weights, interrupted and resumed or not.

    Args:
        data: conversations, as `hybrid-ner conversations` writes them.
        output: folder of the run and of the result.
        resume: go on from the last checkpoint, if there is one; a finished run is left as it is.

    Raises:
        UsageError: settings that do not fit; a folder that holds another run; nothing to learn from.
        ModelError: a base model that cannot be loaded, or an architecture that packed rows would leak in.
        MissingExtraError: peft is not installed and `lora` is set.
    """
    folder = Path(output)
    if int(os.environ.get("RANK", 0)) == 0:  # of the processes that accelerate started, one speaks for all
        _claim(folder, config, data, resume)
    if (folder / RECORD).is_file():
        return folder
    set_seed(config.seed)
    tokenizer, model = _base(config, data)
    encoder = ConversationEncoder(tokenizer, load_template(config.template))
    material = encoded_material(data, encoder, config.max_tokens, config.holdout)
    if config.packing and not keeps_examples_apart(model):
        raise ModelError(
            f"{type(model).__name__} lets the conversations of a packed row see each other; set packing: false"
        )
    model = _with_lora(model, config)
    trainer = _trainer(model, tokenizer, config, material.learned, material.held, folder, device)
    trainer.train(resume_from_checkpoint=_last_checkpoint(folder) if resume else None)
    measured = trainer.evaluate() if material.held else {}
    _save_weights(trainer, config, folder)
    if trainer.is_world_process_zero():
        tokenizer.save_pretrained(folder)
        AskingConfig(template=config.template, passage_tokens=config.passage_tokens).save(folder)
        _write_record(folder, config, material, trainer.state.global_step, measured.get("eval_loss"))
        shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)  # nothing is left to resume
    return folder


def _claim(folder: Path, config: TuneConfig, data: str | Path, resume: bool) -> None:
    """Says in a new folder whose it is; a folder that says so already must be of this very run."""
    try:
        with Path(data).open("rb") as file:
            digest = hashlib.sha256()
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise InputError(f"cannot read {str(data)!r}: {error}") from error
    path = folder / "tune.json"
    text = json.dumps({"config": dataclasses.asdict(config), "data_sha256": digest.hexdigest()}, indent=1) + "\n"
    if path.is_file():
        if not resume:
            raise UsageError(f"{str(folder)!r} holds a run already; name another folder, or go on with --resume")
        if path.read_text(encoding="utf-8") != text:
            raise UsageError(
                f"{str(folder)!r} holds a run with another config or other data; resume with what {str(path)!r} says"
            )
    elif folder.is_dir() and any(folder.iterdir()):
        raise UsageError(f"{str(folder)!r} is not empty and holds no run; name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_record(folder: Path, config: TuneConfig, material: Material, steps: int, loss: float | None) -> None:
    template = load_template(config.template)
    record = {
        "config": dataclasses.asdict(config),
        "template": f"{template.name}/{template.version}",
        "conversations": material.conversations,
        "left_out": material.left_out,
        "steps": steps,
        "held_out_loss": loss,
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
    }
    (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _base(config: TuneConfig, data: str | Path) -> tuple[Any, Any]:
    """Tokenizer and model that tuning begins with; weights in fp32, which AdamW's small steps need."""
    if config.scratch:
        turns = ("\n".join(turns) for _, turns in read_conversations(data))
        template = load_template(config.template)
        words = f"{template.system} {' '.join(template.roles)}: "
        tokenizer = build_tokenizer((words + text for text in turns), vocabulary_size(config.scratch))
        return tokenizer, build_model(tokenizer, config.scratch, config.seed)
    # A base that LoRA leaves frozen is only ever read: half the memory, nothing lost.
    dtype = torch.bfloat16 if config.lora and config.precision == "bf16" else torch.float32
    try:
        tokenizer = AutoTokenizer.from_pretrained(config.model)
        model = AutoModelForCausalLM.from_pretrained(config.model, dtype=dtype)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"cannot load the base model {config.model!r}: {str(error).partition(chr(10))[0]}; accepted: a folder, "
            "or a hub name that can be fetched or is in the cache"
        ) from error
    if tokenizer.eos_token is None:
        raise ModelError(f"the tokenizer of {config.model!r} has no end-of-sequence token to end an answer with")
    return tokenizer, model


def _with_lora(model: Any, config: TuneConfig) -> Any:
    if not config.lora:
        return model
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError as error:
        raise MissingExtraError("peft", "llm", "LoRA") from error
    settings = {"task_type": "CAUSAL_LM", "target_modules": "all-linear", **config.lora}
    try:
        adapted = get_peft_model(model, LoraConfig(**settings))
    except (TypeError, ValueError) as error:
        raise UsageError(f"lora: these settings cannot be used: {error}") from error
    if config.gradient_checkpointing:
        model.enable_input_require_grads()  # the frozen embeddings would otherwise cut the gradient off
    return adapted


def _trainer(
    model: Any,
    tokenizer: Any,
    config: TuneConfig,
    learned: list[Example],
    held: list[Example],
    folder: Path,
    device: str,
) -> Trainer:
    rows = pack(learned, config.max_tokens, config.seed) if config.packing else [[example] for example in learned]
    pad = tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    arguments = TrainingArguments(
        output_dir=str(folder / CHECKPOINTS),
        num_train_epochs=config.epochs,
        max_steps=config.steps or -1,
        per_device_train_batch_size=config.batch_rows,
        per_device_eval_batch_size=config.batch_rows,
        gradient_accumulation_steps=config.accumulate,
        learning_rate=config.rate,
        warmup_steps=config.warmup,
        weight_decay=config.weight_decay,
        max_grad_norm=config.clip,
        lr_scheduler_type="cosine",
        bf16=config.precision == "bf16",
        seed=config.seed,
        data_seed=config.seed,
        save_steps=config.save_every,
        save_total_limit=2,
        eval_strategy="steps" if held else "no",
        eval_steps=config.save_every,
        logging_steps=10,
        use_cpu=device == "cpu",
        remove_unused_columns=False,
        disable_tqdm=True,
        report_to="none",
        # Given only where wanted: transformers is about to rename it.
        **({"gradient_checkpointing": True} if config.gradient_checkpointing else {}),
    )
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=_Rows(rows),
        eval_dataset=_Rows([[example] for example in held]) if held else None,
        data_collator=lambda batch: collate(batch, pad),
        callbacks=[_Log(folder / "log.jsonl")],
    )
    trainer.remove_callback(PrinterCallback)  # the log says it
    return trainer


def _last_checkpoint(folder: Path) -> str | None:
    """The last checkpoint that was written to its end, which its state is the last part of."""
    whole = [path.parent for path in (folder / CHECKPOINTS).glob("checkpoint-*/trainer_state.json")]
    return str(max(whole, key=lambda path: int(path.name.rpartition("-")[2]))) if whole else None


def _save_weights(trainer: Trainer, config: TuneConfig, folder: Path) -> None:
    """The model as transformers reads it, adapters merged into the weights they adapt."""
    if config.lora:
        if trainer.is_world_process_zero():
            trainer.accelerator.unwrap_model(trainer.model).merge_and_unload().save_pretrained(folder)
        return
    trainer.save_model(str(folder))  # by all processes: sharded weights have to be gathered
    (folder / "training_args.bin").unlink(missing_ok=True)  # a pickle, which nobody should have to load
