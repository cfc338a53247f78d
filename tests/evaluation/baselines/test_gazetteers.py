"""The dictionary, the EntityRuler and their command."""

from __future__ import annotations

import pytest
import yaml

from evaluation.baselines.dictionary import Dictionary
from evaluation.baselines.entity_ruler import EntityRulerBaseline
from evaluation.baselines.run import baseline_results
from evaluation.corpora import Sentence
from evaluation.results import read_results
from evaluation.suites import SUITES
from hybrid_ner.scoring import ScoringError
from tests.evaluation.made import PEOPLE, row, write_corpus


def sentence(text: str, *mentions: tuple[str, str]) -> Sentence:
    spans = {(text.index(m), text.index(m) + len(m), name) for m, name in mentions}
    return Sentence(text, text, frozenset(spans))


TRAINING = [
    sentence("Paris met May Lee .", ("Paris", "person"), ("May Lee", "person")),
    sentence("Paris is far .", ("Paris", "city")),
    sentence("In Paris .", ("Paris", "city")),
    sentence("In May .", ("May", "month")),
    sentence("They may . May they ? May I ?"),
]


def found(baseline, text: str) -> set[tuple[str, str]]:
    (spans,) = baseline.fit(TRAINING)([text])
    return {(text[start:end], name) for start, end, name in spans}


def test_when_a_mention_had_several_types_then_it_takes_its_commonest():
    assert found(Dictionary(), "Paris !") == {("Paris", "city")}


def test_when_a_mention_is_part_of_a_longer_one_then_the_longer_one_is_taken():
    assert found(Dictionary(), "May Lee in Paris") == {("May Lee", "person"), ("Paris", "city")}


def test_when_a_mention_was_more_often_unmarked_then_the_dictionary_leaves_it_and_the_ruler_does_not():
    assert found(Dictionary(), "In May .") == set()
    pytest.importorskip("spacy")
    assert found(EntityRulerBaseline(), "In May .") == {("May", "month")}


def test_when_case_differs_then_neither_finds_the_mention():
    assert found(Dictionary(), "paris") == set()
    pytest.importorskip("spacy")
    assert found(EntityRulerBaseline(), "paris") == set()


def test_when_a_mention_stood_unmarked_inside_a_marked_one_then_that_does_not_count_against_it():
    training = [sentence("breast cancer", ("breast cancer", "disease")), sentence("cancer", ("cancer", "disease"))]
    text = "lung cancer"
    assert set(Dictionary().fit(training)([text])[0]) == {(5, 11, "disease")}


@pytest.fixture
def supervised(tmp_path):
    """A corpora folder with two supervised sets, one of them without a training split, and a set of another role."""
    rows = [row(0, "Ada saw London .", ("Ada", "PER"), ("London", "LOC")), row(1, "No Ada here .")]
    splits = {"genia": {"train": rows, "test": rows}, "anatem": {"test": rows}}
    for name, of in splits.items():
        write_corpus(tmp_path, name, role="supervised_benchmark", nested=False, types=PEOPLE, rows=of)
    roles = {"genia": "supervised_benchmark", "anatem": "supervised_benchmark", "mit_movie": "zero_shot_benchmark"}
    catalog = [{"name": name, "role": role} for name, role in roles.items()]
    (tmp_path / "catalog.yaml").write_text(yaml.safe_dump(catalog))
    return tmp_path


def test_when_a_baseline_runs_then_every_set_of_the_table_keeps_its_row(invoke, supervised, tmp_path):
    output = tmp_path / "out" / "dictionary.json"
    shown = invoke("baseline", "dictionary", "--data", supervised, "--output", output).output
    assert "| F1 (supervised) | dictionary, test |" in shown
    assert "| genia | 66.7 |" in shown and "| ace05 | absent |" in shown
    assert "| anatem | no training split |" in shown and "| mit_movie | kept as zero_shot_benchmark |" in shown
    assert "| genia | 73.3 | 75.7 | 77.5 |" in shown
    results = read_results(output)
    assert results["system"]["training"]["genia"]["sentences"] == 2 and len(results["sets"]) == 20
    assert invoke("table", output).output == shown


def test_when_the_training_split_is_cut_then_the_results_file_says_so(supervised):
    made = baseline_results(Dictionary(), SUITES["supervised"], supervised, training_limit=1)
    assert made["system"]["settings"]["training sentences"] == 1
    assert made["runs"][0]["corpora"][0]["f1"] == pytest.approx(80.0)  # "No Ada" was not seen


def test_when_no_corpus_has_a_training_split_then_there_is_nothing_to_learn(data):
    with pytest.raises(ScoringError, match=r"none of \['people', 'schools'\] has a split 'train'"):
        baseline_results(Dictionary(), SUITES["dev"], data)
