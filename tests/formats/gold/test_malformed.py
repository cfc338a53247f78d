"""What would make a score wrong is an error that says where and what."""

from __future__ import annotations

import re
import sys

import pytest

from hybrid_ner.errors import MissingExtraError, UsageError
from hybrid_ner.formats.gold import GOLD_FORMATS, GoldError, read_gold
from tests.formats.gold.samples import TEXT, conversation, read, region, task, write


def entity(start: object, end: object, label: object = "X", **fields: object) -> dict:
    return {"text": TEXT, "entities": [{"start": start, "end": end, "type": label, **fields}]}


JSONL = [
    ([entity(0, 30)], r"line 1: the offsets \[0, 30\) of a 'X' are out of range; accepted: .* <= 29"),
    ([entity(3, 3)], r"line 1: the offsets \[3, 3\)"),
    ([entity(-1, 3)], r"line 1: the offsets \[-1, 3\)"),
    ([entity(0.0, 3)], r"line 1: the offsets \[0.0, 3\)"),
    ([entity(False, 3)], r"line 1: the offsets \[False, 3\)"),
    ([entity(0, 3, text="Eve")], r"line 1: the 'X' at \[0, 3\) should read 'Eve' but the text has 'Ada'"),
    ([entity(0, 3, "")], r"line 1: a label must be a non-empty string, got ''"),
    ([entity(0, 3, None)], r"line 1: a label must be a non-empty string, got None"),
    ([entity(0, 3), {"text": TEXT}], r"line 2: expected `entities`, a list; got only the fields \['text'\]"),
    ([{"text": TEXT, "entities": [[0, 3, "X"]]}], r"line 1: a span needs `start`, `end` and `type`"),
    ([{"text": 1, "entities": []}], r"line 1: expected `text`, a string; got 1"),
    ([{"text": "\ud800", "entities": []}], r"line 1: the text holds half of a surrogate pair"),
    ([entity(0, 3) | {"id": 1}, entity(0, 3) | {"id": "1"}], r"line 2: the id '1' is given twice, first: .*line 1"),
    ([entity(0, 3), {"id": 2, "error": "no"}], r"line 2: a document that failed \('no'\)"),
    ([entity(0, 3), [1]], r"line 2: expected an object, got \[1\]"),
    ('{"text": "x", "entities": []}\n{"text": \n', r"line 2: not valid JSON: Expecting value at column"),
    ('[{"text": "x", "entities": []},\n {"text": }]', r"line 2: not valid JSON: Expecting value at column 11"),
    ("[" * 100_000, r"line 1: not valid JSON"),
    ("[]", "no document in it"),
    ("\n\n", "no document in it"),
]


@pytest.mark.parametrize(("content", "message"), JSONL)
def test_when_jsonl_is_broken_then_the_error_names_line_and_value(tmp_path, content, message):
    path = write(tmp_path, "a.jsonl", content)
    with pytest.raises(GoldError, match=f"^{re.escape(path)}.*(?:{message})"):
        read(path, "jsonl")


CONLL = [
    ("a O\nb I-X\n", {}, r"line 2: I-X after O: nothing of its type to go on with; .*--scheme iob1"),
    ("a B-Y\nb I-X\n", {}, r"line 2: I-X after B-Y"),
    ("a I-X\n", {}, r"line 1: I-X after the start"),
    ("a B-X\n\nb I-X\n", {}, r"line 3: I-X after the start"),
    ("a B-X\nb O\nc S-X\n", {}, r"line 2: O after B-X: in BIOES an entity ends with E-"),
    ("a S-X\nb B-X\n", {}, r"line 2: the end after B-X"),
    ("a B-X\nb S-X\n", {}, r"line 2: S-X after B-X"),
    ("a S-X\nb E-X\n", {}, r"line 2: E-X after S-X"),
    ("a S-X\n", {"scheme": "bio"}, r"line 1: 'S-X' is no tag of the scheme 'bio'; accepted: O, B-TYPE, I-TYPE"),
    ("a B-X\nb X\n", {}, r"line 2: 'X' is no tag .*another column \(--column\)"),
    ("a B-\n", {}, r"line 1: 'B-' is no tag"),
    ("a x O\nb O\n", {}, r"line 2: 2 columns where the lines before have 3"),
    ("a\n", {}, r"line 1: expected a token and its tag in columns apart by tabs or spaces, got \['a'\]"),
    ("\tO\n", {}, r"line 1: nothing in column 1"),
    ("a O\n", {"column": 3}, r"line 1: no column 3; columns are counted from 1 to 2"),
    ("a O\n", {"column": 0}, r"line 1: no column 0"),
    ("# id = x\na O\n\n# id = x\nb O\n", {}, r"line 4: the id 'x' is given twice, first: .*line 1"),
    ("# id = x\n# error = no\n", {}, r"line 2: a document that failed \('no'\)"),
    ("# note without a value\na O\n", {}, r"line 2: 2 columns where the lines before have 5"),
    ("", {}, "no document in it"),
]


