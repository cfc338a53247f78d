"""CoNLL: a token a line with its tag in a column, sentences apart by an empty line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from hybrid_ner.errors import UsageError
from hybrid_ner.formats.gold.errors import GoldError, shown
from hybrid_ner.formats.gold.files import lines
from hybrid_ner.formats.gold.record import GoldRecord, Mention
from hybrid_ner.formats.gold.tags import SCHEMES, Tag, scheme_of, spans_of

_DOCSTART = "-DOCSTART-"
# `# key = value`, as our own writer has it, or `# id value ...`.
_COMMENT = re.compile(r"# (?:([\w.]+) =(?: (.*))?|id ([^\s=]\S*).*)")
_ID_KEYS = ("id", "sent_id")


@dataclass(slots=True)
class _Text:
    """A sentence, or a document with an id and its paragraphs: tokens and their tags."""

    line: int
    id: str | None
    marked: bool  # it has an id line: paragraphs after it are its own
    paragraphs: list[list[tuple[str, Tag]]] = field(default_factory=list)


def read_conll(
    path: str, *, column: int | None = None, token_column: int = 1, scheme: str | None = None
) -> Iterator[GoldRecord]:
    """Sentences of the file, each a record; after a line `# id = X`, all up to the next such line.

    The text is the tokens joined by spaces, and paragraphs by an empty line: CoNLL does not say how they stood.
    Columns are apart by tabs where a line has one, by spaces otherwise. Comments (`# key = value`) stand before a
    sentence; lines of -DOCSTART- only part documents.

    Args:
        column: of the tags, counted from 1, or from the end when negative; the last by default.
        token_column: of the tokens.
        scheme: "bio", "bioes" or "iob1". By default BIOES where a tag is only of that scheme, BIO otherwise.

    Raises:
        UsageError: an unknown scheme.
        GoldError: no column of that number, lines of different widths, an unknown or impossible tag.
    """
    column = -1 if column is None else column
    if scheme is not None and scheme not in SCHEMES:
        raise UsageError(f"unknown tagging scheme {scheme!r}; accepted: {', '.join(SCHEMES)}")
    if scheme is None:
        found = {tag for text in _texts(path, column, token_column) for part in text.paragraphs for _, (_, tag) in part}
        scheme = scheme_of(found)
    for text in _texts(path, column, token_column):
        yield _record(text, path, scheme)


def _record(text: _Text, path: str, scheme: str) -> GoldRecord:
    where = f"{path}, line {text.line}"
    words, mentions, offset = [], [], 0
    for paragraph in text.paragraphs:
        starts = []
        for token, _ in paragraph:
            starts.append(offset)
            offset += len(token) + 1
        tags = [tag for _, tag in paragraph]
        for first, end, label in spans_of(tags, scheme):
            stop = starts[end - 1] + len(paragraph[end - 1][0])
            mentions.append(Mention(starts[first], stop, label, tags[first][0]))
        words.append(" ".join(token for token, _ in paragraph))
        offset += 1
    return GoldRecord(where, text.id or f"{path}:{text.line}", "\n\n".join(words), tuple(mentions))


def _texts(path: str, column: int, token_column: int) -> Iterator[_Text]:
    current: _Text | None = None
    fresh, width = True, None  # fresh: the next token begins a paragraph
    for number, line in lines(path):
        where = f"{path}, line {number}"
        comment = _COMMENT.fullmatch(line) if fresh else None
        columns = _columns(line)
        if comment is not None:
            if _begins_document(comment, where):
                if current is not None:
                    yield current
                current = _Text(number, (comment[2] or comment[3] or "").strip(), marked=True)
        elif not columns or columns[0] == _DOCSTART:
            fresh = True
            if current is not None and (columns or not current.marked):
                yield current
                current = None
        else:
            width = _checked_width(columns, width, where)
            if current is None:
                current = _Text(number, None, marked=False)
            if fresh:
                current.paragraphs.append([])
                fresh = False
            token = _value(columns, token_column, where)
            current.paragraphs[-1].append((token, (where, _value(columns, column, where))))
    if current is not None:
        yield current


def _columns(line: str) -> list[str]:
    """The line's columns; none for an empty line."""
    if not line.strip(" \t"):
        return []
    return line.split("\t") if "\t" in line else re.split(" +", line.strip(" "))


def _begins_document(comment: re.Match[str], where: str) -> bool:
    """Whether a comment gives an id; other comments are passed over."""
    if comment[1] == "error":
        raise GoldError(f"{where}: a document that failed ({shown(comment[2])}) has no entities to read")
    return comment[1] is None or comment[1] in _ID_KEYS


def _checked_width(columns: list[str], width: int | None, where: str) -> int:
    if len(columns) < 2:
        raise GoldError(
            f"{where}: expected a token and its tag in columns apart by tabs or spaces, got {shown(columns)}"
        )
    if width is not None and len(columns) != width:
        raise GoldError(f"{where}: {len(columns)} columns where the lines before have {width}")
    return len(columns)


def _value(columns: list[str], number: int, where: str) -> str:
    index = number - 1 if number > 0 else number
    if number == 0 or not -len(columns) <= index < len(columns):
        raise GoldError(f"{where}: no column {number}; columns are counted from 1 to {len(columns)}, or from -1")
    value = columns[index].strip()
    if not value:
        raise GoldError(f"{where}: nothing in column {number}")
    return value
