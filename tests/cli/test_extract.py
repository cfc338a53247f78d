"""`hybrid-ner extract` as a user calls it: what is read and written, what reaches the extractor."""

from __future__ import annotations

import json
import sys

import pytest

from tests.fakes import FakeExtractor


def test_when_a_text_file_is_given_then_one_record_with_exact_spans_comes_out(extract, tmp_path):
    (tmp_path / "a.txt").write_text("Zoë met Ada 🎉 in Rome.\n", encoding="utf-8")
    result = extract("a.txt")
    assert result.code == 0
    (record,) = result.records
    assert list(record) == ["id", "text", "entities"]
    assert [e["text"] for e in record["entities"]] == ["Zoë", "Ada", "Rome"]
    assert all(record["text"][e["start"] : e["end"]] == e["text"] for e in record["entities"])


def test_when_jsonl_is_given_then_order_ids_and_other_fields_are_kept(extract, corpus):
    result = extract(corpus, "--batch-size", 5)
    assert result.code == 0
    assert [(r["id"], r["n"]) for r in result.records] == [(n, n) for n in range(12)]


def test_when_standard_input_is_given_then_it_is_read(extract):
    result = extract("-", stdin="Ada is here")
    assert [e["text"] for e in result.records[0]["entities"]] == ["Ada"]


def test_when_a_folder_holds_its_own_output_then_the_output_is_not_read(extract, corpus, tmp_path):
    first = extract(tmp_path, "--output", "out.jsonl")
    written = (tmp_path / "out.jsonl").read_bytes()
    second = extract(tmp_path, "--output", "out.jsonl")
    assert (first.code, second.code) == (0, 0)
    assert (tmp_path / "out.jsonl").read_bytes() == written
    assert len(written.splitlines()) == 12


@pytest.mark.parametrize("pattern", ["*", "**"])
def test_when_a_glob_matches_the_run_s_own_files_then_they_are_not_read(extract, corpus, tmp_path, pattern):
    extract(corpus, "--output", "out.jsonl")
    result = extract(tmp_path / pattern, "--output", "out.jsonl")
    assert result.code == 0
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 12


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("out.jsonl", '{"id": 0'),
        ("out.CSV", "id,start,end"),
        ("out.conll", "# id = 0"),
        ("out.html", "<!DOCTYPE html>"),
        ("out.unknown", '{"id": 0'),
    ],
)
def test_when_no_format_is_given_then_the_output_s_suffix_decides(extract, corpus, tmp_path, name, start):
    assert extract(corpus, "--output", name).code == 0
    assert (tmp_path / name).read_text(encoding="utf-8").lower().startswith(start.lower())


def test_when_a_format_is_given_then_it_wins_over_the_suffix(extract, corpus, tmp_path):
    extract(corpus, "--output", "out.jsonl", "--format", "csv")
    assert (tmp_path / "out.jsonl").read_text().startswith("id,")


def test_when_brat_or_spacy_is_asked_for_then_files_are_written(extract, corpus, tmp_path):
    pytest.importorskip("spacy")
    assert extract(corpus, "--output", "folder", "--format", "brat").code == 0
    assert len(list((tmp_path / "folder").glob("*.ann"))) == 12
    assert extract(corpus, "--output", "out.spacy").code == 0
    assert (tmp_path / "out.spacy").stat().st_size > 0
    assert not (tmp_path / "out.spacy.progress").exists()


def test_when_explain_is_asked_for_then_decisions_are_written(extract, corpus):
    assert "decisions" not in extract(corpus).records[0]
    assert len(extract(corpus, "--explain").records[0]["decisions"]) == 2


@pytest.mark.parametrize("workers", [1, 2])
def test_when_options_are_given_then_the_extractor_gets_them(monkeypatch, extract, corpus, workers):
    jobs = []

    def load(job):
        jobs.append(job)
        return FakeExtractor()

    monkeypatch.setattr("hybrid_ner.cli.extract.load_extractor", load)
    monkeypatch.setattr(
        "hybrid_ner.workers.map_batches", lambda batches, job, load, n: iter(jobs.append((job, n)) or ())
    )
    options = "--threshold 0.4 --overlap nested --rules a --rules b --no-index --student s --device cuda"
    options += " --close-calls both --margin 0.2"
    extract(corpus, *options.split(), "--batch-size", 3, "--workers", workers, types="x,y")
    job = jobs[0]
    assert (job.types.names, job.threshold, job.overlap, job.rules) == (("x", "y"), 0.4, "nested", ("a", "b"))
    assert (job.close_calls, job.margin) == ("both", 0.2)
    assert (job.use_index, job.student, job.device, job.batch_size) == (False, "s", "cuda", 3)
    assert jobs[1:] == ([] if workers == 1 else [(job, 2)])


@pytest.mark.parametrize(("options", "rules"), [([], None), (["--no-rules"], ()), (["--rules", "p"], ("p",))])
def test_when_rules_are_left_out_switched_off_or_named_then_the_extractor_knows(
    monkeypatch, extract, corpus, options, rules
):
    jobs = []
    monkeypatch.setattr(
        "hybrid_ner.cli.extract.load_extractor", lambda job: jobs.append(job) or FakeExtractor()
    )
    extract(corpus, *options)
    assert jobs[0].rules == rules


@pytest.mark.parametrize("form", ["jsonl", "csv", "conll"])
def test_when_workers_share_the_work_then_the_output_is_the_same(extract, corpus, tmp_path, form):
    with open(corpus, "a") as file:
        file.write('broken\n{"text": "FAIL"}\n{"text": "Eve"}\n')
    one = extract(corpus, "missing.txt", "--format", form, "--output", "one", "--batch-size", 2)
    two = extract(
        corpus, "missing.txt", "--format", form, "--output", "two", "--batch-size", 2, "--workers", 2
    )
    assert (one.code, two.code) == (3, 3)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_when_stderr_is_no_terminal_and_all_goes_well_then_nothing_is_said(extract, corpus):
    result = extract(corpus, "--output", "out.jsonl")
    assert (result.out, result.err) == ("", "")


def test_when_stderr_is_a_terminal_then_a_bar_and_a_last_line_are_shown_unless_quiet(
    extract, corpus, monkeypatch
):
    monkeypatch.setattr("hybrid_ner.cli.report.is_terminal", lambda: True)
    shown = extract(corpus, "--output", "out.jsonl")
    assert " documents" in shown.err
    assert "12 documents, 24 entities -> out.jsonl" in shown.err
    assert extract(corpus, "--output", "out.jsonl", "--quiet").err == ""


def test_when_verbose_then_the_log_is_shown_without_document_text(extract, tmp_path):
    (tmp_path / "a.txt").write_text("Secretive RAISE")
    result = extract("a.txt", "--verbose")
    assert result.code == 3
    assert "DEBUG hybrid_ner.batch" in result.err
    assert "Secretive" not in result.err


def test_when_help_is_asked_for_then_no_heavy_module_is_imported():
    import subprocess

    check = (
        "import sys\n"
        "from hybrid_ner.cli import cli\n"
        "for arguments in (['--help'], ['extract', '--help']):\n"
        "    cli(arguments, standalone_mode=False)\n"
        "heavy = {'torch', 'transformers', 'spacy', 'onnxruntime', 'faiss', 'tokenizers', 'rapidfuzz'}\n"
        "print(json.dumps(sorted(heavy & set(sys.modules))))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", "import json\n" + check], capture_output=True, text=True, check=True
    )
    assert "extract" in done.stdout
    assert json.loads(done.stdout.splitlines()[-1]) == []
