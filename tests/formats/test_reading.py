"""Reading inputs: what each INPUT stands for, and what bad input gives."""

from __future__ import annotations

import io
import itertools
import os
import sys

import pytest

from hybrid_ner.errors import UsageError
from hybrid_ner.formats.reading import read_inputs
from hybrid_ner.formats.sources import unresolvable


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(path, content: str | bytes):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def ids(*inputs, **options):
    return [document.id for document in read_inputs(inputs, **options)]


def set_stdin(monkeypatch, data: bytes):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))


def test_when_a_text_file_is_read_then_line_ends_stay_and_the_bom_goes(folder):
    put(folder / "a.txt", b"\xef\xbb\xbfone\r\ntwo\rthree\n")
    (document,) = read_inputs(["a.txt"])
    assert (document.id, document.text, document.error) == ("a.txt", "one\r\ntwo\rthree\n", None)


def test_when_a_file_has_another_suffix_then_it_is_one_text(folder):
    put(folder / "a.md", '{"text": "not a record"}')
    (document,) = read_inputs(["a.md"])
    assert document.text == '{"text": "not a record"}'


def test_when_a_jsonl_file_is_read_then_ids_and_other_fields_are_kept(folder):
    lines = [
        '\ufeff{"id": 7, "text": "x", "n": [1]}',
        "",
        "  \r",
        '{"text": "y\\r\\n"}\r',
        '{"id": null, "text": ""}',
    ]
    put(folder / "a.jsonl", "\n".join(lines))
    documents = list(read_inputs(["a.jsonl"]))
    assert [d.id for d in documents] == [7, "a.jsonl:4", "a.jsonl:5"]
    assert [d.text for d in documents] == ["x", "y\r\n", ""]
    assert [d.extra for d in documents] == [{"n": [1]}, {}, {}]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"text": "x"', "not valid JSON: Expecting ',' delimiter at column 13"),
        (b'{"text": "\xff"}', "not UTF-8: byte 0xff at byte offset 29"),
        (b'["text"]', "this is a list"),
        (b"null", "this is null"),
        (b'{"id": "x"}', "a record without a text"),
        (b'{"text": 3}', "the text is a number"),
        (b'{"text": "\\ud800"}', "half of a surrogate pair"),
        (b'{"text": "x", "n": NaN}', "NaN is no JSON value"),
        (b'{"text": "x", "n": 1e999}', "too large"),
        (b'{"text": "x", "n": ' + b"9" * 5000 + b"}", "not valid JSON"),
        (b'{"text": "x", "n": ' + b"[" * 200 + b"]" * 200 + b"}", "nested more than 100 deep"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_when_a_line_is_bad_then_it_alone_fails_with_file_and_line(folder, line, message):
    put(folder / "a.jsonl", b'{"text": "before"}\n' + line + b'\n{"text": "after"}\n')
    before, bad, after = read_inputs(["a.jsonl"])
    assert (before.text, after.text) == ("before", "after")
    assert bad.text == ""
    assert bad.error.startswith("a.jsonl, line 2: ")
    assert message in bad.error


def test_when_a_record_has_no_text_then_its_id_and_fields_are_still_passed_on(folder):
    put(folder / "a.jsonl", '{"id": "x", "lang": "de"}')
    (document,) = read_inputs(["a.jsonl"])
    assert (document.id, document.extra) == ("x", {"lang": "de"})


def test_when_a_text_file_is_not_utf8_then_the_message_names_the_byte(folder):
    put(folder / "a.txt", b"\xef\xbb\xbfcaf\xe9!")
    put(folder / "b.txt", "fine")
    bad, good = read_inputs(["a.txt", "b.txt"])
    assert bad.error.startswith("a.txt: not UTF-8: byte 0xe9 at byte offset 6")
    assert good.text == "fine"


def test_when_a_file_is_missing_then_the_others_are_read(folder):
    put(folder / "b.txt", "b")
    missing, there = read_inputs(["a.txt", "b.txt"])
    assert missing.id == "a.txt" and "no such file or folder: 'a.txt'" in missing.error
    assert there.text == "b"


def test_when_a_file_cannot_be_opened_then_it_is_an_error(folder):
    os.symlink("nowhere.txt", "a.txt")
    (document,) = read_inputs(["a.txt"])
    assert document.error == "cannot read 'a.txt': No such file or directory"


def test_when_a_folder_is_read_then_its_documents_come_sorted_and_recursively(folder):
    for name in ("d/b.txt", "d/a/z.TXT", "d/a.jsonl", "d/a/y.pdf", "d/c/e/f.txt"):
        put(folder / name, '{"text": "x"}')
    assert ids("d") == ["d/a/z.TXT", "d/a.jsonl:1", "d/b.txt", "d/c/e/f.txt"]


def test_when_a_folder_links_to_itself_then_reading_ends(folder):
    put(folder / "d/a.txt", "x")
    os.symlink("..", folder / "d" / "up")
    os.symlink(".", folder / "d" / "same")
    assert "d/a.txt" in ids("d")


def test_when_a_folder_has_no_documents_then_it_is_an_error(folder):
    put(folder / "d/e/a.pdf", "x")
    (document,) = read_inputs(["d"])
    assert document.id == "d" and "no .txt or .jsonl file in the folder 'd'" in document.error


def test_when_a_glob_is_given_then_its_matches_come_sorted(folder):
    for name in ("b.txt", "a.txt", "c/d.txt", "c/e.md"):
        put(folder / name, "x")
    assert ids("*.txt") == ["a.txt", "b.txt"]
    assert ids("**/*.txt") == ["a.txt", "b.txt", "c/d.txt"]
    assert ids("[ac]*") == ["a.txt", "c/d.txt"]
    assert "no file matches '*.doc'" in next(read_inputs(["*.doc"])).error


def test_when_a_file_name_looks_like_a_glob_then_the_file_wins(folder):
    put(folder / "a[1].txt", "bracket")
    put(folder / "a1.txt", "plain")
    assert ids("a[1].txt") == ["a[1].txt"]


def test_when_a_path_is_to_be_skipped_then_folders_and_globs_leave_it_out(folder):
    put(folder / "d/a.txt", "x")
    put(folder / "d/out.jsonl", '{"text": "old output"}')
    skip = {(folder / "d/out.jsonl").resolve()}
    assert ids("d", "d/*", skip=skip) == ["d/a.txt", "d/a.txt"]


def test_when_stdin_starts_with_a_brace_then_it_is_jsonl(monkeypatch):
    set_stdin(monkeypatch, b'\xef\xbb\xbf\n  {"text": "x"}\n{"id": 1, "text": "y"}\n{oops')
    first, second, bad = read_inputs(["-"])
    assert [(d.id, d.text) for d in (first, second)] == [("-:2", "x"), (1, "y")]
    assert bad.error.startswith("standard input, line 4: not valid JSON")
    assert "is read as JSONL" in bad.error


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\n[1] {x}\r\nmore\n", "é\n".encode()])
def test_when_stdin_starts_otherwise_then_it_is_one_text(monkeypatch, data):
    set_stdin(monkeypatch, data)
    (document,) = read_inputs(["-"])
    assert (document.id, document.text.encode()) == ("-", data)


def test_when_stdin_is_named_twice_then_the_second_is_an_error(monkeypatch):
    set_stdin(monkeypatch, b"text")
    first, second = read_inputs(["-", "-"])
    assert first.text == "text" and "only once" in second.error


def test_when_jsonl_comes_on_stdin_then_documents_come_before_its_end(monkeypatch):
    class Endless:
        def __init__(self):
            self.buffer = (b'{"text": "%d"}\n' % n for n in itertools.count())

    monkeypatch.setattr(sys, "stdin", Endless())
    assert [d.text for d in itertools.islice(read_inputs(["-"]), 3)] == ["0", "1", "2"]


def test_when_documents_are_read_then_later_files_are_not_opened_yet(folder):
    put(folder / "a.jsonl", '{"text": "1"}\n{"text": "2"}\n')
    put(folder / "b.txt", "old")
    documents = read_inputs(["a.jsonl", "b.txt"])
    next(documents)
    put(folder / "b.txt", "new")
    assert [d.text for d in documents] == ["2", "new"]


def test_when_there_is_no_input_then_it_is_a_usage_error():
    with pytest.raises(UsageError, match="no input"):
        next(read_inputs([]))


def test_when_inputs_are_checked_then_only_those_with_nothing_to_read_are_named(folder):
    put(folder / "a.txt", "x")
    (folder / "empty").mkdir()
    messages = unresolvable(["a.txt", "-", "gone.txt", "empty", "*.doc", "*.txt"])
    assert len(messages) == 3
    assert all(
        name in message for name, message in zip(["gone.txt", "empty", "*.doc"], messages, strict=True)
    )
