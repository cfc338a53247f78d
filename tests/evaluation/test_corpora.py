from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluation.corpora import CorpusError, read_corpus, read_sentences
from evaluation.suites import SUITES, read_suite
from tests.evaluation.made import PEOPLE, TEXT, row, write_corpus, write_lines


def test_when_a_corpus_is_read_then_its_types_and_spans_carry_natural_names(data):
    corpus = read_corpus(data / "people")
    assert [(t.label, t.name) for t in corpus.types] == [("PER", "person"), ("LOC", "location")]
    assert corpus.splits == ("dev", "test") and not corpus.nested
    first, *_ = sentences = read_sentences(corpus, "dev")
    assert len(sentences) == 3
    assert {(TEXT[s:e], t) for s, e, t in first.gold} == {
        ("Ada Lovelace", "person"),
        ("Charles Babbage", "person"),
        ("London", "location"),
    }


def test_when_a_limit_is_given_then_only_the_first_sentences_are_read(data):
    assert [s.id for s in read_sentences(read_corpus(data / "people"), "dev", limit=2)] == ["s0", "s1"]


def test_when_the_corpus_has_an_else_class_then_it_is_neither_asked_nor_gold(data):
    corpus = read_corpus(data / "crossner_made")
    assert [t.name for t in corpus.types] == ["organization"] and corpus.left_out == {"misc"}
    assert [len(s.gold) for s in read_sentences(corpus, "test")] == [1]


def test_when_the_else_class_is_kept_then_it_is_asked_and_gold(data):
    corpus = read_corpus(data / "crossner_made", keep_else=True)
    assert [t.name for t in corpus.types] == ["organization", "miscellaneous"]
    assert [len(s.gold) for s in read_sentences(corpus, "test")] == [2]


def test_when_another_corpus_has_a_label_misc_then_it_stays(tmp_path):
    rows = {"test": [row(0, "a", ("a", "misc"))]}
    write_corpus(tmp_path, "other", types={"misc": {"name": "part"}}, rows=rows)
    assert read_corpus(tmp_path / "other").types[0].name == "part"


def test_when_a_gold_span_is_given_twice_then_it_counts_once(tmp_path):
    rows = {"dev": [row(0, TEXT, ("London", "LOC"), ("London", "LOC"))]}
    write_corpus(tmp_path, "c", types=PEOPLE, rows=rows)
    assert len(read_sentences(read_corpus(tmp_path / "c"), "dev")[0].gold) == 1


GOOD = json.dumps(row(0, TEXT, ("London", "LOC")))


def with_span(start, end, label="LOC") -> str:
    return json.dumps({"id": "a", "text": "x", "entities": [{"start": start, "end": end, "type": label}]})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{not json", "not JSON"),
        ("[1]", "expected a JSON object"),
        ('{"id": "a", "text": "x"}', "expected `id`"),
        ('{"text": "x", "entities": []}', "expected `id`"),
        (with_span(0, 2), r"\[0, 2\) are out of range"),
        (with_span(1, 1), r"\[1, 1\) are out of range"),
        (with_span(-1, 1), "out of range"),
        (with_span(0, True), "out of range"),
        (with_span(0, 1, "ORG"), "unknown label 'ORG'"),
        ('{"id": "a", "text": "x", "entities": [{"start": 0, "end": 1}]}', "needs `start`, `end` and `type`"),
        (GOOD, "'s0' is given twice"),
    ],
)
def test_when_a_line_is_wrong_then_the_error_names_file_and_line(tmp_path, line, message):
    folder = write_corpus(tmp_path, "c", types=PEOPLE, rows={})
    write_lines(folder / "dev.jsonl.gz", [GOOD, "", line])
    with pytest.raises(CorpusError, match=f"dev.jsonl.gz, line 3: .*{message}"):
        read_sentences(read_corpus(folder), "dev")


def test_when_spans_overlap_then_only_a_nested_corpus_may_have_them(tmp_path):
    rows = {"dev": [row(0, "x"), row(1, TEXT, ("Ada Lovelace", "PER"), ("Lovelace", "LOC"))]}
    nested = write_corpus(tmp_path, "nested", types=PEOPLE, rows=rows, nested=True)
    flat = write_corpus(tmp_path, "flat", types=PEOPLE, rows=rows)
    assert len(read_sentences(read_corpus(nested), "dev")) == 2
    message = r"dev.jsonl.gz, line 2: 'person' \[0, 12\) and 'location' \[4, 12\) overlap, .* `nested: true`"
    with pytest.raises(CorpusError, match=message):
        read_sentences(read_corpus(flat), "dev")


def test_when_a_split_is_empty_or_missing_then_the_error_says_which(tmp_path):
    folder = write_corpus(tmp_path, "c", types=PEOPLE, rows={"dev": []})
    with pytest.raises(CorpusError, match="split 'dev' is empty"):
        read_sentences(read_corpus(folder), "dev")
    with pytest.raises(CorpusError, match=r"no split 'test'; the corpus has \['dev'\]"):
        read_sentences(read_corpus(folder), "test")


def test_when_a_split_is_cut_short_or_not_gzip_then_the_error_names_the_file(data):
    path = data / "people" / "dev.jsonl.gz"
    whole = path.read_bytes()
    for damaged in (whole[:-12], b"plain text"):
        path.write_bytes(damaged)
        with pytest.raises(CorpusError, match=r"dev\.jsonl\.gz, after line"):
            read_sentences(read_corpus(data / "people"), "dev")


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ("types: [", "not readable as YAML"),
        ("name: c", "non-empty mapping `types`"),
        ("types: {A: {definition: x}}", "type 'A' has no `name`"),
        ("types: {A: {name: Thing}, B: {name: thing}}", "'A' and 'B' share the name"),
        ("{partial: true, types: {A: {name: thing}}}", "cannot be scored"),
    ],
)
def test_when_a_manifest_is_wrong_then_the_error_names_it(tmp_path: Path, manifest, message):
    (tmp_path / "manifest.yaml").write_text(manifest)
    with pytest.raises(CorpusError, match=f"manifest.yaml: .*{message}"):
        read_corpus(tmp_path)


def test_when_a_suite_is_read_then_it_holds_the_corpora_of_its_role_in_catalog_order(data):
    assert [c.name for c in read_suite(SUITES["dev"], data)] == ["people", "schools"]
    assert [c.name for c in read_suite(SUITES["zero-shot"], data)] == ["crossner_made"]
    assert [c.name for c in read_suite(SUITES["dev"], data, only=("schools",))] == ["schools"]


def test_when_a_suite_lacks_the_corpus_asked_for_then_the_error_lists_what_it_has(data):
    with pytest.raises(CorpusError, match=r"\['people', 'schools'\], not \['crossner_made'\]"):
        read_suite(SUITES["dev"], data, only=("crossner_made",))


def test_when_there_is_no_catalog_then_the_error_names_the_file(tmp_path):
    with pytest.raises(CorpusError, match=r"catalog\.yaml: no such file"):
        read_suite(SUITES["dev"], tmp_path)
