"""Raw text is read from what people have, each document with its source; what cannot be read is told, not lost."""

from __future__ import annotations

import gzip
import json
import sys
import types

import pytest

from hybrid_ner.distill.corpus import sources
from hybrid_ner.distill.corpus.sources import input_digests, input_files, read_raw
from hybrid_ner.errors import InputError, MissingExtraError, UsageError


def read(*inputs, text_field="text", source_field="source"):
    """(source, document, text) of everything, and what was told."""
    failed = []
    raws = read_raw([str(i) for i in inputs], text_field=text_field, source_field=source_field, failed=failed.append)
    return [(raw.source, raw.document, raw.text) for raw in raws], failed


def lines(*rows):
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)


def test_when_a_folder_is_given_then_its_first_folders_are_the_sources(tmp_path):
    (tmp_path / "wiki" / "deep").mkdir(parents=True)
    (tmp_path / "wiki" / "deep" / "a.txt").write_bytes("Zoë\r\nwas here".encode())
    (tmp_path / "news.jsonl").write_text(lines({"id": 7, "text": "A"}, {"text": "B"}))
    (tmp_path / "more.txt.gz").write_bytes(gzip.compress(b"C"))
    (tmp_path / "ignored.csv").write_text("x")
    assert read(tmp_path) == (
        [
            ("more", "more.txt.gz", "C"),
            ("news", "7", "A"),
            ("news", "news.jsonl:2", "B"),
            ("wiki", "wiki/deep/a.txt", "Zoë\r\nwas here"),
        ],
        [],
    )


def test_when_files_and_globs_are_given_then_their_stems_are_the_sources(tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    assert [source for source, *_ in read(tmp_path / "*.txt")[0]] == ["a", "b"]
    assert read(tmp_path / "a.txt")[0] == [("a", "a.txt", "a.txt")]


def test_when_records_name_fields_of_their_own_then_these_are_read(tmp_path):
    (tmp_path / "x.jsonl").write_text(lines({"body": {"en": "A"}, "meta": {"set": "books"}}, {"body": {"en": "B"}}))
    found, failed = read(tmp_path / "x.jsonl", text_field="body.en", source_field="meta.set")
    assert [(source, text) for source, _, text in found] == [("books", "A"), ("x", "B")] and not failed


def test_when_a_parquet_file_is_given_then_its_rows_are_read(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pa.table({"text": ["A", "Zoë 😀", None], "source": ["s", None, "s"]}), tmp_path / "t.parquet")
    found, failed = read(tmp_path)
    assert found == [("s", "t.parquet:0", "A"), ("t", "t.parquet:1", "Zoë 😀")]
    assert len(failed) == 1 and "t.parquet:2" in failed[0]


def test_when_something_cannot_be_read_then_it_is_told_and_the_rest_is_read(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe")
    (tmp_path / "b.txt.gz").write_bytes(b"no gzip")
    (tmp_path / "c.jsonl").write_text(lines({"text": "C"}, "{", {"text": 3}, {"text": "D"}, '{"text": "\\ud800"}'))
    (tmp_path / "d.parquet").write_bytes(b"no parquet")
    found, failed = read(tmp_path)
    assert [text for *_, text in found] == ["C", "D"]
    assert len(failed) == 6 and all(any(name in message for message in failed) for name in ("a.txt", "b.txt", "d.par"))


def test_when_a_plain_text_is_long_then_it_comes_in_parts_that_end_at_blank_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "_PART", 50)
    paragraphs = [f"Paragraph {n} goes on and on\nover two lines.\n" for n in range(9)]
    (tmp_path / "a.txt").write_text("\n".join(paragraphs))
    found, _ = read(tmp_path / "a.txt")
    assert "".join(text for *_, text in found) == "\n".join(paragraphs)
    assert [document for _, document, _ in found] == [f"a.txt#{n}" for n in range(len(found))] and len(found) > 3
    assert all(text.endswith(".\n") for *_, text in found)


@pytest.mark.parametrize("given", ["nothing.txt", "*.nothing", "folder", "a.csv"])
def test_when_an_input_names_nothing_to_read_then_it_is_refused(tmp_path, given):
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(UsageError, match=given.strip("*")):
        input_files([str(tmp_path / given)])


def test_the_digests_are_of_content_and_place_below_the_input(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.txt").write_text("A")
    one, two = (input_digests([str(tmp_path / folder)]) for folder in ("one", "two"))
    assert one == two
    (tmp_path / "two" / "a.txt").write_text("B")
    assert input_digests([str(tmp_path / "two")]) != one
    assert input_digests(["hf:org/name@train"]) == {"hf:org/name@train": ""}


def test_when_a_hub_name_is_given_then_its_rows_are_streamed(monkeypatch):
    asked = []

    def load_dataset(path, config, **how):
        asked.append((path, config, how))
        return iter([{"text": "A", "source": "web"}, {"text": "B"}])

    monkeypatch.setitem(sys.modules, "datasets", types.SimpleNamespace(load_dataset=load_dataset))
    name = "hf:org/set:en@validation#abc"
    assert read(name)[0] == [("web", f"{name}#0", "A"), (name, f"{name}#1", "B")]
    assert asked == [("org/set", "en", {"split": "validation", "revision": "abc", "streaming": True})]


def test_when_the_hub_cannot_be_had_then_it_is_said_what_that_needs(monkeypatch):
    def offline(*arguments, **how):
        raise ConnectionError("no route\nto host")

    monkeypatch.setitem(sys.modules, "datasets", types.SimpleNamespace(load_dataset=offline))
    with pytest.raises(InputError, match=r"'hf:x' from the Hugging Face hub: no route; it needs a network"):
        read("hf:x")
    with pytest.raises(UsageError, match=r"hf:PATH"):
        read("hf:x y")
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtraError, match=r"hybrid-ner\[hub\]"):
        read("hf:x")
