from __future__ import annotations

import dataclasses

import pytest

from evaluation import protocol
from evaluation.corpora import read_corpus
from evaluation.results import ResultsError, write_results
from evaluation.suite import Threshold, asked_types, fit_threshold, predict, read_splits, run
from evaluation.suites import SUITES, read_suite
from hybrid_ner.scoring import ScoringError
from tests.evaluation.fake import FOUND, FakeNER


@pytest.fixture
def corpora(data):
    return read_suite(SUITES["dev"], data)


def test_when_a_suite_runs_then_every_corpus_has_its_counts_and_the_average_is_unweighted(corpora):
    result = run(FakeNER(FOUND), read_splits(corpora, "dev"), "name", Threshold(0.35, "given"))
    people, schools = result["corpora"]
    assert (people["tp"], people["fp"], people["fn"]) == (2, 1, 2)
    assert (schools["tp"], schools["fp"], schools["fn"]) == (2, 0, 0)
    assert people["f1"] == pytest.approx(57.14) and schools["f1"] == 100.0
    assert result["average"]["f1"] == pytest.approx((57.14 + 100) / 2)
    assert people["per_type"]["location"]["recall"] == 50.0
    assert people["sentences"] == 3 and people["words"] == 15


def test_when_a_corpus_is_nested_then_the_extractor_is_asked_for_nested_spans(corpora):
    ner = FakeNER(FOUND)
    run(ner, read_splits(corpora, "dev"), "name", protocol.DEFAULT)
    assert [call["overlap"] for call in ner.calls] == ["flat", "nested"]
    assert [call["threshold"] for call in ner.calls] == [None, None]


def test_when_the_view_is_name_then_no_definition_is_given_and_otherwise_it_is(data):
    corpus = read_corpus(data / "people")
    assert {t.definition for t in asked_types(corpus, "name")} == {None}
    for view in ("definition", "both"):
        assert [t.definition for t in asked_types(corpus, view)] == ["A named individual.", "A named place."]


def test_when_a_type_has_no_definition_then_a_view_that_needs_it_is_refused(data):
    with pytest.raises(ScoringError, match=r"'schools' has no definition for \['organization', 'location'\]"):
        asked_types(read_corpus(data / "schools"), "both")


def test_when_candidates_are_asked_for_then_their_recall_is_reported(corpora):
    splits = read_splits(corpora[:1], "dev")
    row = run(FakeNER(FOUND), splits, "name", Threshold(0.7, "given"), candidates=True)["corpora"][0]
    assert row["recall"] == 25.0 and row["proposal_recall"] == {"typed": 75.0, "boundary": 75.0}


def test_when_a_threshold_is_fitted_then_it_is_the_one_with_the_best_average(corpora):
    value, f1 = fit_threshold(FakeNER(FOUND), read_splits(corpora, "dev"), "name")
    # Below 0.21 "far" is a false positive, above 0.30 "Paris" is lost.
    assert 0.21 <= value <= 0.30
    direct = run(FakeNER(FOUND), read_splits(corpora, "dev"), "name", Threshold(value, "fitted"))
    assert direct["average"]["f1"] == pytest.approx(f1, abs=0.01)
    for other in (0.1, 0.35, 0.5, 0.85):
        run_there = run(FakeNER(FOUND), read_splits(corpora, "dev"), "name", Threshold(other, "given"))
        assert run_there["average"]["f1"] < f1


def test_when_a_threshold_is_fitted_then_test_sentences_have_no_part_in_it(corpora):
    ner = FakeNER(FOUND)
    runs = protocol.fitted_runs(ner, corpora, "name")
    assert [(r["split"], r["threshold"]["origin"]) for r in runs] == [
        ("dev", "student's default"),
        ("dev", "fitted on dev"),
        ("test", "student's default"),
        ("test", "fitted on dev"),
    ]
    alone, _ = fit_threshold(FakeNER(FOUND), read_splits(corpora, "dev"), "name")
    assert runs[1]["threshold"]["value"] == runs[3]["threshold"]["value"] == alone
    assert runs[1]["threshold"]["swept_f1"] == pytest.approx(runs[1]["average"]["f1"], abs=0.01)


class Broken(FakeNER):
    """Passes the fake's documents through `change` before they are seen."""

    def __init__(self, change):
        super().__init__(FOUND)
        self.change = change

    def extract_many(self, *args, **options):
        return self.change(list(super().extract_many(*args, **options)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda docs: docs[:-1], r"1 missing \(first: \['s2'\]\)"),
        (lambda docs: [*docs, docs[0]], "'s0': it came back twice"),
        (lambda docs: [*docs[:-1], dataclasses.replace(docs[-1], error="too long")], "'s2': too long"),
        (lambda docs: [*docs, dataclasses.replace(docs[0], id="x")], r"1 unknown \(first: \['x'\]\)"),
    ],
)
def test_when_documents_fail_or_go_astray_then_there_is_no_score(corpora, change, message):
    (people,) = read_splits(corpora[:1], "dev")
    with pytest.raises(ScoringError, match=message):
        predict(Broken(change), people, "name", None)


def test_when_documents_come_in_another_order_then_the_score_is_the_same(corpora):
    splits = read_splits(corpora[:1], "dev")
    turned = run(Broken(lambda docs: docs[::-1]), splits, "name", protocol.DEFAULT)
    assert turned["average"] == run(FakeNER(FOUND), splits, "name", protocol.DEFAULT)["average"]


def test_when_a_threshold_comes_from_a_file_then_it_must_be_fitted_for_the_same_view(tmp_path, corpora):
    path = tmp_path / "dev-name.json"
    runs = protocol.fitted_runs(FakeNER(FOUND), corpora, "name")
    write_results(path, protocol.suite_results(SUITES["dev"], corpora, "name", None, runs))
    chosen = protocol.threshold_from(path, "name")
    assert chosen == Threshold(runs[1]["threshold"]["value"], "fitted on dev, dev-name.json")
    with pytest.raises(ResultsError, match="no threshold fitted for the view 'both'"):
        protocol.threshold_from(path, "both")
    unfitted = protocol.suite_results(SUITES["dev"], corpora, "name", None, runs[:1])
    write_results(path, unfitted)
    with pytest.raises(ResultsError, match="no threshold fitted"):
        protocol.threshold_from(path, "name")
