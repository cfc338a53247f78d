"""`hybrid-ner evaluate` as a user calls it, with the real pipeline around a student that finds capitals."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from hybrid_ner.cli import cli
from hybrid_ner.extractor import HybridNER
from hybrid_ner.rules import load_packs
from tests.fakes import CapitalsStudent

GOLD = "Ada\tB-PER\nmet\tO\nBob\tB-PER\n.\tO\n\nRome\tB-LOC\nburns\tO\n"


@pytest.fixture
def jobs(monkeypatch):
    """The jobs that were loaded."""
    seen = []

    def load(job):
        seen.append(job)
        return HybridNER(CapitalsStudent(), load_packs(job.rules or ()), job.use_index)

    monkeypatch.setattr("hybrid_ner.cli.evaluate.load_extractor", load)
    return seen


@pytest.fixture
def call(jobs, monkeypatch, tmp_path):
    """Calls `evaluate` in a folder with gold.conll."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gold.conll").write_text(GOLD)

    def run(*arguments, types="person,city", mapped=("PER=person", "LOC=city"), gold="gold.conll"):
        maps = [part for item in mapped for part in ("--map", item)]
        result = CliRunner().invoke(cli, ["evaluate", gold, "--types", types, *maps, *map(str, arguments)])
        report = json.loads(result.stdout) if result.stdout.startswith("{") else None
        return SimpleNamespace(code=result.exit_code, out=result.stdout, err=result.stderr, report=report)

    return run


def test_when_gold_is_scored_then_json_says_how_and_what(call, jobs):
    result = call("--format", "json", "--no-index", "--threshold", 0.85)
    assert result.code == 0
    report = result.report
    assert (report["tp"], report["fp"], report["fn"], report["f1"]) == (2, 1, 1, 66.67)
    assert report["boundary"]["f1"] == 100.0
    assert report["macro_f1"] == 40.0
    assert set(report["per_type"]) == {"person", "city"}
    assert (report["source"], report["documents"], report["gold"], report["predicted"]) == ("gold.conll", 2, 3, 3)
    assert (report["threshold"], report["overlap"], report["index"]) == (0.85, "flat", False)
    assert jobs[0].threshold == 0.85


def test_when_gold_is_scored_then_text_has_the_same_figures(call):
    result = call("--per-type")
    assert result.code == 0
    assert "gold.conll: 2 documents, 3 gold and 3 predicted entities" in result.out
    rows = {line.split()[0]: line.split()[1:] for line in result.out.splitlines() if line[:1].isalpha()}
    assert rows["strict"] == ["66.67", "66.67", "66.67", "2", "1", "1"]
    assert rows["boundary"] == ["100.00", "100.00", "100.00", "3", "0", "0"]
    assert rows["macro"] == ["40.00"]
    assert rows["person"] == ["66.67", "100.00", "80.00", "2", "1", "0"]
    assert rows["city"] == ["0.00", "0.00", "0.00", "0", "0", "1"]


def test_when_rows_for_types_are_not_asked_then_there_are_none(call):
    assert not any(line.startswith("person") for line in call().out.splitlines())


def test_when_a_type_is_neither_gold_nor_predicted_then_its_row_says_so(call):
    assert "river" in call("--per-type", types="person,city,river").out
    assert "neither gold nor predicted" in call("--per-type", types="person,city,river").out


def test_when_a_label_is_left_out_then_the_output_says_how_many_spans(call):
    result = call(types="person", mapped=("PER=person", "LOC="))
    assert result.code == 0
    assert "1 gold spans left out: their label is mapped to nothing" in result.out


def test_when_gold_is_nested_then_nested_spans_are_asked_for_unless_told_otherwise(call, jobs, tmp_path):
    entities = [{"start": 0, "end": 8, "type": "person"}, {"start": 4, "end": 8, "type": "city"}]
    (tmp_path / "n.jsonl").write_text(json.dumps({"text": "Ada Rome", "entities": entities}))
    call(gold="n.jsonl")
    call("--overlap", "flat", gold="n.jsonl")
    call()
    assert [job.overlap for job in jobs] == ["nested", "flat", "flat"]


def test_when_the_extractor_s_options_are_given_then_they_reach_it(call, jobs):
    call("--student", "s", "--no-rules", "--no-index")
    call("--rules", "default", "--close-calls", "both", "--margin", 0)
    assert [(job.close_calls, job.margin) for job in jobs] == [("best", 0.05), ("both", 0.0)]
    assert (jobs[0].student, jobs[0].rules, jobs[0].use_index) == ("s", (), False)
    assert (jobs[1].student, jobs[1].rules, jobs[1].use_index) == (None, ("default",), True)


def test_when_predictions_are_given_then_nothing_is_extracted(call, jobs, tmp_path):
    ada = {"start": 0, "end": 3, "text": "Ada", "type": "person", "score": 0.9}
    records = [
        {"id": "gold.conll:6", "text": "Rome burns", "entities": []},
        {"id": "gold.conll:1", "text": "Ada met Bob .", "entities": [ada]},
    ]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, records)))
    report = call("--predictions", "p.jsonl", "--format", "json").report
    assert (report["tp"], report["fp"], report["fn"], report["predictions"]) == (1, 0, 2, "p.jsonl")
    assert jobs == []


REFUSED = [
    ({"gold": "none.conll"}, (), "none.conll: cannot be read: No such file"),
    ({"mapped": ()}, (), "gold.conll, line 1: the label 'PER' is none of the types asked (person, city)"),
    ({"mapped": ("PER",)}, (), "--map 'PER': expected RAW=NAME"),
    ({"mapped": ("PER=person", "PER=city")}, (), "--map says twice what 'PER' is: 'person' and 'city'"),
    ({"mapped": ("PER=human",)}, (), "'PER' is mapped to 'human', which is not asked"),
    ({"types": "person,person"}, (), "named twice"),
    ({}, ("--gold-format", "iob"), "--gold-format"),
    ({}, ("--spans-key", "sc"), "'conll' has no option spans_key"),
    ({}, ("--column", 1), "'Ada' is no tag of the scheme 'bio'"),
    ({}, ("--scheme", "bioes"), "in BIOES an entity ends with E-"),
    ({"mapped": ("PER=", "LOC=")}, (), "the 2 gold documents have no entity of the types asked"),
    ({}, ("--predictions", "none.jsonl"), "none.jsonl: cannot be read"),
    ({}, ("--predictions", "p.jsonl", "--threshold", 0), "--threshold would change nothing"),
    ({}, ("--predictions", "p.jsonl", "--no-rules", "--student", "s"), "--no-rules, --student would change nothing"),
    ({}, ("--threshold", "nan"), "nan"),
    ({}, ("--rules", "default", "--no-rules"), "contradict each other"),
]


@pytest.mark.parametrize(("given", "arguments", "message"), REFUSED)
def test_when_something_does_not_fit_then_2_one_line_and_no_score(call, given, arguments, message):
    result = call(*arguments, **given)
    assert result.code == 2
    assert message in result.err
    assert result.out == ""
    assert len(result.err.splitlines()) == 1
