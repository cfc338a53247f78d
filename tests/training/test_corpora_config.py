"""Corpora and configs are read as they are meant, or refused with the file, the line and what is accepted."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import yaml

from hybrid_ner import library
from hybrid_ner.errors import InputError, UsageError
from hybrid_ner.resources import data_folder
from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.corpora import load_training_corpora, load_type_pairs
from tests.training import made


@pytest.fixture
def own(tmp_path):
    """Corpora that a test may damage."""
    return made.write_corpora(tmp_path / "corpora")


def names(corpora):
    return [corpus.name for corpus in corpora]


def test_when_only_open_licences_may_be_used_then_others_and_evaluation_corpora_are_left_out(data):
    assert names(load_training_corpora(data, open_licence_only=True)) == ["news", "meds", "campus"]
    assert names(load_training_corpora(data, open_licence_only=False)) == ["news", "meds", "campus", "closed"]


def test_when_corpora_are_named_then_only_those_are_loaded(data):
    assert names(load_training_corpora(data, open_licence_only=True, names=("campus", "meds"))) == ["meds", "campus"]


def test_when_a_corpus_is_loaded_then_it_has_its_rows_types_licence_and_partiality(data):
    news, meds, _ = load_training_corpora(data, open_licence_only=True)
    assert not news.partial and meds.partial
    assert meds.licence == "MIT"
    assert meds.types["illness"].definition == "What one falls ill with."
    assert meds.frequency == {"drug": 3, "illness": 3}
    assert [row.text[start:end] for row in meds.rows for start, end, _ in row.gold] == [
        "aspirin", "fever", "insulin", "fever", "quinine", "fever"
    ]  # fmt: skip


def test_when_hundreds_of_types_are_not_defined_then_the_vocabulary_is_open(own):
    path = own / "campus" / "manifest.yaml"
    manifest = yaml.safe_load(path.read_text())

    def opened(**types):
        path.write_text(yaml.safe_dump({**manifest, "types": {**types, "uni": {"name": "u"}, "town": {"name": "t"}}}))
        return [corpus.open for corpus in load_training_corpora(own, open_licence_only=True)]

    many = {f"t{i}": {"name": f"type {i}"} for i in range(300)}
    assert opened() == [False, False, False]
    assert opened(**many) == [False, False, True]
    assert opened(**many, one={"name": "one", "definition": "The one that is."}) == [False, False, False]


def test_when_a_row_says_which_types_were_asked_then_the_corpus_is_partial(own):
    row = {**made.parsed("[Mia|PER] met [Tom|PER] ."), "types_asked": ["PER"]}
    made.write_rows(own / "news" / "train.jsonl.gz", [row])
    assert [corpus.partial for corpus in load_training_corpora(own, open_licence_only=True)] == [True, True, False]


def test_when_a_limit_is_given_then_each_corpus_has_its_first_rows(data):
    whole = load_training_corpora(data, open_licence_only=True)
    limited = load_training_corpora(data, open_licence_only=True, limit=2)
    assert [corpus.rows for corpus in limited] == [corpus.rows[:2] for corpus in whole]


def test_when_type_pairs_hold_aliases_then_types_of_that_name_have_them_whatever_their_case(data):
    news = load_training_corpora(data, open_licence_only=True, type_pairs=load_type_pairs(data))[0]
    assert news.types["PER"].aliases == ("human",)
    assert news.types["LOC"].aliases == ()


def test_when_there_are_no_type_pairs_then_there_are_no_records(own):
    (own / "type_pairs.jsonl.gz").unlink()
    assert load_type_pairs(own) == []


@pytest.mark.parametrize("line", ["[]", '{"mentions": ["x"]}', '{"type": 3}'])
def test_when_a_record_of_the_type_pairs_has_no_type_then_its_line_is_named(own, line):
    made.write_rows(own / "type_pairs.jsonl.gz", ['{"type": "tree"}', line])
    with pytest.raises(InputError, match=r"type_pairs\.jsonl\.gz, line 2: not a record with a type"):
        load_type_pairs(own)


def test_when_there_is_no_catalog_then_the_folder_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"catalog\.yaml.*" + tmp_path.name):
        load_training_corpora(tmp_path, open_licence_only=True)


def test_when_a_named_corpus_is_unknown_then_the_accepted_ones_are_named(data):
    with pytest.raises(UsageError, match=r"nwes.*news, meds"):
        load_training_corpora(data, open_licence_only=True, names=("nwes",))


def test_when_a_named_corpus_may_not_be_used_then_it_is_refused_not_left_out(data):
    with pytest.raises(UsageError, match=r"\['closed'\].*open licence"):
        load_training_corpora(data, open_licence_only=True, names=("news", "closed"))


def test_when_a_corpus_has_no_training_split_then_it_is_left_out_unless_it_is_named(own):
    (own / "meds" / "train.jsonl.gz").unlink()
    assert names(load_training_corpora(own, open_licence_only=True)) == ["news", "campus"]
    with pytest.raises(UsageError, match=r"\['meds'\].*train\.jsonl\.gz"):
        load_training_corpora(own, open_licence_only=True, names=("meds",))


@pytest.mark.parametrize(
    "line",
    [
        {"text": "Mia", "entities": [{"start": 0, "end": 4, "type": "drug"}]},
        {"text": "Mia", "entities": [{"start": 2, "end": 2, "type": "drug"}]},
        {"text": "Mia", "entities": [{"start": -1, "end": 2, "type": "drug"}]},
        {"text": "Mia", "entities": [{"start": 0, "end": 3, "type": "PER"}]},
        {"text": "Mia", "entities": [{"start": "0", "end": 3, "type": "drug"}]},
        {"text": "Mia", "entities": [{"start": 0, "end": 3}]},
        {"text": "Mia"},
        [],
        "{broken",
    ],
)
def test_when_a_row_is_bad_then_the_error_names_file_and_line(own, line):
    path = own / "meds" / "train.jsonl.gz"
    made.write_rows(path, [{"text": "Mia", "entities": []}, line])
    with pytest.raises(InputError) as caught:
        load_training_corpora(own, open_licence_only=True)
    assert f"{path}, line 2" in str(caught.value)


@pytest.mark.parametrize("file", ["catalog.yaml", "meds/manifest.yaml", "meds/train.jsonl.gz"])
@pytest.mark.parametrize("content", [b"a: [", b"\xff\xfe\x00", b"[3]", b""])
def test_when_a_file_of_the_corpora_is_damaged_then_the_error_names_it(own, file, content):
    (own / file).write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_training_corpora(own, open_licence_only=True)
    assert str(own / file) in str(caught.value)


def test_when_a_config_is_read_then_it_has_the_file_s_settings_and_defaults_for_the_rest(tmp_path):
    path = tmp_path / "train.yaml"
    path.write_text("seed: 5\ncorpora: [news, meds]\nencoder_rate: 3e-5\nwarmup: 0\nheads: {max_width: 4}\n")
    config = TrainConfig.load(path)
    assert (config.seed, config.corpora, config.heads) == (5, ("news", "meds"), {"max_width": 4})
    assert config.encoder_rate == 3e-5 and config.warmup == 0.0  # YAML 1.1 reads 3e-5 as a text
    assert config.steps == TrainConfig().steps


def test_when_a_config_has_a_base_then_it_says_only_what_differs(tmp_path):
    (tmp_path / "first.yaml").write_text("seed: 5\nsteps: 30\ncorpus_weights: {news: 2, meds: 3}\n")
    (tmp_path / "steps").mkdir()
    second, third = tmp_path / "steps" / "second.yaml", tmp_path / "steps" / "third.yaml"
    second.write_text("base: ../first.yaml\nseed: 6\ncorpus_weights: {meds: 1}\n")
    third.write_text("base: second.yaml\nsteps: 40\n")
    config = TrainConfig.load(third)
    assert (config.seed, config.steps, config.corpus_weights) == (6, 40, {"news": 2, "meds": 1})


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("base: gone.yaml", ["gone.yaml"]),
        ("base: 3", ["base", "3"]),
        ("base: train.yaml", ["'train.yaml'", "itself"]),
        ("base: back.yaml", ["'train.yaml'", "itself"]),
        ("base: list.yaml", ["list.yaml", "no mapping"]),
    ],
)
def test_when_a_base_leads_nowhere_then_the_error_names_it(tmp_path, content, parts):
    (tmp_path / "train.yaml").write_text(content)
    (tmp_path / "back.yaml").write_text("base: train.yaml")
    (tmp_path / "list.yaml").write_text("[1]")
    with pytest.raises(UsageError) as caught:
        TrainConfig.load(tmp_path / "train.yaml")
    assert all(part in str(caught.value) for part in parts), caught.value


def test_every_config_of_the_shipped_students_recipe_can_be_read():
    folder = data_folder("models") / "mini"
    configs = [folder / "train.yaml", *(folder / "stages").glob("*.yaml")]
    named = (folder / "recipe.sh").read_text(encoding="utf-8")
    for path in configs:
        assert TrainConfig.load(path).open_licence_only, path
        assert path.name in named


def test_when_a_config_is_empty_then_it_is_the_default_one(tmp_path):
    (tmp_path / "train.yaml").touch()
    assert TrainConfig.load(tmp_path / "train.yaml") == TrainConfig()


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"stpes": 3}, ["stpes", "steps"]),
        ({"negative_sampling": "often"}, ["'often'", "none, uniform, frequency"]),
        ({"view_weights": {"title": 1}}, ["title", "name, both, definition, alias"]),
        ({"view_weights": {"name": "much"}}, ["view_weights: name", "'much'"]),
        ({"view_weights": {"name": -1}}, ["view_weights: name", "-1"]),
        ({"view_weights": 3}, ["view_weights", "3"]),
        ({"corpora": "news"}, ["corpora", "'news'"]),
        ({"steps": "many"}, ["steps", "'many'", "2000"]),
        ({"steps": 1.5}, ["steps", "1.5"]),
        ({"steps": 0}, ["steps", "0", "1 and more"]),
        ({"checkpoint_every": 0}, ["checkpoint_every", "0"]),
        ({"seed": True}, ["seed", "True"]),
        ({"type_rate": 1e-4, "type_share": 0}, ["type_share", "0", "above 0"]),
        ({"encoder_rate": "fast"}, ["encoder_rate", "'fast'"]),
        ({"open_licence_only": "no way"}, ["open_licence_only", "'no way'"]),
        ({"encoder": 5}, ["encoder", "5"]),
        ([1], ["[1]"]),
    ],
)
def test_when_a_setting_is_bad_then_the_error_names_it_its_value_and_what_is_accepted(tmp_path, settings, parts):
    path = tmp_path / "train.yaml"
    path.write_text(yaml.safe_dump(settings))
    with pytest.raises(UsageError) as caught:
        TrainConfig.load(path)
    assert all(part in str(caught.value) for part in parts), caught.value


@pytest.mark.parametrize("content", [None, b"a: [", b"\xff\xfe"])
def test_when_a_config_cannot_be_read_then_the_file_is_named(tmp_path, content):
    path = tmp_path / "train.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"train\.yaml"):
        TrainConfig.load(path)


def test_when_definitions_are_reworded_then_the_library_lends_those_of_the_same_name(data):
    plain, reworded = (
        load_training_corpora(data, open_licence_only=True, reworded=on)[0].types for on in (False, True)
    )
    offered = library.offers(shown.name for shown in plain.values())
    assert offered
    for label, shown in plain.items():
        lent = [one.definition for _, one in offered.get(shown.name.casefold(), ())]
        assert shown.reworded == ()
        assert reworded[label].definitions[: len(plain[label].definitions)] == plain[label].definitions
        assert set(reworded[label].reworded) <= set(lent)
        assert bool(reworded[label].reworded) == bool(lent)