@pytest.mark.parametrize(("content", "options", "message"), CONLL)
def test_when_conll_is_broken_then_the_error_names_line_and_tag(tmp_path, content, options, message):
    path = write(tmp_path, "a.conll", content)
    with pytest.raises(GoldError, match=f"^{re.escape(path)}.*(?:{message})"):
        read(path, **options)


BRAT = [
    ("T1\tX 0 3\tEve\n", r"a.ann, line 1: T1 should read 'Eve' but the text has 'Ada'"),
    ("\nT1\tX 26 33\tdon.xxx\n", r"a.ann, line 2: T1 should read .*29 characters"),
    ("T1\tX 0 3\tAda\nT1\tX 0 3\tAda\n", r"a.ann, line 2: T1 is given twice"),
    ("T1\tX 0 3;13 18\tAda lived\n", r"a.ann, line 1: the mention T1 is discontinuous, .*--discontinuous cover"),
    ("T1\tX 13 18;0 3\tlived Ada\n", r"a.ann, line 1: the offsets '13 18;0 3' go backwards"),
    ("T1 X 0 3 Ada\n", r"a.ann, line 1: expected T1<TAB>LABEL START END<TAB>MENTION, got 'T1 X 0 3 Ada'"),
    ("T1\tX 0 -3\tAda\n", r"a.ann, line 1: expected T1<TAB>"),
    ("X\n", r"a.ann, line 1: expected T1<TAB>"),
    ("T1\tX 3 3\t\n", r"a.ann, line 1: the offsets \[3, 3\) of a 'X' are out of range"),
]


@pytest.mark.parametrize(("content", "message"), BRAT)
def test_when_annotations_of_brat_are_broken_then_the_error_names_file_and_line(tmp_path, content, message):
    write(tmp_path, "a.txt", TEXT)
    write(tmp_path, "a.ann", content)
    with pytest.raises(GoldError, match=message):
        read(str(tmp_path))


@pytest.mark.parametrize(("have", "lack"), [("txt", "ann"), ("ann", "txt")])
def test_when_one_of_brat_s_two_files_is_missing_then_it_is_named(tmp_path, have, lack):
    write(tmp_path, f"b.{have}", "")
    with pytest.raises(GoldError, match=rf"b\.{have}: there is no .*b\.{lack} \(1 such\)"):
        read(str(tmp_path))


def test_when_brat_s_text_is_not_utf_8_then_the_byte_is_named(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"caf\xe9")
    write(tmp_path, "a.ann", "")
    with pytest.raises(GoldError, match=r"a\.txt: not UTF-8: byte 0xe9 at byte offset 3"):
        read(str(tmp_path))


