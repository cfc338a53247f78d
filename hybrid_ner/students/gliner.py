"""A GLiNER checkpoint as a student, so that its users get the index, the rules and the explanations around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hybrid_ner.errors import MissingExtraError, ModelError
from hybrid_ner.schema import Proposal, TypeSet
from hybrid_ner.segments import segment
from hybrid_ner.students.windows import windows
from hybrid_ner.words import word_offsets

FLOOR = 0.05  # proposals are to have a high recall; the threshold is another matter
THRESHOLD = 0.5  # the one GLiNER's own predictions are made with
LABELS = 25  # asked together: GLiNER reads labels and text in one sequence, and cuts text that no longer fits
_MAX_WORDS = 384


class GLiNERStudent:
    """A model of the `gliner` package (Zaratiana et al., 2024).

    Attributes:
        type_encoder: None; GLiNER's label vectors depend on the text they are read with.
    """

    type_encoder = None
    threshold = THRESHOLD

    def __init__(self, model: Any, *, name: str = "gliner", views: Sequence[str] = (), batch_size: int = 8) -> None:
        """
        Args:
            model: a `gliner.GLiNER`.
            views: ("definition",) asks by definition; labels otherwise are names, as GLiNER was trained with.
            batch_size: windows a call.
        """
        self._model, self.name, self._batch = model, name, batch_size
        self._by_definition = tuple(views) == ("definition",)
        self.folder: Path | None = None
        self.precision = "fp32"
        # Half of what the model reads, in its words: the other half is for labels.
        self._budget = max(32, (getattr(model.config, "max_len", None) or _MAX_WORDS) // 2)

    @classmethod
    def load(cls, name: str, *, device: str = "cpu", threads: int | None = None, **options: Any) -> GLiNERStudent:
        """Loads a checkpoint by hub name or folder.

        Raises:
            MissingExtraError: the package is not installed.
            ModelError: no such checkpoint, or it cannot be fetched.
        """
        try:
            from gliner import GLiNER
        except ImportError as error:
            raise MissingExtraError("gliner", "gliner", "a GLiNER student") from error
        if threads:
            import torch

            torch.set_num_threads(threads)
        try:
            model = GLiNER.from_pretrained(name, map_location=device)
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(
                f"cannot load the GLiNER model {name!r}: {error}; accepted: a folder, or a hub name that can be "
                "fetched or is in the cache"
            ) from error
        student = cls(model.eval(), name=Path(name).name, **options)
        student.folder = Path(name) if Path(name).is_dir() else None
        return student

    def propose(self, texts: Sequence[str], types: TypeSet) -> Iterator[list[Proposal]]:
        """The proposals of each text, in order; every type a span may be of, the index decides between them."""
        groups = [self._labels(part.types) for part in segment(types, LABELS)]
        for text in texts:
            best: dict[tuple[int, int, str], float] = {}
            parts = windows(text, lambda part: [start for start, _ in word_offsets(part)], self._budget)
            for labels in groups:
                found = self._model.inference(
                    [part.text for part in parts],
                    list(labels),
                    flat_ner=False,
                    multi_label=True,
                    threshold=FLOOR,
                    batch_size=self._batch,
                )
                for part, spans in zip(parts, found, strict=True):
                    for span in spans:
                        start = span["start"] + part.start
                        if part.own_start <= start < part.own_end:
                            key = (start, span["end"] + part.start, labels[span["label"]])
                            best[key] = max(best.get(key, 0.0), round(float(span["score"]), 5))
            yield [Proposal(start, end, name, score) for (start, end, name), score in sorted(best.items())]

    def _labels(self, types: TypeSet) -> dict[str, str]:
        """Label -> name of the type it asks for."""
        labels: dict[str, str] = {}
        for t in types:
            label = t.definition if self._by_definition and t.definition not in labels else None
            labels[label or t.name] = t.name
        return labels
