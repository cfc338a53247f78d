"""The embedded student on ONNX Runtime: passages and type vectors in, proposals out.

On a CPU every passage is a run of its own, as many at a time as there are threads: no padding, and an int8 graph
takes its activation scales from that passage alone, so a result never depends on what else is in the batch. On CUDA
the text tower is PyTorch's and reads many passages at once (`batched.py`); everything else stays on the CPU.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hybrid_ner.calibration import logit, sigmoids
from hybrid_ner.definitions.cache import VectorCache
from hybrid_ner.errors import UsageError
from hybrid_ner.passages import Passage, passages
from hybrid_ner.schema import Proposal, TypeSet, View
from hybrid_ner.students.batched import PASSAGES, BatchedTower, Found
from hybrid_ner.students.folder import FolderConfig, find_student, read_config
from hybrid_ner.students.tower import LookTower, TypeTower, UnitVectors, open_session
from hybrid_ner.students.views import COMBINE, VIEWS, Board, best_of_each, type_asks
from hybrid_ner.words import WordEncoder

if TYPE_CHECKING:
    import numpy as np

_Spans = tuple["np.ndarray", "np.ndarray", "np.ndarray"]  # first and last word [N], vectors [N, D]

DEVICES = ("cpu", "cuda")
_SEGMENT = 1024  # rows a product; bounds memory, changes no result
_NO_FLOOR = -1e6
BEST = 3  # the most types a span is proposed for: what comes after them cannot win, and 500 types must not cost 500


class OnnxStudent:
    """A two-tower student folder, loaded.

    Attributes:
        look_encoder: embeds mentions and types for the second look at close types.
        fingerprint: of its weights; what `adapt` rules have learned is of one student.
        session_seconds: wall time spent inside the text tower's session, summed over threads.
    """

    def __init__(
        self,
        folder: Path,
        *,
        device: str = "cpu",
        threads: int | None = None,
        views: Sequence[str] = VIEWS,
        combine: str = COMBINE[0],
        cache: bool = True,
    ) -> None:
        if not views or set(views) - set(VIEWS):
            raise UsageError(f"views are {tuple(views)!r}; accepted: one or more of {', '.join(VIEWS)}")
        if combine not in COMBINE:
            raise UsageError(f"combine is {combine!r}; accepted: {', '.join(COMBINE)}")
        self.combine = combine
        self.folder, self.name, self.views = folder, folder.name, tuple(views)
        self.config = read_config(folder)
        self.threshold = self.config.threshold
        if threads is not None and threads < 1:
            raise UsageError(f"threads is {threads!r}; accepted: 1 or more, or None for one a core")
        self.threads = threads or _cores()
        self._words = WordEncoder.from_file(folder / "tokenizer.json")
        if device not in DEVICES:
            raise UsageError(f"unknown device {device!r}; accepted: {', '.join(DEVICES)}")
        self._text = open_session(folder / "text.onnx") if device == "cpu" else BatchedTower(folder, device)
        self._scorer = open_session(folder / "scorer.onnx")
        self._tower = TypeTower(folder, self._words)
        self.look_encoder = LookTower(self._tower)
        self._vectors = VectorCache(self._tower) if cache else self._tower
        self.fingerprint = self._tower.fingerprint
        self.type_encoder = UnitVectors(self._vectors, self._tower.fingerprint, self.config.dim)
        self._boards: dict[tuple[TypeSet, float], Board] = {}
        self._clock = threading.Lock()
        self.session_seconds = 0.0

    @classmethod
    def load(cls, name_or_path: str | Path | None = None, **options: Any) -> OnnxStudent:
        """The student of that name or folder, the embedded one by default.

        Raises:
            ModelError: the folder is missing or incomplete, or the device is not to be had.
        """
        return cls(find_student(name_or_path), **options)

    def propose(self, texts: Sequence[str], types: TypeSet) -> Iterator[list[Proposal]]:
        """The proposals of each text, in order: each span for its best types.

        A span is proposed for a type when at least one view of the type reaches the floor; the score is the views'
        combination, so it can be below.
        """
        board = self._board(types)
        pool = ThreadPoolExecutor(self.threads)
        try:
            for encoded, futures in list(self._scored(texts, board, pool)):
                yield [proposal for future in futures for proposal in future.result().proposals(encoded.offsets)]
        finally:  # a caller who stops early does not wait for what nobody will read
            pool.shutdown(cancel_futures=True)

    def type_rows(self, types: TypeSet) -> np.ndarray:
        """The vectors of types, the weighted mean of each one's views [T, D], in the order given."""
        board = self._board(types)
        return board.means[[board.names.index(name) for name in types.names]]

    def candidates(self, texts: Iterable[str]) -> Iterator[tuple[list[tuple[int, int]], np.ndarray]]:
        """The spans of each text that are scored, as offsets, and their vectors [N, D]; a logit is a product of one
        with a row of `type_rows`.
        """
        import numpy as np

        for text in texts:
            encoded, windows = self._windows(text)
            found = [self._spans(window) for window in windows]
            if not found:  # a text without words
                yield [], np.zeros((0, 0), np.float32)
                continue
            first, last, vectors = map(np.concatenate, zip(*found, strict=True))
            at = zip(first.tolist(), last.tolist(), strict=True)
            yield [(encoded.offsets[i][0], encoded.offsets[j][1]) for i, j in at], vectors

    def mentions(self, texts: Iterable[str], gate: float) -> Iterator[list[tuple[int, int, float]]]:
        """The spans of each text that the mention head scores `gate` or more, of whatever type: start, end, logit."""
        import numpy as np

        for text in texts:
            encoded, windows = self._windows(text)
            found = []
            for window in windows:
                feed = {**self.feed(window), "gate": np.array(gate, dtype=np.float32)}
                [(spans, _, logits)] = self._read([feed])
                first, last, own = _places(window, spans)
                at = zip(first.tolist(), last.tolist(), logits[own].tolist(), strict=True)
                found += [(encoded.offsets[i][0], encoded.offsets[j][1], value) for i, j, value in at]
            yield found

    def _windows(self, text: str) -> tuple[Any, Iterable[Passage]]:
        """A text's sub-tokens, and the passages that it is read in."""
        encoded = self._words.encode(text)
        return encoded, passages(text, encoded, budget=self.config.passage_tokens, context=self.config.max_width)

    def _scored(self, texts: Sequence[str], board: Board, pool: ThreadPoolExecutor) -> Iterator[tuple[Any, list[Any]]]:
        """Each text's sub-tokens with what its passages hold, as futures."""
        if not isinstance(self._text, BatchedTower):
            for text in texts:
                encoded, windows = self._windows(text)
                yield encoded, [pool.submit(self._score, window, board) for window in windows]
            return
        read = [(encoded, list(windows)) for encoded, windows in map(self._windows, texts)]
        spans = self._spans_of_many([window for _, windows in read for window in windows])
        for encoded, windows in read:
            yield encoded, [pool.submit(self._hits, own, board) for _, own in zip(windows, spans, strict=False)]

    def _score(self, passage: Passage, board: Board) -> _Hits:
        """What one passage holds."""
        return self._hits(self._spans(passage), board)

    def _hits(self, spans: _Spans, board: Board) -> _Hits:
        """The types that spans are proposed for."""
        first, last, vectors = spans
        rows, columns, logits = self._pairs(vectors, board)
        combined = board.combined(logits, columns, self.combine)
        chosen = best_of_each(rows, combined, columns, BEST)
        rows, columns, logits, combined = rows[chosen], columns[chosen], logits[chosen], combined[chosen]
        moved = board.moved(vectors[rows], columns)
        return _Hits(board, first[rows], last[rows], columns, combined, logits, moved, self.config)

    def _spans(self, passage: Passage) -> _Spans:
        """The passage's own spans that the mention head lets through."""
        return next(self._spans_of_many([passage]))

    def _spans_of_many(self, read: Sequence[Passage]) -> Iterator[_Spans]:
        """As `_spans`, for each passage; read together where the device does so."""
        for begin in range(0, len(read), PASSAGES):
            group = read[begin : begin + PASSAGES]
            for passage, found in zip(group, self._read([self.feed(passage) for passage in group]), strict=True):
                yield self._own(passage, found)

    def _read(self, feeds: Sequence[dict[str, np.ndarray]]) -> list[Found]:
        """What the text tower finds in each passage."""
        began = time.perf_counter()
        if isinstance(self._text, BatchedTower):
            found = self._text.read(feeds)
        else:
            found = [self._text.run(("spans", "vectors", "mentions"), feed) for feed in feeds]
        spent = time.perf_counter() - began
        with self._clock:
            self.session_seconds += spent
        return found

    def _own(self, passage: Passage, found: Found) -> _Spans:
        """The passage's own of the spans that were found in it."""
        spans, vectors, mentions = found
        # The last component meets a 1 in every type vector, so what is added there is added for every type.
        vectors[:, -1] += self.config.mention_weight * mentions
        first, last, own = _places(passage, spans)
        return first, last, vectors[own]

    def _pairs(self, vectors: np.ndarray, board: Board) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The spans and types to look at: each span's best types, those that a view proposes or all views together do.

        The best types by all views are looked up, whatever their scores, and only these are scored by every view: a
        product with the means costs what names alone would cost.

        Returns:
            spans [M], types [M], logits by every view [M, most].
        """
        import numpy as np

        most = board.views.shape[1]
        if most == 1:
            return self._best(vectors, board.rows, BEST, self._floor)
        if self.combine == "max":
            rows, asked = self._best(vectors, board.rows, BEST * most, self._floor)[:2]
            rows, columns = np.divmod(np.unique(rows * len(board.names) + board.owner[asked]), len(board.names))
            return rows, columns, board.logits(vectors[rows], columns)
        rows, columns, together = self._best(vectors, board.means, BEST, _NO_FLOOR)
        logits = board.logits(vectors[rows], columns)
        proposed = np.maximum(together[:, 0], logits.max(1)) >= self._floor
        return rows[proposed], columns[proposed], logits[proposed]

    @property
    def _floor(self) -> float:
        """The floor as a logit."""
        return (logit(self.config.floor) - self.config.shift) / self.config.scale

    def _best(
        self, vectors: np.ndarray, matrix: np.ndarray, most: int, floor: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The `most` best rows of `matrix` for every span that reach the floor: span [M], row [M], logit [M, 1]."""
        import numpy as np

        found = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))]
        for at in range(0, len(matrix) if len(vectors) else 0, _SEGMENT):
            part = matrix[at : at + _SEGMENT]
            best = np.array([min(most, len(part))], dtype=np.int64)
            feed = {"vectors": vectors, "types": part, "floor": np.array(floor, dtype=np.float32), "best": best}
            spans, rows, logits = self._scorer.run(("rows", "columns", "logits"), feed)
            found.append((spans, rows + at, logits))
        spans, rows, logits = (np.concatenate(parts) for parts in zip(*found, strict=True))
        if len(matrix) > _SEGMENT:
            chosen = best_of_each(spans, logits, rows, most)
            spans, rows, logits = spans[chosen], rows[chosen], logits[chosen]
        return spans, rows, logits[:, None]

    def feed(self, passage: Passage) -> dict[str, np.ndarray]:
        import numpy as np

        encoded, words = passage.encoded, self._words
        bounds = np.array(encoded.bounds[passage.begin : passage.end + 1], dtype=np.int64)
        low, high = int(bounds[0]), int(bounds[-1])
        bounds += 1 - low
        return {
            "ids": np.array([[words.start_id, *encoded.ids[low:high], words.end_id]], dtype=np.int64),
            "mask": np.ones((1, high - low + 2), dtype=np.int64),
            "shapes": np.array([[0, *encoded.shapes[low:high], 0]], dtype=np.int64),
            "first": bounds[None, :-1],
            "last": bounds[None, 1:] - 1,
            "gate": np.array(self.config.gate, dtype=np.float32),
        }

    def _board(self, types: TypeSet) -> Board:
        """The views of the types, sorted by name so that the order they are asked in changes nothing."""
        import numpy as np

        key = types, self.config.definition_weight
        board = self._boards.get(key)
        if board is None:
            by_name = TypeSet(tuple(sorted(types, key=lambda t: t.name)))
            asks = [type_asks(entity_type, self.views) for entity_type in by_name]
            vectors = self._vectors.encode([text for group in asks for _, text in group])
            board = Board.of(by_name, asks, np.array(vectors, dtype=np.float32), self.config.definition_weight)
            if len(self._boards) >= 16:
                self._boards.clear()
            self._boards[key] = board
        return board


