"""PubTator: `PMID|t|TITLE`, `PMID|a|ABSTRACT`, and tab-separated `PMID START END MENTION TYPE ...` lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hybrid_ner.formats.gold.errors import GoldError, shown
from hybrid_ner.formats.gold.files import lines
from hybrid_ner.formats.gold.record import GoldRecord, Mention

_PASSAGE = re.compile(r"([^|\t]+)\|([at])\|(.*)", re.DOTALL)


def read_pubtator(path: str) -> Iterator[GoldRecord]:
    """Documents of the file: the title, a line end and the abstract; relations are passed over.

    Raises:
        GoldError: a line that is none of the format's, or one of another document than it stands in.
    """
    document: _Document | None = None
    for number, line in lines(path):
        where = f"{path}, line {number}"
        passage = _PASSAGE.fullmatch(line)
        if not line.strip():
            if document is not None:
                yield document.record()
                document = None
        elif passage is not None and passage[2] == "t":
            if document is not None:
                yield document.record()
            document = _Document(passage[1].strip(), passage[3], where)
        elif document is None:
            raise GoldError(f"{where}: expected a document's title, PMID|t|TITLE, got {shown(line)}")
        elif passage is not None:
            document.add_abstract(passage[1], passage[3], where)
        else:
            document.add_line(line.split("\t"), where)
    if document is not None:
        yield document.record()


class _Document:
    """A document on its way in."""

    def __init__(self, pmid: str, title: str, where: str) -> None:
        self._pmid, self._title, self._where = pmid, title, where
        self._abstract: str | None = None
        self._mentions: list[Mention] = []

    def add_abstract(self, pmid: str, text: str, where: str) -> None:
        self._refuse_other(pmid, where)
        if self._abstract is not None or self._mentions:
            raise GoldError(f"{where}: the abstract of {self._pmid} comes twice or after its annotations")
        self._abstract = text

    def add_line(self, columns: list[str], where: str) -> None:
        """An annotation or a relation (whose second column is its kind, not a number)."""
        relation = len(columns) in (4, 5) and columns[1][:1].isalpha()
        numbers = len(columns) >= 5 and columns[1].isdecimal() and columns[2].isdecimal()
        if not relation and not numbers:
            raise GoldError(
                f"{where}: expected PMID, START, END, MENTION and TYPE with tabs between, got {shown(columns)}"
            )
        self._refuse_other(columns[0], where)
        if numbers:
            start, end, mention, label = columns[1:5]
            self._mentions.append(Mention(int(start), int(end), label, where, mention))

    def record(self) -> GoldRecord:
        text = self._title if self._abstract is None else f"{self._title}\n{self._abstract}"
        return GoldRecord(self._where, self._pmid, text, tuple(self._mentions))

    def _refuse_other(self, pmid: str, where: str) -> None:
        if pmid.strip() != self._pmid:
            raise GoldError(f"{where}: a line of {shown(pmid)} inside the document {self._pmid!r}")
