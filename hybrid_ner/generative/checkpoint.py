"""What a checkpoint folder says about itself beside its weights: `hybrid_ner.json`, how it wants to be asked."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from hybrid_ner.conversations.template import DEFAULT
from hybrid_ner.errors import ModelError

FILE = "hybrid_ner.json"


@dataclass(frozen=True, slots=True)
class AskingConfig:
    """How a generative student is asked.

    Attributes:
        template: name or file of the conversation template it was taught.
        passage_tokens: tokens of a window, the words around it left out.
        answer_tokens: most tokens of an answer; what is longer is read as far as it goes.
        threshold: score from which a mention is kept, by default. A model that has no calibrated scores keeps all.
    """

    template: str = DEFAULT
    passage_tokens: int = 512
    answer_tokens: int = 256
    threshold: float = 0.0

    def save(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def read_asking(folder: Path) -> AskingConfig | None:
    """The folder's own word on how to ask, or None if it says nothing.

    Raises:
        ModelError: the file is damaged.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return AskingConfig(**{f.name: values[f.name] for f in fields(AskingConfig) if f.name in values})
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(f"cannot read {str(path)!r}: {error!r}; write it again or remove it") from error