OTHERS = [
    ("gliner", [{"tokenized_text": ["a"], "ner": [[0, 1, "X"]]}], r"record 1: the span \[0, 1, 'X'\] is out of range"),
    ("gliner", [{"tokenized_text": ["a"], "ner": [[0, "X"]]}], r"record 1: a span must be \[first token, last"),
    ("gliner", [{"tokenized_text": "a", "ner": []}], r"record 1: expected `tokenized_text`, a list; got 'a'"),
    ("gliner", [{"tokenized_text": [1], "ner": []}], r"record 1: `tokenized_text` must be a list of strings"),
    ("gliner", [{"tokenized_text": ["a"]}], r"record 1: expected `ner`, a list"),
    ("uniner", [conversation("a")], r"record 1: expected turns of human and gpt in turn"),
    ("uniner", [conversation("a", X="['a']")], r"record 1: the answer about 'X' must be a JSON list of strings"),
    ("uniner", [conversation("a", X="[1]")], r"record 1: the answer about 'X' must be a JSON list of strings"),
    (
        "uniner",
        [{"conversations": [*conversation("a", X=[])["conversations"], *conversation("a", X=[])["conversations"][2:]]}],
        r"record 1: 'X' is asked twice",
    ),
    (
        "uniner",
        [{"conversations": conversation("a", X=[])["conversations"][:3]}],
        r"record 1: expected turns of human and gpt in turn",
    ),
    ("labelstudio", [task(TEXT, region(0, 99, "X"))], r"record 1, region r: the offsets \[0, 99\)"),
    ("labelstudio", [task(TEXT, region(0, 3, "X", "Eve"))], r"record 1, region r: .*should read 'Eve'"),
    ("labelstudio", [task("😀 Ada", region(2, 5, "X"))], r"UTF-16 units cannot be told"),
    ("labelstudio", [task("😀 Ada", region(1, 5, "X", "Eve"))], r"record 1, region r: the offsets \[-1, 4\)"),
    ("labelstudio", [task(TEXT, annotations=[])], r"record 1: a task with no annotation"),
    ("labelstudio", [task(TEXT, annotations=[{"result": []}] * 2)], r"record 1: a task with 2 annotations"),
    ("labelstudio", [task(TEXT, {"type": "hypertextlabels"})], r"a region of type 'hypertextlabels'"),
    ("labelstudio", [task(TEXT, {"type": "labels", "value": {"start": 0}})], r"needs `start`, `end` and `labels`"),
    ("labelstudio", [task(TEXT, data={"a": "x", "b": "y"})], r"record 1: expected `text`, a string"),
    ("labelstudio", [task(TEXT), task(TEXT)], r"record 2: the id '7' is given twice, first: .*record 1"),
    ("prodigy", [{"text": TEXT, "spans": [{"start": 0, "end": 3}]}], r"record 1: a span needs .*`label`"),
    ("prodigy", [{"text": TEXT, "spans": [], "answer": "maybe"}], r"unknown answer 'maybe'; accepted: accept"),
    ("prodigy", [{"text": TEXT, "spans": [], "_view_id": "ner", "answer": "accept"}], r"a yes/no answer about one"),
    ("prodigy", [{"text": TEXT, "spans": [], "_input_hash": 5}] * 2, r"record 2: .*annotated already, .*record 1"),
    ("prodigy", [{"text": TEXT}], r"record 1: expected `spans`, a list"),
    ("prodigy", [{"text": TEXT, "spans": [], "answer": "reject"}], r"no document in it"),
    ("pubtator", "1|t|Ada\n1\t0\t3\tEve\tX\n", r"line 2: the 'X' at \[0, 3\) should read 'Eve' but the text has 'Ada'"),
    ("pubtator", "1|t|Ada\n1\t0\t9\tAda\tX\n", r"line 2: the offsets \[0, 9\)"),
    ("pubtator", "1|t|Ada\n2\t0\t3\tAda\tX\n", r"line 2: a line of '2' inside the document '1'"),
    ("pubtator", "1|t|Ada\n1 0 3 Ada X\n", r"line 2: expected PMID, START, END"),
    ("pubtator", "1|t|Ada\n1\t-1\t3\tAda\tX\n", r"line 2: expected PMID, START, END, MENTION and TYPE"),
    ("pubtator", "1|t|Ada\n1\t0\t3\tAda\n", r"line 2: expected PMID, START, END, MENTION and TYPE"),
    ("pubtator", "1\t0\t3\tAda\tX\n", r"line 1: expected a document's title, PMID\|t\|TITLE"),
    ("pubtator", "1|t|Ada\n1|a|x\n1|a|y\n", r"line 3: the abstract of 1 comes twice"),
    ("pubtator", "1|t|Ada\n\n1|t|Ada\n", r"line 3: the id '1' is given twice, first: .*line 1"),
]


