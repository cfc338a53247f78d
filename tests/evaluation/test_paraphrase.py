"""The types in other words: how they are asked, and what they count for."""

from __future__ import annotations

import pytest
import yaml

from evaluation import paraphrase
from evaluation.corpora import CorpusError, Sentence, read_corpus
from evaluation.partial import Partial
from evaluation.results import read_results
from evaluation.suite import Split, read_splits
from evaluation.variants import run_variants
from tests.evaluation.fake import FakeNER
from tests.evaluation.made import PEOPLE, TEXT, row, write_corpus

WORDS = {"people": {"PER": ["individual", "Somebody."], "LOC": ["place", "Somewhere."]}}


@pytest.fixture
def words(tmp_path):
    path = tmp_path / "words.yaml"
    path.write_text(yaml.safe_dump(WORDS))
    return path


@pytest.fixture
def people(tmp_path):
    rows = {"test": [row(0, TEXT, ("Ada Lovelace", "PER"), ("London", "LOC")), row(1, "Paris .", ("Paris", "LOC"))]}
    return read_corpus(write_corpus(tmp_path, "people", types=PEOPLE, rows=rows, nested=False))


def asked_by_name(variants, corpus) -> dict[str, list[tuple[str, str | None, str | None]]]:
    return {v.name: [(a.type.name, a.type.definition, a.scores_as) for a in v.asked(corpus)] for v in variants}


def test_when_the_variants_are_made_then_each_changes_one_thing(words, people):
    asked = asked_by_name(paraphrase.variants(FakeNER, words), people)
    assert asked["name as given"] == [("person", None, "person"), ("location", None, "location")]
    assert asked["name in other words"] == [("individual", None, "person"), ("place", None, "location")]
    assert asked["names in reverse order"] == asked["name as given"][::-1]
    assert asked["names in upper case"][0] == ("PERSON", None, "person")
    assert asked["name and definition"][0] == ("person", "A named individual.", "person")
    assert asked["name and definition in other words"][0] == ("individual", "Somebody.", "person")
    assert asked["definition without its full stop"][0] == ("person", "A named individual", "person")


def test_when_other_words_are_found_then_they_count_for_the_type_they_stand_for(words, people):
    ner = FakeNER({"Ada Lovelace": ("individual", 0.9), "London": ("place", 0.8), "Paris": ("place", 0.7)})
    chosen = [v for v in paraphrase.variants(lambda: ner, words) if v.name in ("name as given", "name in other words")]
    partial = Partial(None, {}, resume=False)
    given, other = run_variants(chosen, read_splits([people], "test"), None, partial)["variants"]
    assert given["average"]["f1"] == 0.0 and other["average"]["f1"] == 100.0
    assert other["against"] == "name as given" and other["difference"]["f1"] == 100.0


def test_when_a_text_ends_with_a_full_stop_then_it_goes_unless_it_is_in_a_span(people):
    def shortened(text: str, *gold: tuple[int, int, str]) -> str:
        split = Split(people, (Sentence("s", text, frozenset(gold)),))
        return paraphrase.without_full_stop(split).sentences[0].text

    assert shortened("Paris .") == "Paris "
    assert shortened("In Paris. ", (3, 8, "location")) == "In Paris"
    assert shortened("Apple Inc.", (0, 10, "organization")) == "Apple Inc."
    assert shortened("Paris !") == "Paris !" and shortened(".") == "."


@pytest.mark.parametrize("wording", [None, ["place"], ["place", ""], "place"])
def test_when_a_type_has_no_other_words_then_the_error_names_file_corpus_and_label(words, people, wording):
    words.write_text(yaml.safe_dump({"people": {**WORDS["people"], "LOC": wording}}))
    variant = paraphrase.variants(FakeNER, words)[1]
    with pytest.raises(CorpusError, match=r"words\.yaml: people, 'LOC': expected \[name, definition\], .* 'location'"):
        variant.asked(people)


def test_when_the_shipped_words_are_read_then_no_corpus_gives_two_types_one_name():
    for corpus, words in yaml.safe_load(paraphrase.PATH.read_text("utf-8")).items():
        names = [name.casefold() for name, _ in words.values()]
        assert len(set(names)) == len(names), corpus
        assert all(definition.endswith(".") for _, definition in words.values()), corpus


def test_when_the_command_runs_then_table_and_results_file_compare_with_the_names_as_given(
    invoke, data, tmp_path, words, monkeypatch
):
    monkeypatch.setattr(paraphrase.variants, "__defaults__", (words,))
    output = tmp_path / "p.json"
    shown = invoke("paraphrase", "--data", data, "--corpus", "people", "--output", output).output
    rows = [[cell.strip() for cell in line.split("|")[1:5]] for line in shown.splitlines() if line.startswith("|")]
    f1_of = {name: f1 for name, _, _, f1 in rows}
    assert (f1_of["name as given"], f1_of["name in other words"]) == ("66.7", "0.0")
    assert "**1 of the suite's 8 corpora only.**" in shown
    results = read_results(output)
    assert results["question"] == "paraphrase" and len(results["variants"]) == 8
    assert results["variants"][2]["difference"] == {"f1": 0.0, "interval": [0.0, 0.0], "p": 1.0}
    assert not output.with_name("p.json.partial").exists()
