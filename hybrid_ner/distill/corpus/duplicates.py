"""Near-duplicate passages by MinHash and locality-sensitive hashing (Broder, 1997), through datasketch."""

from __future__ import annotations

from typing import Any

from hybrid_ner.errors import MissingExtraError

_PERMUTATIONS = 128


class Seen:
    """The passages seen so far, as sketches: about 2 kB of memory each.

    Args:
        threshold: Jaccard similarity of word n-grams, in (0, 1], from which two passages are one.
        words: of an n-gram.
        seed: of the permutations.

    Raises:
        MissingExtraError: datasketch is not installed.
    """

    def __init__(self, threshold: float, words: int, seed: int) -> None:
        try:
            from datasketch import MinHash, MinHashLSH
        except ImportError as error:
            raise MissingExtraError("datasketch", "distill", "finding near-duplicates") from error
        self._threshold, self._words = threshold, words
        self._empty = MinHash(num_perm=_PERMUTATIONS, seed=seed)
        # The index lets pairs at its own threshold by half the time: it is set lower, and their sketches compared.
        self._index = MinHashLSH(num_perm=_PERMUTATIONS, params=_bands(threshold - 0.1))
        self._sketches: list[Any] = []

    def add(self, text: str) -> bool:
        """Whether the passage is new; a new one is remembered. Similarity is estimated from the sketches."""
        words = text.casefold().split()
        size = min(self._words, max(1, len(words)))
        grams = {" ".join(words[i : i + size]).encode("utf-8") for i in range(len(words) - size + 1)}
        sketch = self._empty.copy()
        sketch.update_batch(sorted(grams))
        candidates = self._index.query(sketch)
        if any(self._sketches[number].jaccard(sketch) >= self._threshold for number in candidates):
            return False
        self._index.insert(len(self._sketches), sketch)
        self._sketches.append(sketch)
        return True


def _bands(threshold: float) -> tuple[int, int]:
    """Bands and rows of a band whose threshold (1 / bands) ** (1 / rows) is nearest (Leskovec et al., section 3.4)."""
    shapes = ((_PERMUTATIONS // rows, rows) for rows in range(1, _PERMUTATIONS // 2 + 1))
    return min(shapes, key=lambda shape: abs((1 / shape[0]) ** (1 / shape[1]) - threshold))
