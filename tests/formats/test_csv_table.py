from __future__ import annotations

import csv
import io

from hypothesis import given

from hybrid_ner.formats.csv_table import COLUMNS, CsvFormat
from hybrid_ner.schema import Document, Entity
from tests.formats.strategies import documents


def rows(*written: Document) -> list[list[str]]:
    form = CsvFormat()
    return list(csv.reader(io.StringIO(form.begin() + "".join(map(form.document, written)), newline="")))


def test_when_documents_are_written_then_every_one_has_a_row():
    found = Document("Paris", (Entity(0, 5, "Paris", "city", 0.98765),), id="a")
    failed = Document("", id="c", error='no "text"')
    assert rows(found, Document("x", id="b"), failed) == [
        list(COLUMNS),
        ["a", "0", "5", "Paris", "city", "0.9877", ""],
        ["b", "", "", "", "", "", ""],
        ["c", "", "", "", "", "", 'no "text"'],
    ]


@given(documents())
def test_when_any_document_is_written_then_a_csv_reader_gives_its_entities(document):
    document = Document(document.text.replace("\0", ""), document.entities, "id")  # Python 3.10 reads no NUL
    expected = [[str(e.start), str(e.end), e.text, e.type] for e in document.entities]
    written = rows(document)[1:]
    assert [row[1:5] for row in written] == (expected or [["", "", "", ""]])
