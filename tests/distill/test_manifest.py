"""A step is made once: again only when what it is made of, or what it made, is not as it was."""

from __future__ import annotations

import gzip
import json

import pytest

from hybrid_ner.distill.files import digest_of, read_records, replaced, write_records
from hybrid_ner.distill.manifest import Step, output_digest, run_step
from hybrid_ner.errors import HybridNERError, InputError

STEP = Step("corpus", 1, {"seed": 1}, {"in": "abc"})


@pytest.fixture
def maker(tmp_path):
    """make, and the folders it was called with."""
    calls = []

    def make(folder):
        calls.append(folder)
        write_records(folder / "sub" / "out.jsonl.gz", [{"a": "é"}])
        (folder / "scratch").write_text(str(len(calls)))
        return ["sub/out.jsonl.gz"]

    return make, calls


def test_when_nothing_changed_then_the_step_is_skipped(tmp_path, maker):
    make, calls = maker
    assert run_step(STEP, tmp_path / "s", make) and not run_step(STEP, tmp_path / "s", make)
    assert len(calls) == 1
    manifest = json.loads((tmp_path / "s" / "manifest.json").read_text())
    assert manifest["key"] == STEP.key and manifest["outputs"].keys() == {"sub/out.jsonl.gz"}


@pytest.mark.parametrize(
    "other",
    [
        Step("corpus", 2, STEP.settings, STEP.inputs),
        Step("corpus", 1, {"seed": 2}, STEP.inputs),
        Step("corpus", 1, STEP.settings, {"in": "abd"}),
        Step("teach", 1, STEP.settings, STEP.inputs),
    ],
)
def test_when_what_it_is_made_of_changed_then_the_step_is_made_again(tmp_path, maker, other):
    make, calls = maker
    run_step(STEP, tmp_path / "s", make)
    assert run_step(other, tmp_path / "s", make) and len(calls) == 2


@pytest.mark.parametrize("damage", ["change", "delete", "manifest"])
def test_when_an_output_or_the_manifest_is_damaged_then_the_step_is_made_again(tmp_path, maker, damage):
    make, calls = maker
    run_step(STEP, tmp_path / "s", make)
    if damage == "delete":
        (tmp_path / "s" / "sub" / "out.jsonl.gz").unlink()
    else:
        (tmp_path / "s" / ("manifest.json" if damage == "manifest" else "sub/out.jsonl.gz")).write_text("[]")
    assert run_step(STEP, tmp_path / "s", make) and len(calls) == 2
    assert not run_step(STEP, tmp_path / "s", make)


def test_when_making_fails_then_an_older_manifest_does_not_stand_for_it(tmp_path, maker):
    make, _ = maker
    run_step(STEP, tmp_path / "s", make)
    with pytest.raises(ZeroDivisionError):
        run_step(Step("corpus", 9), tmp_path / "s", lambda folder: 1 / 0)
    with pytest.raises(HybridNERError, match=r"no finished step 'corpus'; run: hybrid-ner distill corpus"):
        output_digest(tmp_path / "s", "corpus")


def test_when_files_beside_the_outputs_change_then_the_digest_of_the_outputs_does_not(tmp_path, maker):
    make, _ = maker
    run_step(STEP, tmp_path / "s", make)
    before = output_digest(tmp_path / "s", "corpus")
    (tmp_path / "s" / "scratch").write_text("other")
    assert output_digest(tmp_path / "s", "corpus") == before


def test_when_records_are_written_twice_then_their_bytes_are_the_same(tmp_path):
    for name in ("a", "b"):
        assert write_records(tmp_path / name / "x.jsonl.gz", ({"n": n} for n in range(9))) == 9
    assert (tmp_path / "a" / "x.jsonl.gz").read_bytes() == (tmp_path / "b" / "x.jsonl.gz").read_bytes()
    assert [r["n"] for r in read_records(tmp_path / "a" / "x.jsonl.gz")] == list(range(9))


def test_when_writing_ends_with_an_error_then_the_old_file_stays_and_nothing_else(tmp_path):
    (tmp_path / "x").write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), replaced(tmp_path / "x") as out:
        out.write(b"new")
        raise ZeroDivisionError
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"x": b"old"}


@pytest.mark.parametrize("line", [b"[]", b"{", b"\xff", b"[" * 5000])
def test_when_a_record_is_none_then_file_and_line_are_named(tmp_path, line):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"{}\n" + line + b"\n")
    with pytest.raises(InputError, match=r"x\.jsonl, line 2"):
        list(read_records(path))


def test_when_a_packed_file_is_torn_then_it_is_named(tmp_path):
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress(b"{}\n" * 1000)[:-9])
    with pytest.raises(InputError, match=r"x\.jsonl\.gz"):
        list(read_records(path))


def test_the_digest_of_a_folder_is_of_names_and_contents(tmp_path):
    def folder(name, **files):
        (tmp_path / name).mkdir()
        for file, content in files.items():
            (tmp_path / name / file).write_text(content)
        return digest_of(tmp_path / name)

    assert folder("a", x="1", y="2") == folder("b", y="2", x="1")
    assert len({folder("c", x="1"), folder("d", x="2"), folder("e", z="1")}) == 3
    with pytest.raises(InputError, match="nowhere"):
        digest_of(tmp_path / "nowhere")
