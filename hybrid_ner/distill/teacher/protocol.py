"""What a teacher is: passages in, answers in words out. Parsing and offsets are nobody's business here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hybrid_ner.errors import HybridNERError

FILTERED = "content_filter"
CUT = "length"


class TeacherError(HybridNERError):
    """A teacher that cannot be asked at all: wrong key, address or model, or a budget that is spent."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came.

    Attributes:
        text: what the teacher wrote.
        finish: "stop", or as OpenAI's API has it "length" (cut) or "content_filter" (refused).
        prompt_tokens, answer_tokens: as billed, or estimated where the server does not say.
    """

    text: str
    finish: str = "stop"
    prompt_tokens: int = 0
    answer_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer after all tries; the passage can be asked again in a later run."""

    reason: str


class Teacher(Protocol):
    """Labels passages with whatever types it sees, or with types it was given.

    Attributes:
        name: for reports.
        identity: all that decides its answers besides the passage, JSON-ready and without secrets.
        batch: passages it takes at a time; concurrency: batches at a time.
    """

    name: str
    identity: Mapping[str, Any]
    batch: int
    concurrency: int

    def key(self, passage: str) -> str:
        """sha256 of all that decides the answer to `passage`."""
        ...

    def prompt_size(self, passage: str) -> int:
        """Bytes of the prompt, an upper bound of its tokens; 0 where prompts cost nothing."""
        ...

    def ask(self, passages: Sequence[str]) -> list[Reply | Failure]:
        """An answer or a failure for each passage, in order.

        Raises:
            TeacherError: no passage can be answered, now or later.
        """
        ...

    def stop(self) -> None:
        """Called from another thread: give up waiting; what was asked is still answered."""
        ...
