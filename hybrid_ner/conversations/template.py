"""Conversation templates: versioned data files that say, byte for byte, how a passage is read and asked about.

A conversation is a list of turns: the passage, its acknowledgement, then a question and an answer for each type (or
group of types). The same turns become a string for a language model, pieces with the answers marked for training, or
messages for a chat server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from hybrid_ner.errors import UsageError
from hybrid_ner.schema import EntityType

DEFAULT = "uniner-type"
ASKS = ("name", "definition")
ANSWERS = ("strings", "pairs")
_FOLDER = Path(__file__).parent / "templates"
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the types it asks about."""

    text: str
    types: tuple[EntityType, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a conversation's string that is tokenized by itself; `learned` are the answers."""

    text: str
    learned: bool


@dataclass(frozen=True, slots=True)
class Template:
    """How a conversation is written.

    Attributes:
        name: of the data file; version: of its wording, so that a checkpoint can say what it was taught.
        system: first words of every conversation.
        roles: names of who asks and who answers.
        separators: what ends a turn of the one and of the other.
        passage: first turn; {text} and, if it stands there, {dataset} are filled in.
        acknowledgement: the answer to it.
        question: {type} is filled with what stands for one type, {types} with a JSON list of names.
        asks: "name" or "definition" stands for a type (the name where it has no definition).
        answers: "strings" (mentions) or "pairs" (mention and type), a JSON list either way.
        types_a_question: 1, another number for segments, 0 for all types at once.
    """

    name: str
    version: int
    system: str
    roles: tuple[str, str]
    separators: tuple[str, str]
    passage: str
    acknowledgement: str
    question: str
    asks: str
    answers: str
    types_a_question: int

    def opening(self, text: str, dataset: str | None = None) -> tuple[str, str]:
        """The first two turns.

        Raises:
            UsageError: the template names a data set and none is given.
        """
        if dataset is None and "{dataset}" in self.passage:
            raise UsageError(f"the template {self.name!r} needs the name of a data set; give one, or take {DEFAULT!r}")
        return _filled(self.passage, {"text": text, "dataset": dataset or ""}), self.acknowledgement

    def questions(self, types: Iterable[EntityType]) -> list[Question]:
        """The questions that ask about every type once, in the order given."""
        asked = tuple(types)
        size = self.types_a_question or max(1, len(asked))
        groups = [asked[i : i + size] for i in range(0, len(asked), size)]
        return [Question(self._question(group), group) for group in groups]

    def shown(self, entity_type: EntityType) -> str:
        """What stands for a type in a question."""
        return (entity_type.definition or entity_type.name) if self.asks == "definition" else entity_type.name

    def pieces(self, turns: Sequence[str], *, end: str | None = None, special: Iterable[str] = ()) -> list[Piece]:
        """The conversation as pieces: opening, then question and answer in turn (a last answer may be absent).

        The pieces' texts, joined, are the string that UniversalNER's code makes of the same turns.

        Args:
            turns: texts of the turns, passage first.
            end: token that ends an answer, where a model's is not the template's.
            special: tokens that a turn must not contain, or it could end its own turn: they are spaced out.
        """
        sep, stop = self.separators[0], self.separators[1] if end is None else end
        user, assistant = self.roles
        forbidden = {stop, *special} - {""}
        said = [_neutral(turn, forbidden) for turn in turns]
        opening = f"{self.system}{sep}{user}: {said[0]}{sep}{assistant}: {said[1]}{stop}"
        pieces = [Piece(opening, False)]
        for i in range(2, len(said), 2):
            pieces.append(Piece(f"{user}: {said[i]}{sep}{assistant}:", False))
            if i + 1 < len(said):
                pieces.append(Piece(f" {said[i + 1]}{stop}", True))
        return pieces

    def messages(self, turns: Sequence[str]) -> list[dict[str, str]]:
        """The conversation as chat messages."""
        roles = ("user", "assistant")
        return [
            {"role": "system", "content": self.system},
            *({"role": roles[i % 2], "content": turn} for i, turn in enumerate(turns)),
        ]

    def _question(self, group: Sequence[EntityType]) -> str:
        names = json.dumps([t.name for t in group], ensure_ascii=False)
        return _filled(self.question, {"type": self.shown(group[0]), "types": names})


def template_names() -> list[str]:
    """The templates that come with the package."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


def load_template(name_or_path: str | Path = DEFAULT) -> Template:
    """A template by name, or from a YAML file of the same shape.

    Raises:
        UsageError: there is no such template, or the file does not say all that a template says.
    """
    name = str(name_or_path)
    path = _FOLDER / f"{name}.yaml" if name in template_names() else Path(name)
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(
            f"cannot read the template {name!r}: {error}; accepted: {', '.join(template_names())}, or a YAML file"
        ) from error
    return _template(path.stem, values, name)


def _template(stem: str, values: Any, where: str) -> Template:
    wanted = {f.name for f in fields(Template)} - {"name"}
    if not isinstance(values, dict) or set(values) != wanted:
        raise UsageError(f"the template {where!r} must have exactly the keys {', '.join(sorted(wanted))}")
    pairs = {key: tuple(map(str, values[key])) for key in ("roles", "separators") if isinstance(values[key], list)}
    template = Template(name=stem, **{**values, **pairs})
    right = (
        len(template.roles) == len(template.separators) == 2
        and "{text}" in template.passage
        and ("{type}" in template.question) == (template.types_a_question == 1)
        and template.asks in ASKS
        and template.answers in ANSWERS
    )
    if not right:
        raise UsageError(
            f"the template {where!r} is not one: roles and separators are pairs, passage has {{text}}, question has "
            f"{{type}} (one type a question) or {{types}}, asks is one of {', '.join(ASKS)}, answers of "
            f"{', '.join(ANSWERS)}"
        )
    return template


def _filled(pattern: str, values: Mapping[str, str]) -> str:
    # In one pass: a text that holds "{type}" is a text.
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), pattern)


def _neutral(turn: str, forbidden: Iterable[str]) -> str:
    for token in sorted(forbidden, key=len, reverse=True):
        turn = turn.replace(token, f"{token[0]} {token[1:]}")
    return turn
