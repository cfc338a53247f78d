"""The texts and types that are timed: prose and names written for this benchmark."""

from __future__ import annotations

import random
import re
from pathlib import Path

_FOLDER = Path(__file__).resolve().parent
WORDS_PER_DOCUMENT = 120
TYPES = 500  # names in types.txt
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def documents(count: int, words: int = WORDS_PER_DOCUMENT, seed: int = 0) -> list[str]:
    """Documents of whole sentences; the same ones every time.

    Args:
        words: a document ends with the sentence that reaches as many; 1 for documents of one sentence.
        count: how many; the sentences come round again, in another order, when they are used up.
    """
    paragraphs = [p for p in (_FOLDER / "texts.txt").read_text("utf-8").splitlines() if p.strip()]
    sentences = [s for paragraph in paragraphs for s in _SENTENCE_END.split(paragraph)]
    order, drawn = random.Random(seed), []
    made: list[str] = []
    while len(made) < count:
        document: list[str] = []
        while sum(len(s.split()) for s in document) < words:
            if not drawn:
                drawn = order.sample(sentences, len(sentences))
            document.append(drawn.pop())
        made.append(" ".join(document))
    return made


def type_names(count: int) -> list[str]:
    """The first `count` of the 500 type names; common ones come first.

    Raises:
        ValueError: more are asked for than there are.
    """
    names = (_FOLDER / "types.txt").read_text("utf-8").splitlines()
    if count > len(names):
        raise ValueError(f"{count} types asked for; there are {len(names)}")
    return names[:count]


def long_document(size: int) -> str:
    """A text of at least `size` bytes in UTF-8, a document a paragraph."""
    paragraphs, written = [], 0
    for document in documents(size // 500):
        paragraphs.append(document)
        written += len(document.encode()) + 2
        if written >= size:
            break
    return "\n\n".join(paragraphs)
