"""A student's folder: what is in it, and how it is found."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from hybrid_ner.definitions.contrast import ContrastConfig
from hybrid_ner.errors import ModelError
from hybrid_ner.resources import data_folder

FORMAT = 2  # 2: the type tower also says what the second look sees
DEFAULT = "mini"
PASSAGE_TOKENS = 224  # sub-tokens of a window, special tokens left out
TYPE_TOKENS = 256  # of a type text, special tokens included: what the sentence encoder was trained to read
FILES = ("config.json", "tokenizer.json", "text.onnx", "types.onnx", "scorer.onnx")


@dataclass(frozen=True, slots=True)
class FolderConfig:
    """`config.json` of a student.

    Attributes:
        format: version of the folder's layout.
        precision: "fp32" or "int8".
        dim: size of the sentence space. max_width: longest span in words.
        passage_tokens: sub-tokens of a window, special tokens left out.
        gate: mention logit above which a span gets a vector and is scored.
        floor: calibrated score from which a scored span is a proposal.
        threshold: calibrated score from which a proposal is kept, by default.
        definition_weight: what a type's definition counts in its score, beside 1 for its name and each alias.
        mention_weight: share of a span's mention logit added to its logit for every type.
        look_weight, look_window, look_close, look_narrower: of the second look at close types (`ContrastConfig`).
        scale, shift: calibrated score = sigmoid(scale * logit + shift) (Platt, 1999).

    Raises:
        ValueError: a value that cannot be.
    """

    format: int
    precision: str
    dim: int
    max_width: int
    passage_tokens: int
    gate: float
    floor: float
    threshold: float
    mention_weight: float = 0.0
    scale: float = 1.0
    shift: float = 0.0
    look_weight: float = 0.0
    look_window: float = 1.0
    look_close: float = 0.0
    look_narrower: float = 0.3
    definition_weight: float = 1.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
            if field.type == "int" and not (number and value == int(value) > 0):
                raise ValueError(f"{field.name} must be an integer above 0, got {value!r}")
            if field.type == "float" and not number:
                raise ValueError(f"{field.name} must be a number, got {value!r}")
        # A floor of 0 or 1 has no logit, and a scale of 0 or less would turn the order of scores round.
        if not 0 < self.floor < 1 or not 0 <= self.threshold <= 1 or not (self.scale > 0 < self.definition_weight):
            raise ValueError(
                "floor must be between 0 and 1, threshold from 0 to 1, scale and definition_weight above 0, "
                f"got {self.floor!r}, {self.threshold!r}, {self.scale!r} and {self.definition_weight!r}"
            )

    @property
    def contrast(self) -> ContrastConfig:
        """The settings of the second look."""
        return ContrastConfig(self.look_weight, self.look_window, self.look_close, self.look_narrower)

    def save(self, folder: Path) -> None:
        (folder / "config.json").write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def find_student(name_or_path: str | Path | None) -> Path:
    """The folder of a student: the embedded ones by name, others by path.

    Raises:
        ModelError: there is no such folder, or it lacks a file.
    """
    name = str(name_or_path or DEFAULT)
    models = data_folder("models")
    folder = models / name
    if Path(name).name != name or not folder.is_dir():
        folder = Path(name)
    if not folder.is_dir():
        embedded = sorted(p.parent.name for p in models.glob("*/config.json"))
        raise ModelError(
            f"no student {name!r}; accepted: {', '.join(embedded)}, or a folder made by `hybrid-ner export`; "
            "`hybrid-ner students` lists the other kinds"
        )
    missing = [file for file in FILES if not (folder / file).is_file()]
    if missing:
        raise ModelError(f"the student folder {str(folder)!r} lacks {', '.join(missing)}; export it again")
    return folder


def read_config(folder: Path) -> FolderConfig:
    """Reads `config.json`.

    Raises:
        ModelError: it is no such file, or of another format version.
    """
    path = folder / "config.json"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] != FORMAT:
            raise ModelError(f"{str(path)!r} is of format {values['format']!r}; this version reads {FORMAT}")
        return FolderConfig(**{f.name: values[f.name] for f in fields(FolderConfig) if f.name in values})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(f"cannot read the student's {str(path)!r}: {error!r}; export it again") from error
