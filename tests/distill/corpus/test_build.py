"""The corpus step: raw texts to a seeded, stratified sample, with a report that adds up."""

from __future__ import annotations

import json

import pytest

from hybrid_ner.distill.corpus.build import PASSAGES, REPORT, CorpusSettings, corpus_step
from hybrid_ner.distill.files import read_json, read_records
from hybrid_ner.errors import UsageError
from tests.distill import made

ANY = {"languages": ()}


def build(output, *inputs, **settings):
    how = {"quality": ANY, **settings}
    corpus_step(CorpusSettings(inputs=tuple(map(str, inputs)), **how), output)
    return list(read_records(output / PASSAGES)), read_json(output / REPORT)


def different(count, word):
    """Sentences of which no two are alike."""
    return [" ".join(f"{word}{n}x{i}" for i in range(9)) + f" the end {word}{n}." for n in range(count)]


@pytest.fixture
def two(tmp_path):
    """A folder with 30 passages of one source and 10 of another."""
    (tmp_path / "in").mkdir()
    for name, count in (("much", 30), ("little", 10)):
        rows = [json.dumps({"text": text}) + "\n" for text in different(count, name)]
        (tmp_path / "in" / f"{name}.jsonl").write_text("".join(rows))
    return tmp_path / "in"


def test_when_texts_are_read_then_passages_are_theirs_with_place_and_source(texts, tmp_path):
    passages, report = build(tmp_path / "out", texts, duplicate=1.0)
    assert sorted(p["text"] for p in passages) == sorted(made.sentences())
    letter = next(p for p in passages if p["source"] == "letters")
    assert letter["text"] == (texts / letter["document"]).read_text()[letter["start"] : letter["end"]]
    assert report["sampled"] == report["passages_read"] == len(made.sentences())


def test_when_fewer_are_wanted_then_sources_keep_their_proportions(two, tmp_path):
    passages, report = build(tmp_path / "out", two, passages=8)
    assert report["sources"] == {"little": {"found": 10, "sampled": 2}, "much": {"found": 30, "sampled": 6}}
    assert len({p["id"] for p in passages}) == 8
    _, report = build(tmp_path / "even", two, passages=8, power=0)
    assert {name: s["sampled"] for name, s in report["sources"].items()} == {"little": 4, "much": 4}


def test_the_sample_is_of_the_seed_and_not_of_the_order_of_inputs(two, tmp_path):
    def sample(name, *inputs, seed=13):
        return sorted(p["text"] for p in build(tmp_path / name, *inputs, passages=8, seed=seed)[0])

    files = [two / "much.jsonl", two / "little.jsonl"]
    assert sample("a", *files) == sample("b", *reversed(files)) == sample("c", two)
    assert sample("d", two, seed=14) != sample("a2", two)


def test_when_texts_come_twice_or_nearly_then_once_is_kept_and_all_is_counted(tmp_path):
    lines = different(3, "word")
    rows = [{"text": line} for line in [*lines, lines[0], lines[1].replace("word1x8", "other"), "Too short."]]
    (tmp_path / "b.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*rows, {"no": "text"}]))
    passages, report = build(tmp_path / "out", tmp_path / "b.jsonl", duplicate=0.4)
    assert sorted(p["text"] for p in passages) == sorted(lines)
    assert report["left_out"] == {"near-duplicate": 1, "same text": 1, "short": 1}
    assert (report["documents"], report["unreadable"], report["passages_read"]) == (6, 1, 6)
    assert "b.jsonl, line 7" in report["messages"][0]


def test_when_passages_leak_then_they_are_left_out_or_only_reported(two, tmp_path):
    leaking = different(30, "much")[4]
    (tmp_path / "gold.txt").write_text(leaking + "\n")
    passages, report = build(tmp_path / "out", two, against=(str(tmp_path / "gold.txt"),), leak_words=10)
    assert leaking not in {p["text"] for p in passages} and len(passages) == 39
    assert report["leaks"]["corpora"]["gold.txt"]["leaked_passages"] == report["left_out"]["leak"] == 1
    how = {"against": (str(tmp_path / "gold.txt"),), "leak_words": 10, "drop_leaks": False}
    passages, report = build(tmp_path / "kept", two, **how)
    assert len(passages) == 40 and report["leaks"]["corpora"]["gold.txt"]["leaked_passages"] == 1


def test_when_nothing_changed_then_nothing_is_read_again_and_new_content_is(two, tmp_path):
    settings = CorpusSettings(inputs=(str(two),), quality=ANY)
    assert corpus_step(settings, tmp_path / "out") and not corpus_step(settings, tmp_path / "out")
    (two / "more.txt").write_text(different(1, "new")[0])
    assert corpus_step(settings, tmp_path / "out")
    assert not (tmp_path / "out" / "scratch").exists()


def test_when_no_passage_is_left_then_it_is_said_where_they_went(tmp_path):
    (tmp_path / "a.txt").write_text("Too short.")
    with pytest.raises(UsageError, match=r"no passage is left.*'short': 1"):
        build(tmp_path / "out", tmp_path / "a.txt")


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"inputs": ()}, "no inputs"),
        ({"tokens": 50}, "tokens is 50"),
        ({"passages": 0}, "passages is 0"),
        ({"duplicate": 0.0}, "duplicate is 0"),
        ({"oversample": 0.5}, "oversample is 0.5"),
    ],
)
def test_when_a_setting_cannot_be_then_it_is_named(settings, part):
    with pytest.raises(UsageError, match=part):
        CorpusSettings(**{"inputs": ("x",), **settings})


def test_when_a_quality_setting_is_unknown_then_it_is_named(texts, tmp_path):
    with pytest.raises(UsageError, match=r"corpus: quality: unknown settings \['min_wrods'\]"):
        build(tmp_path / "out", texts, quality={"min_wrods": 1})
