"""What a tuning run is made of: one YAML file, one dataclass."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from hybrid_ner.conversations.template import DEFAULT
from hybrid_ner.errors import UsageError

PRECISIONS = ("fp32", "bf16")


@dataclass(frozen=True)
class TuneConfig:
    """A supervised fine-tuning run, whole.

    Attributes:
        model: folder or hub name of any causal language model of transformers; empty with `scratch`.
        scratch: settings of a LLaMA built from nothing (fields of transformers' LlamaConfig; `vocab_size` is that of a
            byte-level BPE vocabulary trained on the conversations), for small models and for trying things out.
        template: of the conversations; what the checkpoint is asked by afterwards.
        seed: of initialisation, order and dropout.
        max_tokens: of a row; a longer conversation is split between its questions, with its passage in each part.
        packing: several conversations a row, each seeing itself only.
        epochs: passes over the data; steps: optimiser steps instead, where above 0.
        batch_rows: rows a step and device; accumulate: steps summed before the optimiser moves.
        rate, warmup, weight_decay: AdamW's peak learning rate, share of steps until it, and decay; cosine after it.
        clip: greatest norm of the gradient.
        precision: of the computation, "fp32" or "bf16"; weights are kept in fp32 unless LoRA freezes them.
        gradient_checkpointing: compute activations twice instead of keeping them.
        lora: settings of peft's LoraConfig (r, lora_alpha, lora_dropout, target_modules ...); empty trains all weights.
        save_every: steps between checkpoints. holdout: share of conversations kept for the loss on unseen ones.
        passage_tokens: of the windows in which the checkpoint will read a document.
    """

    model: str = ""
    scratch: dict[str, Any] = field(default_factory=dict)
    template: str = DEFAULT
    seed: int = 13
    max_tokens: int = 1024
    packing: bool = True
    epochs: float = 3.0
    steps: int = 0
    batch_rows: int = 4
    accumulate: int = 1
    rate: float = 2e-5
    warmup: float = 0.04
    weight_decay: float = 0.0
    clip: float = 1.0
    precision: str = "fp32"
    gradient_checkpointing: bool = False
    lora: dict[str, Any] = field(default_factory=dict)
    save_every: int = 200
    holdout: float = 0.02
    passage_tokens: int = 512

    def __post_init__(self) -> None:
        for f in dataclasses.fields(self):
            object.__setattr__(self, f.name, _typed(f, getattr(self, f.name)))
        for name in ("max_tokens", "batch_rows", "accumulate", "save_every", "passage_tokens"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} is {getattr(self, name)}; accepted: 1 and more")
        if bool(self.model) == bool(self.scratch):
            raise UsageError("the config must name a model, or say under scratch how to build one; not both")
        if self.precision not in PRECISIONS:
            raise UsageError(f"precision is {self.precision!r}; accepted: {', '.join(PRECISIONS)}")
        if not 0 <= self.holdout < 1 or self.epochs <= 0 or self.steps < 0:
            raise UsageError(
                f"holdout is {self.holdout}, epochs {self.epochs} and steps {self.steps}; accepted: a share from 0 to "
                "below 1, more than 0, and 0 or more"
            )

    @classmethod
    def load(cls, path: str | Path) -> TuneConfig:
        """Reads a YAML file.

        Raises:
            UsageError: the file is missing, is no mapping, or names a setting that does not exist.
        """
        try:
            values = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise UsageError(f"cannot read the tuning config {str(path)!r}: {error}") from error
        names = {f.name for f in dataclasses.fields(cls)}
        if not isinstance(values, dict) or set(values) - names:
            wrong = sorted(map(str, set(values) - names)) if isinstance(values, dict) else values
            raise UsageError(f"{path}: unknown settings {wrong}; accepted: {', '.join(sorted(names))}")
        return cls(**values)


def _typed(f: dataclasses.Field, value: Any) -> Any:
    """`value` as the type of the setting's default: YAML reads `2e-5` as text."""
    kind = dict if f.default is dataclasses.MISSING else type(f.default)
    try:
        if isinstance(value, bool) != (kind is bool) or (kind is int and value != int(value)):
            raise ValueError
        if kind in (str, dict) and not isinstance(value, kind):
            raise ValueError
        return kind(value)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{f.name} is {value!r}; accepted: a value of type {kind.__name__}") from error
