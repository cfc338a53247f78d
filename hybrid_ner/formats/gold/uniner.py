"""UniNER's conversations: "Text: ...", then for each type "What describes X in the text?" and a JSON list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from hybrid_ner.formats.gold.errors import GoldError, shown
from hybrid_ner.formats.gold.files import field, json_records
from hybrid_ner.formats.gold.record import GoldRecord, Mention

_TEXT = re.compile(r"(?:### )?(?:Dataset: [^\n]*\n)?\s*Text: (.*)", re.DOTALL)
_QUESTION = re.compile(r"What describes (.+) in the text\?\s*", re.DOTALL)


def read_uniner(path: str) -> Iterator[GoldRecord]:
    """Conversations of the file. The answers are strings without offsets, so every place where one stands is a
    mention: where it begins and ends with a word or, when there is no such place, anywhere. A string that does
    not stand in the text at all is counted in the record's notes as "unmatched".

    Only the types asked about are known to be there or not: see `GoldRecord.asked`. Records one after the other
    that ask of the same text are one document, until a type is asked again.

    Raises:
        GoldError: no conversation of that kind, or an answer that is no list of strings.
    """
    held: _Conversation | None = None
    for where, default_id, record in json_records(path):
        turns = _turns(record, where)
        record_id = record.get("id")
        new = _Conversation(where, default_id if record_id is None else record_id, _text(turns, where))
        for question, answer in zip(turns[2::2], turns[3::2], strict=True):
            new.add(*_asked(question, answer, where), where)
        if held is not None and held.text == new.text and not held.answers.keys() & new.answers.keys():
            held.answers.update(new.answers)
        else:
            if held is not None:
                yield held.record()
            held = new
    if held is not None:
        yield held.record()


class _Conversation:
    """A text, and for every label asked the answers and where they stand."""

    def __init__(self, where: str, record_id: Any, text: str) -> None:
        self.where, self.id, self.text = where, record_id, text
        self.answers: dict[str, tuple[str, list[str]]] = {}

    def add(self, label: str, strings: list[str], where: str) -> None:
        if label in self.answers:
            raise GoldError(f"{where}: {shown(label)} is asked twice")
        self.answers[label] = (where, strings)

    def record(self) -> GoldRecord:
        mentions, unmatched = [], 0
        for label, (where, strings) in self.answers.items():
            for string in dict.fromkeys(strings):
                places = occurrences(string, self.text)
                unmatched += not places
                mentions += [Mention(at, at + len(string), label, where, string) for at in places]
        notes = {"unmatched": unmatched} if unmatched else {}
        return GoldRecord(self.where, self.id, self.text, tuple(mentions), tuple(self.answers), notes)


def occurrences(string: str, text: str) -> list[int]:
    """Where `string` stands in `text`, without overlaps; inside longer words only if it stands nowhere else."""
    if not string:
        return []
    places, at = [], text.find(string)
    while at >= 0:
        places.append(at)
        at = text.find(string, at + 1)
    whole = [at for at in places if not (_cuts(text, at) or _cuts(text, at + len(string)))]
    apart: list[int] = []
    for at in whole or places:
        if not apart or at >= apart[-1] + len(string):
            apart.append(at)
    return apart


def _cuts(text: str, at: int) -> bool:
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()


def _turns(record: dict[str, Any], where: str) -> list[str]:
    turns = field(record, "conversations", list, where)
    speakers = [turn.get("from") if isinstance(turn, dict) else None for turn in turns]
    if len(turns) < 4 or len(turns) % 2 or speakers != ["human", "gpt"] * (len(turns) // 2):
        raise GoldError(
            f"{where}: expected turns of human and gpt in turn, the text first and then a question and an answer for "
            f"every type; got {shown(speakers)}"
        )
    return [field(turn, "value", str, where) for turn in turns]


def _text(turns: list[str], where: str) -> str:
    match = _TEXT.fullmatch(turns[0])
    if match is None:
        raise GoldError(f"{where}: the first turn must be 'Text: ...', got {shown(turns[0])}")
    return match[1]


def _asked(question: str, answer: str, where: str) -> tuple[str, list[str]]:
    match = _QUESTION.fullmatch(question)
    if match is None:
        raise GoldError(f"{where}: expected 'What describes X in the text?', got {shown(question)}")
    try:
        strings = json.loads(answer)
    except (ValueError, RecursionError):
        strings = None
    if not isinstance(strings, list) or not all(isinstance(string, str) for string in strings):
        raise GoldError(f"{where}: the answer about {match[1]!r} must be a JSON list of strings, got {shown(answer)}")
    return match[1], strings
