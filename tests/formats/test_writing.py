"""Opening outputs: names, places, going on with one, and streaming."""

from __future__ import annotations

import io
import sys

import pytest

from hybrid_ner.errors import UsageError
from hybrid_ner.formats.writing import FORMATS, open_writer
from hybrid_ner.schema import Document, Entity

DOCUMENTS = [
    Document("Paris\r\né", (Entity(0, 5, "Paris", "city", 0.9),), "a"),
    Document("nothing", (), "b"),
    Document("", id="c", error="no"),
]
TEXT_FORMATS = [name for name, entry in FORMATS.items() if entry.to == "text"]
APPENDING = [name for name, entry in FORMATS.items() if entry.appends]


def write(format_name, path, documents, **options) -> None:
    with open_writer(format_name, path, **options) as writer:
        for document in documents:
            writer.write(document)


def test_when_the_formats_are_listed_then_they_are_the_agreed_ones():
    assert list(FORMATS) == ["jsonl", "csv", "conll", "brat", "spacy", "html"]
    assert APPENDING == ["jsonl", "csv", "conll"]


def test_when_the_format_is_unknown_then_the_error_names_those_there_are():
    with pytest.raises(UsageError, match=r"'xml'.*jsonl, csv, conll, brat, spacy, html"):
        open_writer("xml", None)


@pytest.mark.parametrize("format_name", ["brat", "spacy"])
def test_when_a_format_is_not_text_then_it_does_not_go_to_standard_output(format_name):
    with pytest.raises(UsageError, match="--output"):
        open_writer(format_name, None)


@pytest.mark.parametrize("format_name", ["brat", "spacy", "html"])
def test_when_a_format_cannot_be_continued_then_append_is_refused(format_name, tmp_path):
    with pytest.raises(UsageError, match="jsonl, csv, conll"):
        open_writer(format_name, str(tmp_path / "out"), append=True)


@pytest.mark.parametrize("format_name", FORMATS)
def test_when_the_output_cannot_be_opened_then_it_is_a_usage_error(format_name, tmp_path):
    if format_name == "spacy":
        pytest.importorskip("spacy")
    with pytest.raises(UsageError, match="cannot write"):
        open_writer(format_name, str(tmp_path / "missing" / "out"))


@pytest.mark.parametrize("format_name", TEXT_FORMATS)
def test_when_there_is_no_path_then_standard_output_gets_the_same_bytes(format_name, tmp_path, monkeypatch):
    write(format_name, str(tmp_path / "out"), DOCUMENTS)
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(buffer, encoding="ascii"))
    write(format_name, None, DOCUMENTS)
    assert buffer.getvalue() == (tmp_path / "out").read_bytes()
    assert "é".encode() in buffer.getvalue() or format_name == "csv"


def test_when_standard_output_takes_only_text_then_it_is_written_as_text(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    write("jsonl", None, DOCUMENTS)
    assert stream.getvalue().count("\n") == 3


@pytest.mark.parametrize("done", range(4))
@pytest.mark.parametrize("format_name", APPENDING)
def test_when_an_output_is_continued_then_it_ends_as_if_never_interrupted(format_name, done, tmp_path):
    write(format_name, str(tmp_path / "whole"), DOCUMENTS)
    write(format_name, str(tmp_path / "parts"), DOCUMENTS[:done])
    write(format_name, str(tmp_path / "parts"), DOCUMENTS[done:], append=True)
    assert (tmp_path / "parts").read_bytes() == (tmp_path / "whole").read_bytes()


def test_when_append_is_asked_and_there_is_no_file_then_it_is_begun(tmp_path):
    write("csv", str(tmp_path / "out"), DOCUMENTS, append=True)
    assert (tmp_path / "out").read_text().startswith("id,start,end")


@pytest.mark.parametrize("format_name", TEXT_FORMATS)
def test_when_a_document_is_written_and_flushed_then_it_is_in_the_file_before_the_next(format_name, tmp_path):
    path = tmp_path / "out"
    with open_writer(format_name, str(path)) as writer:
        writer.write(DOCUMENTS[0])
        writer.flush()
        assert b"Paris" in path.read_bytes()
        writer.write(DOCUMENTS[1])


def test_when_the_run_fails_then_an_html_page_is_still_closed(tmp_path):
    with pytest.raises(RuntimeError), open_writer("html", str(tmp_path / "out.html")) as writer:
        writer.write(DOCUMENTS[0])
        raise RuntimeError("stop")
    assert (tmp_path / "out.html").read_text().endswith("</html>\n")


@pytest.mark.parametrize("format_name", TEXT_FORMATS)
def test_when_an_id_holds_half_a_surrogate_pair_then_it_is_still_written(format_name, tmp_path):
    write(format_name, str(tmp_path / "out"), [Document("x", id="\ud800")])
    assert b"\\ud800" in (tmp_path / "out").read_bytes()
