"""What a training run is made of: one YAML file, one dataclass."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from hybrid_ner.errors import UsageError


@dataclass(frozen=True)
class TrainConfig:
    """A training run, whole.

    Attributes:
        encoder: folder or name of a transformers encoder ("all-MiniLM-L6-v2" is found in its package).
        seed: of every draw and initialisation.
        steps: optimiser steps; token_budget: sub-tokens (padding included) a step.
        max_tokens: sub-tokens of the longest row; longer ones are cut at a word, their cut mentions left out.
        encoder_rate, head_rate: peak learning rates of AdamW; warmup: share of the steps.
        type_rate: peak rate of a copy of the encoder that reads types. At 0 they are read by the untouched encoder, or,
            with `type_tower: true` among the heads, by such a copy as it stands in `start`.
        type_share: share of a batch's type texts that the copy reads anew at a step; the others count as it last read
            them. Below 1 for a CPU, where types cost several times what sentences do.
        open_licence_only: leave out every corpus whose licence forbids shipping what was trained on it.
        corpus_power: a corpus is drawn in proportion to sentences ** power; corpus_cap bounds `sentences`.
        corpora: names to train on; empty for every corpus of role "train".
        corpus_weights: name -> factor on how often that corpus is drawn.
        pairs: rows of type pairs (a mention alone, or a list) drawn for every row of a corpus.
        swap_rate: share of mentions that give way to one of the type pairs of the same kind, or are looked up there.
        broader_rate: share of rows of which a type is asked that one of the present ones is a kind of.
        dropout: of the encoder while training; no row is seen often enough to be learnt by heart.
        start: run folder, or folder of an exported student, whose weights training begins with; empty to begin with
            the encoder alone.
        labels: folder of a teacher's labels for passages of the corpora (see `training/labels.py`); empty for none.
        written: how many passages each text counts for that the teacher wrote itself.
        negatives: absent types of the row's own corpus asked beside the present ones.
        far_negatives: absent types of other corpora; only names whose similarity to all of the row's types is
            below far_similarity.
        negative_sampling: "none", "uniform", "frequency" (UniversalNER, section 4.1), or "nearest": in the sentence
            space to the types present.
        reworded: show types by the definitions that the type library has of their names, too.
        view_weights: how often a type is shown by name, name and definition, definition alone, alias.
        join_rate: share of rows made of several sentences of one corpus, so that long passages are known.
        lowercase_rate: share of rows in lower case, as tweets and queries are.
        focal_positive, focal_gamma: weights of the focal loss (Lin et al., 2017).
        contrast_weight: weight of the loss that ranks a gold span's type among all types of the batch.
        mention_weight: weight of the pruning head's loss.
        look_steps: steps of the second look's own training, once the student is trained. 0: none.
        rounding: share of the steps, the last ones, in which the encoder computes with int8's rounding.
    """

    encoder: str = "all-MiniLM-L6-v2"
    seed: int = 13
    steps: int = 2000
    token_budget: int = 3072
    max_tokens: int = 144
    encoder_rate: float = 3e-5
    head_rate: float = 5e-4
    type_rate: float = 0.0
    type_share: float = 1.0
    weight_decay: float = 0.01
    warmup: float = 0.06
    open_licence_only: bool = True
    corpus_power: float = 0.5
    corpus_cap: int = 12000
    corpora: tuple[str, ...] = ()
    corpus_weights: dict[str, float] = field(default_factory=dict)
    pairs: float = 0.0
    swap_rate: float = 0.0
    broader_rate: float = 0.0
    dropout: float = 0.1
    start: str = ""
    labels: str = ""
    written: int = 1
    negatives: int = 8
    far_negatives: int = 3
    far_similarity: float = 0.5
    negative_sampling: str = "frequency"
    view_weights: dict[str, float] = field(
        default_factory=lambda: {"name": 0.42, "both": 0.42, "definition": 0.08, "alias": 0.08}
    )
    reworded: bool = False
    join_rate: float = 0.25
    lowercase_rate: float = 0.08
    focal_positive: float = 0.75
    focal_gamma: float = 1.0
    contrast_weight: float = 0.3
    mention_weight: float = 0.5
    look_steps: int = 0
    rounding: float = 0.0
    checkpoint_every: int = 250
    heads: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for f in dataclasses.fields(self):
            object.__setattr__(self, f.name, _typed(f.name, getattr(self, f.name), _default(f)))
        for name in ("steps", "token_budget", "max_tokens", "checkpoint_every", "written"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} is {getattr(self, name)}; accepted: 1 and more")
        accepted = ("none", "uniform", "frequency", "nearest")
        if self.negative_sampling not in accepted:
            raise UsageError(f"negative_sampling is {self.negative_sampling!r}; accepted: {', '.join(accepted)}")
        unknown = set(self.view_weights) - {"name", "both", "definition", "alias"}
        if unknown:
            raise UsageError(
                f"view_weights names unknown views {sorted(unknown)}; accepted: name, both, definition, alias"
            )
        for view, weight in self.view_weights.items():
            if _typed(f"view_weights: {view}", weight, 1.0) < 0:
                raise UsageError(f"view_weights: {view} is {weight}; accepted: 0 and more")
        for name, weight in self.corpus_weights.items():
            if _typed(f"corpus_weights: {name}", weight, 1.0) < 0:
                raise UsageError(f"corpus_weights: {name} is {weight}; accepted: 0 and more")
        if self.look_steps < 0:
            raise UsageError(f"look_steps is {self.look_steps}; accepted: 0 and more")
        if self.pairs < 0:
            raise UsageError(f"pairs is {self.pairs}; accepted: 0 and more")
        for name in ("swap_rate", "broader_rate", "dropout", "rounding", "type_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise UsageError(f"{name} is {getattr(self, name)}; accepted: 0 to 1")
        if self.type_rate and not self.type_share:
            raise UsageError("type_share is 0: a type tower that reads no types learns nothing; accepted: above 0")

    @classmethod
    def load(cls, path: str | Path) -> TrainConfig:
        """Reads a YAML file; `base` names another, beside it, whose settings hold where this one is silent.

        Raises:
            UsageError: the file or its base is missing, is no mapping, or names a setting that does not exist.
        """
        return cls.of(_read(Path(path), ()), str(path))

    @classmethod
    def of(cls, values: Any, where: str = "config") -> TrainConfig:
        names = {f.name for f in dataclasses.fields(cls)}
        if not isinstance(values, dict) or set(values) - names:
            wrong = sorted(map(str, set(values) - names)) if isinstance(values, dict) else values
            raise UsageError(f"{where}: unknown settings {wrong}; accepted: {', '.join(sorted(names))}")
        return cls(**values)


def _read(path: Path, before: tuple[Path, ...]) -> Any:
    """The settings of a file over those of its base; settings that are mappings are merged key by key."""
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"cannot read the training config {str(path)!r}: {error}") from error
    if not isinstance(values, dict) or "base" not in values:
        return values
    base = values.pop("base")
    if not isinstance(base, str):
        raise UsageError(f"{path}: base is {base!r}; accepted: the name of another config")
    before = (*before, path.resolve())
    if (path.parent / base).resolve() in before:
        raise UsageError(f"{path}: base {base!r} leads back to a config that it is itself the base of")
    settings = _read(path.parent / base, before)
    if not isinstance(settings, dict):
        raise UsageError(f"{path.parent / base}: no mapping of settings")
    for name, value in values.items():
        both = isinstance(value, dict) and isinstance(settings.get(name), dict)
        settings[name] = {**settings[name], **value} if both else value
    return settings


def _default(field: dataclasses.Field) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _typed(name: str, value: Any, default: Any) -> Any:
    """`value` as the type of the setting's default: YAML reads `3e-5` as text and lists where tuples are meant."""
    kind = type(default)
    try:
        if isinstance(value, bool) != (kind is bool) or (kind is int and value != int(value)):
            raise ValueError
        if (kind in (str, dict) and not isinstance(value, kind)) or (kind is tuple and isinstance(value, str)):
            raise ValueError
        return kind(value)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{name} is {value!r}; accepted: a value like {default!r}") from error
