from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from hybrid_ner.errors import UsageError
from hybrid_ner.formats.brat import BratWriter
from hybrid_ner.schema import Document, Entity
from tests.formats.strategies import documents


def write(folder: Path, *written: Document) -> set[str]:
    with BratWriter(str(folder)) as writer:
        for document in written:
            writer.write(document)
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_when_a_document_is_written_then_text_annotations_and_types_are_there(tmp_path):
    document = Document("In Paris.", (Entity(3, 8, "Paris", "big city", 0.9),), "docs/a.txt")
    assert write(tmp_path / "out", document) == {"docs_a.txt", "docs_a.ann", "annotation.conf"}
    assert (tmp_path / "out/docs_a.txt").read_bytes() == b"In Paris."
    annotations = (tmp_path / "out/docs_a.ann").read_text()
    assert annotations == "T1\tbig_city 3 8\tParis\n#1\tAnnotatorNotes T1\tscore 0.9\n"
    assert "[entities]\nbig_city\n" in (tmp_path / "out/annotation.conf").read_text()


def test_when_a_mention_runs_over_a_line_end_then_it_is_discontinuous(tmp_path):
    text = "New\r\nYork"
    write(tmp_path, Document(text, (Entity(0, 9, text, "city", 0.9),), "a"))
    assert (tmp_path / "a.ann").read_text().startswith("T1\tcity 0 3;5 9\tNew York\n")


@pytest.mark.parametrize(
    "document_id",
    ["../../up", "/etc/passwd", "..", "", None, "a\0b", ".hidden", "é" * 500, "C:\\x", {"a": [1]}],
)
def test_when_an_id_is_no_file_name_then_the_files_stay_in_the_folder(tmp_path, document_id):
    names = write(tmp_path / "out", Document("x", id=document_id))
    assert len(names) == 3 and not any("/" in name or name.startswith(".") for name in names)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_when_ids_collide_then_every_document_has_its_files(tmp_path):
    same = [Document(str(n), id=name) for n, name in enumerate(["a", "a", "a/", "a-3", "a-3", None, None])]
    write(tmp_path, *same)
    contents = sorted(path.read_text() for path in tmp_path.glob("*.txt"))
    assert contents == [str(n) for n in range(len(same))]
    assert len(list(tmp_path.glob("*.ann"))) == len(same)


def test_when_a_document_failed_then_it_is_listed(tmp_path):
    assert write(tmp_path, Document("", id="a", error="no")) == {"errors.jsonl", "annotation.conf"}
    assert json.loads((tmp_path / "errors.jsonl").read_text()) == {"id": "a", "error": "no"}


def test_when_the_folder_is_not_empty_then_nothing_is_mixed_into_it(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(UsageError, match="not empty"):
        BratWriter(str(tmp_path))


@settings(max_examples=50)
@given(documents())
def test_when_any_document_is_written_then_offsets_refer_to_the_written_text(document):
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "out", Document(document.text, document.entities, "a"))
        text = (Path(folder) / "out/a.txt").read_bytes().decode()
        annotations = (Path(folder) / "out/a.ann").read_bytes().decode()
    spelt = []
    for line in annotations.splitlines():  # as brat does: at every Unicode line end
        if line.startswith("T"):
            _, middle, mention = line.split("\t", 2)
            offsets = [tuple(map(int, pair.split())) for pair in middle.split(" ", 1)[1].split(";")]
            assert mention == " ".join(text[start:end] for start, end in offsets)
            spelt.append("".join(mention.split()))
    assert text == document.text
    assert [s for s in spelt if s] == [s for s in ("".join(e.text.split()) for e in document.entities) if s]
