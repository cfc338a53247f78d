"""`hybrid-ner extract` with the embedded student on real files: every kind of input, every format, --resume."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

import hybrid_ner.cli.extract as command
from hybrid_ner.cli import cli
from tests.students.embedded import SENTENCE, TEXTS, TYPES, embedded

ASKED = ",".join(TYPES)


@pytest.fixture
def extract(monkeypatch, tmp_path):
    """Calls `extract` in this process, in an empty folder, with the student already loaded."""
    monkeypatch.setattr(command, "load_extractor", lambda job: embedded())
    return caller(monkeypatch, tmp_path)


@pytest.fixture
def extract_anew(monkeypatch, tmp_path):
    """Calls `extract` in this process, in an empty folder; the command loads what it needs."""
    monkeypatch.setenv("HYBRID_NER_CACHE", str(tmp_path / "cache"))
    return caller(monkeypatch, tmp_path)


def caller(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(*arguments, types=ASKED, stdin=None):
        result = CliRunner().invoke(cli, ["extract", *map(str, arguments), "--types", types], input=stdin)
        records = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
        return SimpleNamespace(code=result.exit_code, out=result.stdout, err=result.stderr, records=records)

    return call


def write_jsonl(path, texts):
    lines = [json.dumps({"id": f"d{n}", "text": text, "page": n}) for n, text in enumerate(texts)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def persons(record):
    return [entity["text"] for entity in record["entities"] if entity["type"] == "person"]


def expected_entities(text, **options):
    return [(e.start, e.end, e.text, e.type) for e in embedded().extract(text, TYPES, **options).entities]


def entities_of(record):
    return [(e["start"], e["end"], e["text"], e["type"]) for e in record["entities"]]


def test_when_a_text_file_is_given_then_it_is_one_document_with_the_path_as_id(extract, tmp_path):
    (tmp_path / "a.txt").write_text(SENTENCE, encoding="utf-8")
    result = extract("a.txt")
    assert (result.code, result.err) == (0, "")
    (record,) = result.records
    assert (record["id"], record["text"]) == ("a.txt", SENTENCE)
    assert entities_of(record) == expected_entities(SENTENCE)
    assert persons(record) == ["Marie Curie"]


def test_when_a_jsonl_file_is_given_then_fields_pass_through_and_the_order_stays(extract, tmp_path):
    result = extract(write_jsonl(tmp_path / "in.jsonl", TEXTS))
    assert result.code == 0
    assert [(r["id"], r["page"], r["text"]) for r in result.records] == [(f"d{n}", n, t) for n, t in enumerate(TEXTS)]
    assert [entities_of(record) for record in result.records] == [expected_entities(text) for text in TEXTS]


def test_when_a_folder_or_a_glob_is_given_then_its_files_are_read_in_order(extract, tmp_path):
    (tmp_path / "corpus").mkdir()
    for n, text in enumerate(TEXTS[:3]):
        (tmp_path / "corpus" / f"{n}.txt").write_text(text, encoding="utf-8")
    write_jsonl(tmp_path / "corpus" / "9.jsonl", TEXTS[3:5])
    assert [r["text"] for r in extract("corpus").records] == list(TEXTS[:5])
    assert [r["text"] for r in extract(os.path.join("corpus", "*.txt")).records] == list(TEXTS[:3])


@pytest.mark.parametrize("stdin", [SENTENCE, json.dumps({"id": "x", "text": SENTENCE, "page": 7})])
def test_when_standard_input_is_given_then_it_is_a_text_or_records(extract, stdin):
    (record,) = extract("-", stdin=stdin).records
    assert entities_of(record) == expected_entities(SENTENCE)
    assert record.get("page") == (7 if stdin.startswith("{") else None)


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("jsonl", "o.jsonl"),
        ("csv", "o.csv"),
        ("conll", "o.conll"),
        ("html", "o.html"),
        ("spacy", "o.spacy"),
        ("brat", "o"),
    ],
)
def test_every_format_is_written_and_names_the_person(extract, tmp_path, form, name):
    if form == "spacy":
        pytest.importorskip("spacy")
    result = extract(write_jsonl(tmp_path / "in.jsonl", TEXTS), "--output", name, "--format", form)
    assert (result.code, result.out) == (0, "")
    files = sorted((tmp_path / name).glob("*.ann")) if form == "brat" else [tmp_path / name]
    content = b"".join(file.read_bytes() for file in files)
    if form == "spacy":
        import spacy
        from spacy.tokens import DocBin

        docs = list(DocBin().from_bytes(content).get_docs(spacy.blank("xx").vocab))
        assert len(docs) == len(TEXTS)
        assert "Marie Curie" in {ent.text for doc in docs for ent in doc.ents}
    else:
        assert b"Marie" in content
        assert b"Curie" in content
        assert b"person" in content or b"PERSON" in content


def test_when_explain_is_asked_for_then_every_entity_has_a_kept_decision_and_every_dropped_one_a_reason(
    extract, tmp_path
):
    source = write_jsonl(tmp_path / "in.jsonl", TEXTS)
    plain, explained = extract(source), extract(source, "--explain")
    for before, record in zip(plain.records, explained.records, strict=True):
        assert before["entities"] == record["entities"]
        kept = [d for d in record["decisions"] if d["kept"]]
        assert {(d["start"], d["end"], d["type"]) for d in kept} == {
            (start, end, name) for start, end, _, name in entities_of(record)
        }
        assert all(d["reason"] and d["steps"] for d in record["decisions"] if not d["kept"])


def test_when_types_come_from_a_file_then_its_definitions_and_thresholds_are_used(extract, tmp_path):
    listed = "- {name: person, definition: a human being, threshold: 1.0}\n- {name: location, definition: a place}\n"
    (tmp_path / "types.yaml").write_text(listed, encoding="utf-8")
    (record,) = extract("-", stdin=SENTENCE, types="types.yaml").records
    assert {entity["type"] for entity in record["entities"]} == {"location"}


@pytest.mark.parametrize(
    ("arguments", "types", "part"),
    [
        (["--student", "no-such-student"], ASKED, "no-such-student"),
        (["--rules", "no-such-pack"], ASKED, "no-such-pack"),
        (["--threshold", "2"], ASKED, "2"),
        ([], "", "empty"),
        ([], "person,Person", "named twice"),
        (["--format", "brat", "--output", "x", "--resume"], ASKED, "--resume"),
    ],
)
def test_when_something_asked_for_cannot_be_then_exit_two_and_nothing_is_written(
    extract_anew, tmp_path, arguments, types, part
):
    write_jsonl(tmp_path / "in.jsonl", TEXTS)
    output = [] if "--output" in arguments else ["--output", "out.jsonl"]
    result = extract_anew("in.jsonl", *output, *arguments, types=types)
    assert result.code == 2
    assert part in result.err
    assert "Traceback" not in result.err
    assert {path.name for path in tmp_path.iterdir()} <= {"in.jsonl", "cache"}


def test_when_cuda_is_asked_for_and_not_there_then_exit_two_with_a_hint(extract_anew, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    result = extract_anew("-", "--device", "cuda", stdin=SENTENCE)
    assert result.code == 2
    assert "no CUDA device" in result.err and "--device cpu" in result.err


def test_when_some_documents_fail_then_exit_three_and_the_others_are_done(extract, tmp_path):
    (tmp_path / "in.jsonl").write_text(
        "\n".join(
            [
                json.dumps({"text": SENTENCE}),
                "{broken",
                '{"text": "\\ud800"}',
                '{"n": 1}',
                json.dumps({"text": SENTENCE}),
            ]
        )
    )
    (tmp_path / "latin.txt").write_bytes("Köln".encode("latin1"))
    result = extract("in.jsonl", "latin.txt", "missing.txt")
    assert result.code == 3
    assert ["error" in record for record in result.records] == [False, True, True, True, False, True, True]
    assert persons(result.records[0]) == persons(result.records[4]) == ["Marie Curie"]
    assert "5 of 7 documents failed" in result.err
    assert "Traceback" not in result.err


def test_when_two_processes_share_the_work_then_the_output_is_the_same_byte_for_byte(extract_anew, tmp_path):
    source = write_jsonl(tmp_path / "in.jsonl", [*TEXTS, " ".join(TEXTS) * 5, *TEXTS])
    for workers in (1, 2):
        options = ("--output", f"{workers}.jsonl", "--workers", workers, "--batch-size", 3, "--explain")
        assert extract_anew(source, *options).code == 0
    assert (tmp_path / "1.jsonl").read_bytes() == (tmp_path / "2.jsonl").read_bytes()


def test_when_the_program_is_killed_midway_and_resumed_then_the_output_is_that_of_a_run_never_killed(extract, tmp_path):
    # A long document in the middle: the run is in it when it is killed.
    source = write_jsonl(tmp_path / "in.jsonl", [*TEXTS, (SENTENCE + " ") * 200, *TEXTS])
    assert extract(source, "--output", "whole.jsonl", "--batch-size", 2).code == 0
    whole = (tmp_path / "whole.jsonl").read_bytes()
    output = tmp_path / "out.jsonl"
    program = [sys.executable, "-c", "from hybrid_ner.cli import main; main()", "extract", source, "--types", ASKED]
    process = subprocess.Popen(
        [*program, "--output", output, "--batch-size", "2"],
        env={**os.environ, "HYBRID_NER_CACHE": str(tmp_path / "cache")},
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 120
    while not (output.exists() and output.read_bytes().count(b"\n") >= 4) and time.monotonic() < deadline:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    process.kill()
    process.communicate()
    killed = output.read_bytes()
    assert 4 <= killed.count(b"\n") < whole.count(b"\n")
    assert extract(source, "--output", "out.jsonl", "--batch-size", 2, "--resume").code == 0
    assert output.read_bytes() == whole
    assert not (tmp_path / "out.jsonl.progress.tmp").exists()
