"""Exit codes and messages: 2 with nothing written, 3 with the others done, one line and no traceback."""

from __future__ import annotations

import pytest

from hybrid_ner.errors import ModelError, RulePackError


def refused(result, *parts):
    """Asserts exit code 2, one line on stderr holding all `parts`, nothing on stdout."""
    assert result.code == 2
    assert result.out == ""
    assert len(result.err.splitlines()) == 1
    assert result.err.startswith("hybrid-ner: error: ")
    for part in parts:
        assert part in result.err


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (["--threshold", "1.5"], ["--threshold", "1.5"]),
        (["--threshold", "nan"], ["--threshold", "nan"]),
        (["--threshold", "high"], ["--threshold", "high"]),
        (["--overlap", "some"], ["--overlap", "some", "nested"]),
        (["--format", "xml"], ["--format", "xml", "jsonl"]),
        (["--device", "tpu"], ["--device", "tpu", "cuda"]),
        (["--batch-size", "0"], ["--batch-size", "0"]),
        (["--workers", "0"], ["--workers", "0"]),
        (["--workers", "two"], ["--workers", "two"]),
        (["--rules", "p", "--no-rules"], ["--rules p", "--no-rules"]),
        (["--unheard-of"], ["--unheard-of"]),
        (["--resume"], ["--resume", "--output"]),
        (["--resume", "--format", "html"], ["--resume", "html", "jsonl, csv, conll"]),
        (["--resume", "--format", "brat"], ["--resume", "brat"]),
        (["--resume", "--format", "spacy"], ["--resume", "spacy"]),
    ],
)
def test_when_an_option_is_bad_then_2_one_clear_line_and_no_output_file(
    extract, corpus, tmp_path, options, parts
):
    output = [] if options == ["--resume"] else ["--output", "out"]
    refused(extract(corpus, *options, *output), *parts)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus.jsonl"]


@pytest.mark.parametrize("types", ["", " , ", "a,A", "missing.yaml", "bad.yaml"])
def test_when_types_are_bad_then_2_and_no_output_file(extract, corpus, tmp_path, types):
    (tmp_path / "bad.yaml").write_text("- name: a\n  colour: red\n")
    refused(extract(corpus, "--output", "out", types=types))
    assert not (tmp_path / "out").exists()


def test_when_input_or_types_are_missing_then_2(extract, corpus):
    refused(extract(), "INPUT")
    refused(extract(corpus, types=None), "--types")


@pytest.mark.parametrize(
    "error", [ModelError("no student at 's'"), RulePackError("pack.yaml, line 3: rule 'x'")]
)
@pytest.mark.parametrize("workers", [1, 2])
def test_when_student_or_rules_cannot_be_loaded_then_2_and_no_output_file(
    extract, corpus, tmp_path, monkeypatch, error, workers
):
    def load(job):
        raise error

    monkeypatch.setattr("hybrid_ner.cli.extract.load_extractor", load)
    refused(extract(corpus, "--output", "out", "--workers", workers), str(error))
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "out.progress").exists()


def test_when_the_output_cannot_be_written_then_2_and_an_existing_one_stays(extract, corpus, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine")
    refused(extract(corpus, "--output", "nowhere/out.jsonl"), "nowhere", "create it")
    refused(extract(corpus, "--output", "folder"), "folder", "--format brat")
    refused(extract(corpus, "--output", "file", "--format", "brat"), "file")
    refused(extract(corpus, "--format", "spacy"), "spacy", "--output")
    assert (tmp_path / "file").read_text() == "mine"


def test_when_the_output_is_an_input_then_2_and_the_input_stays(extract, corpus, tmp_path):
    before = corpus.read_bytes()
    refused(extract("corpus.jsonl", "--output", corpus), "corpus.jsonl")
    refused(extract(tmp_path, "--output", "brat", "--format", "brat"), "brat")
    assert corpus.read_bytes() == before


def test_when_some_documents_fail_then_3_each_has_a_record_and_the_rest_are_done(extract, tmp_path):
    (tmp_path / "good.txt").write_text("Ada")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    (tmp_path / "lines.jsonl").write_text(
        '{"text": "Bob"}\n{"text": \n{"id": 7}\n{"text": "FAIL"}\n[1]\n{"text": "RAISE"}\n'
    )
    (tmp_path / "empty").mkdir()
    result = extract("good.txt", "latin.txt", "lines.jsonl", "missing.txt", "empty", "*.pdf")
    assert result.code == 3
    done = [[e["text"] for e in r["entities"]] for r in result.records if "error" not in r]
    assert done == [["Ada"], ["Bob"]]
    errors = [r["error"] for r in result.records if "error" in r]
    parts = [
        "latin.txt",
        "lines.jsonl, line 2",
        "lines.jsonl, line 3",
        "told to fail",
        "line 5",
        "told to raise",
    ]
    for error, part in zip(errors, [*parts, "missing.txt", "empty", "*.pdf"], strict=True):
        assert part in error
    assert "9 of 11 documents failed" in result.err
    assert "Traceback" not in result.err


def test_when_no_input_exists_then_each_is_reported_and_3(extract):
    result = extract("a.txt", "b.txt")
    assert result.code == 3
    assert [record["id"] for record in result.records] == ["a.txt", "b.txt"]
    assert all("error" in record for record in result.records)


def test_when_very_many_documents_fail_then_only_the_first_are_told_on_stderr(extract, tmp_path):
    (tmp_path / "bad.jsonl").write_text("bad\n" * 500)
    result = extract("bad.jsonl")
    assert len(result.records) == 500
    assert len(result.err.splitlines()) < 15
    assert extract("bad.jsonl", "--quiet").err == ""


def test_when_something_unexpected_happens_then_1_and_one_line_unless_verbose(extract, corpus, monkeypatch):
    def load(job):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("hybrid_ner.cli.extract.load_extractor", load)
    result = extract(corpus)
    assert result.code == 1
    assert "unexpected ZeroDivisionError: oops" in result.err
    assert len(result.err.splitlines()) == 1
    assert "Traceback" in extract(corpus, "--verbose").err


def test_when_a_command_does_not_exist_then_2(extract):
    from click.testing import CliRunner

    from hybrid_ner.cli import cli

    result = CliRunner().invoke(cli, ["extrakt"])
    assert result.exit_code == 2
    assert "extrakt" in result.stderr
