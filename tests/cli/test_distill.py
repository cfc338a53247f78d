"""`hybrid-ner distill`: every step by itself from the command line, and one clear line when that cannot be."""

from __future__ import annotations

import json

import pytest
import yaml
from click.testing import CliRunner

from hybrid_ner.cli import cli
from hybrid_ner.training.corpora import load_training_corpora
from tests.distill import made
from tests.distill.server import TeacherServer

for package in ("datasketch", "py3langid", "httpx", "tenacity"):
    pytest.importorskip(package)


def call(*arguments):
    return CliRunner().invoke(cli, ["distill", *map(str, arguments)])


def refused(result, *parts, code=2):
    """One line on stderr that holds all `parts`."""
    assert result.exit_code == code, result.output
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("hybrid-ner: error: ")]
    assert all(part in line for part in parts), line


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with raw texts and a file of settings."""
    root = tmp_path_factory.mktemp("place")
    made.write_texts(root / "texts")
    sections = {"corpus": {"duplicate": 1.0, "quality": {"languages": []}}, "teacher": {"endpoint": made.ENDPOINT}}
    (root / "distill.yaml").write_text(yaml.safe_dump({**sections, "dataset": {"dev": 0.3}}))
    return root


def test_when_steps_are_called_one_by_one_then_each_takes_the_folder_of_the_one_before(place, tmp_path):
    with TeacherServer(forms=("plain", "cut")) as server:
        config = ("--config", place / "distill.yaml")
        corpus, answers, data = tmp_path / "corpus", tmp_path / "answers", tmp_path / "data"
        steps = [
            ("corpus", place / "texts", "--output", corpus, "--passages", 30, *config),
            ("teach", corpus, "--output", answers, "--teacher", server.spec, *config),
            ("stats", answers, "--output", tmp_path / "stats"),
            ("dataset", answers, "--output", data, "--licence", "CC0", "--open-licence", *config),
        ]
        said = []
        for state in ("made", "unchanged"):
            for step in steps:
                result = call("--quiet", *step)
                assert result.exit_code == 0, result.output
                assert result.stdout.startswith(f"{state}: {step[step.index('--output') + 1]}\n")
                said.append(result.stdout)
        assert set(server.paid.values()) == {1} and len(server.paid) == 30
    assert "30 sampled" in said[0] and "30 passages" in said[1] and "top 1 %" in said[2] and "distilled" in said[3]
    assert (tmp_path / "answers.cache").is_file()
    corpora = load_training_corpora(data, open_licence_only=True)
    assert [corpus.licence for corpus in corpora] == ["CC0", "CC0"]


def test_when_all_is_run_from_one_file_then_it_says_what_was_made(place, tmp_path):
    with TeacherServer() as server:
        config = made.write_config(tmp_path / "run.yaml", place / "texts", server.spec, corpus={"passages": 8})
        first, again = (call("run", config, "--work", tmp_path / "work") for _ in range(2))
    assert first.stdout == f"{tmp_path / 'work'}: made corpus, teach, stats, dataset\n"
    assert again.stdout == f"{tmp_path / 'work'}: everything is done already\n"


def test_when_some_passages_have_no_answer_then_the_exit_code_says_so(place, tmp_path):
    corpus = tmp_path / "corpus"
    call("corpus", place / "texts", "--output", corpus, "--passages", 9, "--config", place / "distill.yaml")
    settings = {"teacher": {"endpoint": {**made.ENDPOINT, "tries": 1}}}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(settings))
    with TeacherServer(faults=("none", "none", "500")) as server:
        step = ("-q", "teach", corpus, "--output", tmp_path / "a", "--teacher", server.spec)
        step = (*step, "--config", tmp_path / "own.yaml")
        refused(call(*step), "of 9 passages have no answer", "HTTP 500", "run again", code=3)
        assert call(*step).exit_code == 0
        assert set(server.paid.values()) == {1}


def test_when_arguments_are_wrong_then_they_are_named(place, tmp_path):
    refused(call("corpus", "--output", tmp_path / "c"), "no inputs")
    refused(call("corpus", tmp_path / "nowhere", "--output", tmp_path / "c"), "nowhere")
    refused(call("corpus", place / "texts", "--output", tmp_path / "c", "--tokens", 5), "tokens is 5")
    refused(call("corpus", place / "texts", "--output", tmp_path / "c", "--config", tmp_path / "no.yaml"), "no.yaml")
    refused(call("teach", tmp_path / "c", "--output", tmp_path / "a", "--teacher", "gpt"), "endpoint:URL#MODEL")
    refused(call("stats", tmp_path / "a", "--output", tmp_path / "s"), "no finished step 'teach'")
    refused(call("run", tmp_path / "no.yaml", "--work", tmp_path / "w"), "no.yaml")
    refused(call("rounds", tmp_path / "c", "--output", tmp_path / "r"), "rounds", "gold")
    (tmp_path / "bad.yaml").write_text(json.dumps({"corpus": []}))
    assert call("corpus", place / "texts", "--output", tmp_path / "c", "--config", tmp_path / "bad.yaml").exit_code == 0
    assert call("--help").exit_code == 0 and "corpus" in call("--help").stdout
