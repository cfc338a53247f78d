"""The text tower in PyTorch, for CUDA: many passages at once, where a CPU reads each one by itself.

The network is restored from the student's own folder. Its products are in fp32: an int8 student's weights as they are,
its activations unrounded, so scores differ from the CPU's by what int8 takes from them.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from hybrid_ner.errors import MissingExtraError, ModelError

if TYPE_CHECKING:
    import numpy as np

PASSAGES = 64  # read at once; bounds memory, changes no result beyond the last digits

Found = tuple["np.ndarray", "np.ndarray", "np.ndarray"]  # spans [N, 3], vectors [N, D], mention logits [N]


class BatchedTower:
    """A student folder's text tower on a PyTorch device.

    Raises:
        MissingExtraError: PyTorch, or what restores the network, is not installed.
        ModelError: PyTorch sees no such device, or the folder cannot be restored.
    """

    def __init__(self, folder: Path, device: str) -> None:
        try:
            import torch

            from hybrid_ner.training.restore import restore_student
        except ImportError as error:
            raise MissingExtraError(error.name or "torch", "train", f"device {device!r}") from error
        if device == "cuda" and not torch.cuda.is_available():
            raise ModelError("device 'cuda' is not to be had: PyTorch sees no CUDA device; try --device cpu")
        self._device, self._network = device, restore_student(folder).to(device)
        self._alone = threading.Lock()

    def read(self, feeds: Sequence[dict[str, np.ndarray]]) -> list[Found]:
        """What is found in each passage, its inputs given as to the ONNX graph: [1, tokens], [1, words], gate []."""
        import torch

        names = ("ids", "mask", "shapes", "first", "last")
        with self._alone, torch.inference_mode():
            batch = [_stacked([feed[name] for feed in feeds], -1 if name in ("first", "last") else 0) for name in names]
            inputs = [torch.from_numpy(array).to(self._device) for array in batch]
            outputs = self._network(*inputs, torch.from_numpy(feeds[0]["gate"]).to(self._device))
            spans, vectors, mentions = (output.cpu().numpy() for output in outputs)
        # Spans come in the order of their passages.
        ends = spans[:, 0].searchsorted(range(len(feeds) + 1))
        parts = [slice(begin, end) for begin, end in pairwise(ends)]
        spans[:, 0] = 0
        return [(spans[part], vectors[part], mentions[part]) for part in parts]


def _stacked(rows: Sequence[np.ndarray], filling: int) -> np.ndarray:
    """Rows [1, n] of unlike lengths as one array."""
    import numpy as np

    stacked = np.full((len(rows), max(row.shape[1] for row in rows)), filling, dtype=np.int64)
    for place, row in zip(stacked, rows, strict=True):
        place[: row.shape[1]] = row[0]
    return stacked