@dataclass(frozen=True)
class _Hits:
    """Spans for types, M in step: first and last word, type, logits combined [M] and by view [M, most].

    Attributes:
        moved: what an adapted type's vector adds to the logits [M]; None where no type is adapted.
    """

    board: Board
    first: np.ndarray
    last: np.ndarray
    columns: np.ndarray
    combined: np.ndarray
    logits: np.ndarray
    moved: np.ndarray | None
    config: FolderConfig

    def proposals(self, offsets: Sequence[tuple[int, int]]) -> Iterator[Proposal]:
        """The same as proposals, words' `offsets` into the document given."""
        scores = self._calibrated(self.combined).round(5).tolist()
        raw = sigmoids(self.combined).round(5).tolist()
        by_view = self._calibrated(self.logits).round(5).tolist()
        plain = scores if self.moved is None else self._calibrated(self.combined - self.moved).round(5).tolist()
        places = zip(self.first.tolist(), self.last.tolist(), self.columns.tolist(), strict=True)
        for (first, last, column), score, before, row, without in zip(places, scores, raw, by_view, plain, strict=True):
            asks = self.board.asks_of(column)
            views = tuple([View(view, text, value) for (view, text), value in zip(asks, row, strict=False)])
            start, end = offsets[first][0], offsets[last][1]
            proposers = " and ".join(dict.fromkeys(v.view for v in views if v.score >= self.config.floor))
            rule = self.board.adapted_by[column]
            adapted = None if rule is None else (rule, without)
            yield Proposal(start, end, self.board.names[column], score, before, proposers, views, adapted)

    def _calibrated(self, logits: np.ndarray) -> np.ndarray:
        return sigmoids(self.config.scale * logits + self.config.shift)


def _places(passage: Passage, spans: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First and last word, in the document, of the `spans` that are the passage's own, and which they are [N] each."""
    import numpy as np

    first = spans[:, 1] + passage.begin
    own = np.flatnonzero((first >= passage.own_begin) & (first < passage.own_end))
    return first[own], (first + spans[:, 2])[own], own


def _cores() -> int:
    """The cores this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
