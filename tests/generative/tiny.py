"""A tiny LLaMA with a byte-level vocabulary, and conversations about a made-up corpus."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from hybrid_ner.generative.checkpoint import AskingConfig
from hybrid_ner.generative.scratch import build_model, build_tokenizer

NAMES = ("Ada Lovelace", "Alan Turing", "Grace Hopper", "Emmy Noether")
CITIES = ("London", "Vienna", "Oslo", "Rome")
SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 512,
}
TEXTS = [f"{name} lived in {city}, and {name} liked it." for name in NAMES for city in CITIES]


@lru_cache(maxsize=1)
def tokenizer() -> Any:
    frame = "A virtual assistant answers questions from a user based on the provided text. USER: Text: ASSISTANT: "
    return build_tokenizer([frame + text + " I've read this text. What describes person? [\"" for text in TEXTS], 400)


def model(seed: int = 0, **shape: Any) -> Any:
    """Weights that are large enough for its answers to differ."""
    import torch

    made = build_model(tokenizer(), {**SHAPE, **shape}, seed)
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.ndim == 2:
                parameter.mul_(12)
    return made.eval()


def save(folder: Path, asking: AskingConfig | None = None) -> Path:
    """A checkpoint folder as `hybrid-ner tune` leaves one."""
    model().save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    (asking or AskingConfig(passage_tokens=64, answer_tokens=24)).save(folder)
    return folder


def labelled(path: Path) -> Path:
    """A JSONL file of labelled passages."""
    with path.open("w", encoding="utf-8") as lines:
        for text in TEXTS:
            name = next(n for n in NAMES if text.startswith(n))
            city = next(c for c in CITIES if f" {c}," in text)
            entities = [
                {"start": text.index(city), "end": text.index(city) + len(city), "type": "city"},
                {"start": 0, "end": len(name), "type": "person"},
                {"start": text.rindex(name), "end": text.rindex(name) + len(name), "type": "person"},
            ]
            lines.write(json.dumps({"text": text, "entities": entities}) + "\n")
    return path