@pytest.mark.parametrize(("format", "content", "message"), OTHERS)
def test_when_a_file_of_another_format_is_broken_then_the_error_names_the_place(tmp_path, format, content, message):
    path = write(tmp_path, "a.json", content)
    with pytest.raises(GoldError, match=f"^{re.escape(path)}.*(?:{message})"):
        read(path, format)


def test_when_a_docbin_was_never_annotated_then_it_is_no_gold(tmp_path):
    spacy = pytest.importorskip("spacy")
    path = tmp_path / "a.spacy"
    spacy.tokens.DocBin(docs=[spacy.blank("en")(TEXT)]).to_disk(path)
    with pytest.raises(GoldError, match="record 1: not, or only partly, annotated"):
        read(str(path))
    with pytest.raises(GoldError, match=r"record 1: no span group 'sc'; the document has \['ents'\]"):
        read(str(path), spans_key="sc")


def test_when_a_docbin_is_none_then_the_error_names_the_file(tmp_path):
    pytest.importorskip("spacy")
    with pytest.raises(GoldError, match=r"a\.spacy: cannot be read as a spaCy DocBin"):
        read(write(tmp_path, "a.spacy", "no"))


def test_when_spacy_is_missing_then_the_error_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "spacy.tokens", None)
    with pytest.raises(MissingExtraError, match=r"hybrid-ner\[spacy\]"):
        read(write(tmp_path, "a.spacy", "no"))


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.txt", "Ada lived.", "its beginning is like none that is known"),
        ("a.json", [{"text": "x", "labels": []}], "its beginning is like none that is known"),
        ("a.json", [{"text": "x", "entities": [], "spans": []}], "it could be any of jsonl, prodigy"),
    ],
)
def test_when_the_format_cannot_be_told_then_the_error_lists_the_formats(tmp_path, name, content, why):
    with pytest.raises(GoldError, match=f"{why}; name it with --gold-format: {', '.join(GOLD_FORMATS)}"):
        read(write(tmp_path, name, content))


@pytest.mark.parametrize("name", ["a.txt", "a.json", "a.jsonl", "a.conll", "a.pubtator"])
def test_when_a_file_is_empty_or_missing_then_the_error_names_it(tmp_path, name):
    with pytest.raises(GoldError, match=rf"{re.escape(name)}: (?:the file is empty|no document in it)"):
        read(write(tmp_path, name, ""))
    with pytest.raises(GoldError, match=r"none.*: cannot be read: No such file"):
        read(str(tmp_path / f"none{name}"))


def test_when_bytes_are_no_utf_8_or_no_gzip_then_the_error_says_where(tmp_path):
    (tmp_path / "a.conll").write_bytes(b"Ada\tO\ncaf\xe9\tO\n")
    with pytest.raises(GoldError, match=r"a\.conll, line 2: not UTF-8: byte 0xe9 at byte offset 9"):
        read(str(tmp_path / "a.conll"))
    with pytest.raises(GoldError, match=r"a\.jsonl\.gz.*: cannot be read"):
        read(write(tmp_path, "a.jsonl.gz", "no"))


def test_when_options_do_not_fit_then_the_accepted_ones_are_named(tmp_path):
    path = write(tmp_path, "a.conll", "a O\n")
    with pytest.raises(UsageError, match="unknown format of labelled data 'iob'; accepted: jsonl, conll"):
        list(read_gold(path, "iob"))
    with pytest.raises(UsageError, match="'conll' has no option spans_key; it has: column"):
        list(read_gold(path, spans_key="sc"))
    with pytest.raises(UsageError, match="unknown tagging scheme 'iob'; accepted: bio, bioes, iob1"):
        list(read_gold(path, scheme="iob"))
    with pytest.raises(UsageError, match="'jsonl' has no option column; it has: none"):
        list(read_gold(path, "jsonl", column=1))
    with pytest.raises(UsageError, match="unknown policy 'drop' for discontinuous mentions"):
        list(read_gold(str(tmp_path), discontinuous="drop"))
