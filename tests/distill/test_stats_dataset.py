"""Answers to figures, and to corpora that the training reads."""

from __future__ import annotations

import json

import pytest
import yaml

pytest.importorskip("torch")

from hybrid_ner.distill.dataset import DatasetSettings, dataset_step
from hybrid_ner.distill.files import read_json, read_records, write_records
from hybrid_ner.distill.manifest import Step, run_step
from hybrid_ner.distill.stats import Statistics, statistics, stats_step, table
from hybrid_ner.distill.teacher.label import ANSWERS
from hybrid_ner.distill.typenames import TypeNames
from hybrid_ner.errors import HybridNERError, InputError, MissingExtraError, UsageError
from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.corpora import load_training_corpora

TEXT = "Ada met Bob Jones in Oslo ."


def answer(number, *entities, outcome="parsed", whole=True):
    """A row of a teach step; entities are (start, end, type[, definition])."""
    keys = ("start", "end", "type", "definition")
    listed = [dict(zip(keys, entity, strict=False)) for entity in entities]
    text = f"{TEXT} {number}"
    return {
        "id": f"p{number}", "text": text, "source": "s", "document": "d", "outcome": outcome, "whole": whole,
        "entities": listed,
    }  # fmt: skip


ROWS = [
    *(answer(n, (0, 3, "person", "A human being."), (8, 17, "Person"), (21, 25, "city")) for n in range(60)),
    *(answer(n, (0, 3, "PERSON", "A human being."), (21, 25, "capital_city")) for n in range(60, 80)),
    *(answer(n, (0, 3, "person", "Someone."), whole=False) for n in range(80, 90)),
    *(answer(n, outcome="empty") for n in range(90, 94)),
    *(answer(n, outcome=outcome) for n, outcome in ((94, "refused"), (95, "unreadable"))),
    answer(96, (0, 3, "poet")),
    answer(97, outcome="empty", whole=False),
]


@pytest.fixture
def answers(tmp_path):
    """A finished teach step with `ROWS`."""

    def make(folder):
        write_records(folder / ANSWERS, ROWS)
        return [ANSWERS]

    run_step(Step("teach", 1), tmp_path / "answers", make)
    return tmp_path / "answers"


def test_spellings_of_a_type_are_one_type_with_its_most_frequent_name_and_definition():
    types = TypeNames.of(ROWS)
    assert types.names["PERSON"] == types.names["Person"] == types.names["person"] == "person"
    assert types.names["capital_city"] == "capital city"
    assert types.definitions == {"person": "A human being.", "city": "", "capital city": "", "poet": ""}
    assert types.mentions == {"person": 150, "city": 60, "capital city": 20, "poet": 1}


def test_an_acronym_keeps_its_capitals_and_a_shouted_word_does_not():
    rows = [{"entities": [{"type": "DNA"}, {"type": "DISEASE"}]}]
    assert TypeNames.of(rows).names == {"DNA": "DNA", "DISEASE": "disease"}


def test_statistics_count_types_passages_and_lengths():
    found = statistics(ROWS, TypeNames.of(ROWS).names)
    assert (found.passages, found.mentions) == (98, 231)
    assert dict(found.types) == {"person": 150, "city": 60, "capital city": 20, "poet": 1}
    assert found.types_a_passage == {2: 80, 1: 11, 0: 7}
    assert found.words_a_mention == {1: 171, 2: 60}
    assert table(found.to_dict()).splitlines()[0] == "98 passages, 231 mentions, 4 types"


def test_bands_are_the_paper_s_top_hundredth_tenth_and_rest():
    types = {f"t{n}": 1000 - n for n in range(300)}
    bands = Statistics(1, sum(types.values()), types, {}, {}).bands()
    assert [(band["band"], band["types"]) for band in bands] == [("top 1 %", 3), ("1-10 %", 27), ("10-100 %", 270)]
    assert sum(band["share"] for band in bands) == pytest.approx(100, abs=0.02)
    assert bands[0]["examples"] == ["t0", "t1", "t2"]
    assert [band["types"] for band in Statistics(0, 0, {}, {}, {}).bands()] == [0, 0, 0]


def test_the_stats_step_writes_a_report_and_a_plot_once(answers, tmp_path):
    pytest.importorskip("matplotlib")
    assert stats_step(answers, tmp_path / "stats", plot=True) and not stats_step(answers, tmp_path / "stats", plot=True)
    assert read_json(tmp_path / "stats" / "stats.json")["types"] == 4
    assert (tmp_path / "stats" / "stats.png").read_bytes().startswith(b"\x89PNG")


