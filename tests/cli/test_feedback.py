"""`hybrid-ner feedback` from files to a pack, and a second round that adds to the first."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from hybrid_ner.cli import cli
from hybrid_ner.rules.pack import load_pack

TEXT = "Ada took aspirin."


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli, ["feedback", *arguments])


def write(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def entity(start, end, name):
    return {"start": start, "end": end, "text": TEXT[start:end], "type": name, "score": 0.5}


def test_when_entities_were_corrected_then_a_pack_of_the_differences_is_written(run, tmp_path):
    write(tmp_path / "found.jsonl", {"id": 1, "text": TEXT, "entities": [entity(0, 3, "drug"), entity(4, 8, "drug")]})
    right = [entity(0, 3, "person"), entity(9, 16, "drug")]
    write(tmp_path / "right.jsonl", {"id": 1, "text": TEXT, "entities": right})
    result = run("right.jsonl", "--against", "found.jsonl", "-o", "review.yaml")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "review.yaml: 1 added, 1 rejected, 1 relabelled mentions, of 3 corrections\n"
    assert [r.label for r in load_pack(tmp_path / "review.yaml").rules] == [
        "review/added-drug",
        "review/rejected-drug",
        "review/relabelled-drug-person",
    ]


def test_when_a_store_is_kept_then_the_next_round_adds_to_it(run, tmp_path):
    write(tmp_path / "one.jsonl", {"id": 1, "text": "Ada", "start": 0, "end": 3, "type": "drug", "verdict": "rejected"})
    write(tmp_path / "two.jsonl", {"id": 2, "text": "Ada", "start": 4, "end": 7, "type": "drug", "verdict": "rejected"})
    assert run("one.jsonl", "--store", "all.jsonl", "-o", "review.yaml").exit_code == 0
    assert run("two.jsonl", "--store", "all.jsonl", "-o", "review.yaml").exit_code == 0
    assert 'support: 2; in "1", "2"' in (tmp_path / "review.yaml").read_text(encoding="utf-8")
    kept = (tmp_path / "all.jsonl").read_bytes()
    assert run("two.jsonl", "--store", "all.jsonl", "-o", "review.yaml").exit_code == 0
    assert (tmp_path / "all.jsonl").read_bytes() == kept


def test_when_corrections_contradict_each_other_then_they_are_named_and_left_alone(run, tmp_path):
    items = [{"id": n, "text": "Ada", "start": 0, "end": 3, "type": "drug"} for n in (1, 2)]
    write(tmp_path / "c.jsonl", {**items[0], "verdict": "rejected"}, {**items[1], "verdict": "added"})
    result = run("c.jsonl", "-o", "review.yaml")
    assert result.exit_code == 0
    assert "contradicted, left alone: 'Ada' as 'drug' (1 for, as many against)" in result.stdout
    assert load_pack(tmp_path / "review.yaml").rules == ()


def test_when_some_records_cannot_be_used_then_the_others_are_and_the_exit_code_is_three(run, tmp_path):
    good = {"id": 1, "text": "Ada", "start": 0, "end": 3, "type": "drug", "verdict": "rejected"}
    path = tmp_path / "c.jsonl"
    path.write_text("not json\n" + json.dumps(good) + "\n" + json.dumps({**good, "verdict": "hm"}), encoding="utf-8")
    result = run("c.jsonl", "-o", "review.yaml")
    assert result.exit_code == 3
    assert "line 1: not valid JSON" in result.stderr and "unknown verdict 'hm'" in result.stderr
    assert len(load_pack(tmp_path / "review.yaml").rules) == 1


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["nowhere.jsonl", "-o", "p.yaml"], "cannot read 'nowhere.jsonl'"),
        (["c.jsonl", "-o", "no/p.yaml"], "there is no folder no"),
        (["c.jsonl", "-o", "my pack.yaml"], "got 'my pack'"),
        (["c.jsonl", "--store", "no/s.jsonl", "-o", "p.yaml"], "--store no/s.jsonl"),
        (["c.jsonl", "--against", "nowhere.jsonl", "-o", "p.yaml"], "nowhere.jsonl"),
    ],
)
def test_when_an_argument_is_bad_then_exit_two_and_nothing_is_written(run, tmp_path, arguments, part):
    write(tmp_path / "c.jsonl")
    result = run(*arguments)
    assert result.exit_code == 2
    assert part in result.stderr
    assert not (tmp_path / "p.yaml").exists()
