"""Conversation files, read: the layout of UniversalNER's data, as JSONL or as one JSON list."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from hybrid_ner.errors import InputError, UsageError
from hybrid_ner.generative.encoding import ConversationEncoder, Example

logger = logging.getLogger(__name__)

_SPEAKERS = ("human", "gpt")


@dataclass(frozen=True, slots=True)
class Material:
    """What a run learns from.

    Attributes:
        learned, held: examples to learn from, and to measure the loss on.
        conversations: how many there were. left_out: those of them from which no question fitted.
    """

    learned: list[Example]
    held: list[Example]
    conversations: int
    left_out: int


def read_conversations(path: str | Path) -> Iterator[tuple[str, list[str]]]:
    """(template, turns) of each conversation: passage, acknowledgement, then questions and answers in turn.

    The template is "" where the record names none, as in UniversalNER's own data.

    Raises:
        InputError: no such file, or a record that is no such conversation; the message names it.
    """
    path = Path(path)
    for where, record in _records(path):
        try:
            turns = [turn["value"] for turn in record["conversations"]]
            speakers = [turn["from"] for turn in record["conversations"]]
            fits = len(turns) >= 4 and speakers == [_SPEAKERS[i % 2] for i in range(len(turns))] and len(turns) % 2 == 0
            template = str(record.get("template", "")).partition("/")[0]
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{where}: not a record with conversations ({error!r})") from error
        if not fits or not all(isinstance(turn, str) for turn in turns):
            raise InputError(
                f"{where}: expected turns of human and gpt one after the other: passage, acknowledgement, then a "
                "question and an answer for each type"
            )
        yield template, turns


def encoded_material(path: str | Path, encoder: ConversationEncoder, max_tokens: int, holdout: float) -> Material:
    """The file's conversations as examples.

    Which conversations are held out depends on their passages alone, so that a passage is never on both sides.

    Raises:
        UsageError: the file was made with another template, or leaves nothing to learn from.
        InputError: as `read_conversations`.
    """
    learned: list[Example] = []
    held: list[Example] = []
    count = left_out = 0
    for template, turns in read_conversations(path):
        if template not in ("", encoder.template.name):
            raise UsageError(
                f"{str(path)!r} was made with the template {template!r}, the config says {encoder.template.name!r}; "
                "let them agree: a checkpoint is asked with the template of its config"
            )
        examples = list(encoder.examples(turns, max_tokens))
        count, left_out = count + 1, left_out + (not examples)
        (held if _share(turns[0]) < holdout else learned).extend(examples)
    if not learned:
        raise UsageError(f"nothing to learn from in {str(path)!r}: {count} conversations, {left_out} too long")
    if left_out:
        logger.warning("%d of %d conversations left out: longer than %d tokens", left_out, count, max_tokens)
    return Material(learned, held, count, left_out)


def _share(text: str) -> float:
    """A number in [0, 1) that depends on the text."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", errors="replace")).digest()[:8], "big") / 2**64


def _records(path: Path) -> Iterator[tuple[str, Any]]:
    number = 0
    try:
        with _opened(path) as lines:
            first = lines.read(1)
            lines.seek(0)
            if first == "[":
                yield from ((f"{path}, record {i}", record) for i, record in enumerate(json.load(lines), 1))
                return
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield f"{path}, line {number}", json.loads(line)
    except ValueError as error:
        raise InputError(f"{path}, line {number}: no JSON in UTF-8 ({error})") from error
    except (OSError, EOFError) as error:
        raise InputError(f"cannot read {str(path)!r}: {error}") from error


def _opened(path: Path) -> IO[str]:
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