def test_when_matplotlib_is_missing_then_the_extra_is_named(answers, tmp_path, monkeypatch):
    for name in ("matplotlib", "matplotlib.figure", "matplotlib.backends.backend_agg"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    with pytest.raises(MissingExtraError, match=r"hybrid-ner\[plot\]"):
        stats_step(answers, tmp_path / "stats", plot=True)


def make(answers, folder, **settings):
    dataset_step(answers, DatasetSettings(**settings), folder)
    return {entry["name"]: entry for entry in yaml.safe_load((folder / "catalog.yaml").read_text())}


def split_rows(folder, corpus):
    return {s: list(read_records(folder / corpus / f"{s}.jsonl.gz")) for s in ("train", "dev", "test")}


def test_whole_answers_and_partial_ones_become_two_corpora_that_training_reads(answers, tmp_path):
    catalog = make(answers, tmp_path / "data", licence="CC0", source="made", dev=0.1, test=0.1)
    assert [(name, entry["partial"]) for name, entry in catalog.items()] == [
        ("distilled", False),
        ("distilled-partial", True),
    ]
    config = TrainConfig.load(tmp_path / "data" / "train.yaml")
    assert (config.open_licence_only, config.max_tokens) == (False, 256)
    whole, partial = load_training_corpora(tmp_path / "data", open_licence_only=config.open_licence_only)
    assert not whole.partial and partial.partial and whole.licence == "CC0"
    assert whole.types["person"].definition == "A human being." and set(whole.types) == set(partial.types)
    ids = {split: [row["id"] for row in rows] for split, rows in split_rows(tmp_path / "data", "distilled").items()}
    everything = sorted(i for split in ids.values() for i in split)
    assert everything == sorted(r["id"] for r in ROWS if r["whole"] and r["outcome"] in ("parsed", "empty"))
    assert len(whole.rows) == len(ids["train"]) and 2 <= len(ids["dev"]) <= 20
    assert all(row["entities"] for row in split_rows(tmp_path / "data", "distilled-partial")["train"])


def test_the_split_is_of_seed_and_passage_alone(answers, tmp_path):
    make(answers, tmp_path / "a", dev=0.2)
    make(answers, tmp_path / "b", dev=0.2, min_mentions=5)
    make(answers, tmp_path / "c", dev=0.2, seed=1)
    dev = [{row["id"] for row in split_rows(tmp_path / name, "distilled")["dev"]} for name in "abc"]
    assert dev[0] - {"p96"} == dev[1] - {"p96"} != dev[2]


def test_when_rare_types_are_left_out_then_their_passages_say_nothing_of_what_is_unmarked(answers, tmp_path):
    make(answers, tmp_path / "data", min_mentions=2, dev=0.0, test=0.0)
    for corpus in ("distilled", "distilled-partial"):
        assert "p96" not in {row["id"] for row in split_rows(tmp_path / "data", corpus)["train"]}
    assert read_json(tmp_path / "data" / "report.json")["types"] == 3


def test_when_a_types_file_is_given_then_its_definitions_go_first(answers, tmp_path):
    (tmp_path / "types.yaml").write_text("city: A town.\nperson: null\n")
    make(answers, tmp_path / "data", types=str(tmp_path / "types.yaml"))
    manifest = yaml.safe_load((tmp_path / "data" / "distilled" / "manifest.yaml").read_text())
    assert manifest["types"]["city"]["definition"] == "A town."
    assert manifest["types"]["person"]["definition"] == "A human being."


def test_when_made_again_then_every_byte_is_the_same(answers, tmp_path):
    for name in "ab":
        make(answers, tmp_path / name)
    files = [p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file()]
    assert len(files) == 12
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files)


def test_when_there_is_nothing_to_train_on_then_it_is_said(answers, tmp_path):
    with pytest.raises(UsageError, match="no type has 999 mentions"):
        make(answers, tmp_path / "data", min_mentions=999)
    with pytest.raises(HybridNERError, match="no finished step 'teach'"):
        make(tmp_path, tmp_path / "data")


@pytest.mark.parametrize("settings", [{"name": "a/b"}, {"name": ""}, {"dev": 0.6, "test": 0.5}, {"dev": -0.1}])
def test_when_a_setting_cannot_be_then_it_is_refused(settings):
    with pytest.raises(UsageError, match=next(iter(settings))):
        DatasetSettings(**settings)


def test_when_stretches_of_an_answer_are_in_doubt_then_its_row_is_whole_but_for_them(tmp_path):
    def make(folder):
        doubtful = [{**answer(n, (0, 3, "person")), "doubtful": [[8, 17]]} for n in range(9)]
        write_records(folder / ANSWERS, doubtful)
        return [ANSWERS]

    run_step(Step("teach", 1), tmp_path / "answers", make)
    dataset_step(tmp_path / "answers", DatasetSettings(dev=0, test=0, open_licence=True), tmp_path / "data")
    (corpus,) = load_training_corpora(tmp_path / "data", open_licence_only=True)
    assert not corpus.partial and {row.doubtful for row in corpus.rows} == {((8, 17),)}
    path = tmp_path / "data" / "distilled" / "train.jsonl.gz"
    rows = list(read_records(path))
    write_records(path, [{**rows[0], "doubtful": [[8, 999]]}])
    with pytest.raises(InputError, match="line 1: an offset outside the text"):
        load_training_corpora(tmp_path / "data", open_licence_only=True)


def test_rows_are_json_of_the_project_s_corpus_format(answers, tmp_path):
    make(answers, tmp_path / "data")
    row = next(iter(split_rows(tmp_path / "data", "distilled")["train"]))
    assert json.dumps(row) and list(row) == ["id", "text", "entities"]
    assert row["entities"][0] == {"start": 0, "end": 3, "type": "person"}
