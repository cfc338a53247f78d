"""The spaCy component: what lands on the Doc, in batches, in processes, and after a round trip to disk."""

from __future__ import annotations

import pickle

import pytest

spacy = pytest.importorskip("spacy")

from spacy.tokens import Doc, DocBin, Span  # noqa: E402

import hybrid_ner.integrations.spacy as component  # noqa: E402
from hybrid_ner.errors import InputError, TypesError, UsageError  # noqa: E402
from hybrid_ner.schema import Document, Entity, EntityType, TypeSet  # noqa: E402
from tests.fakes import load_fake  # noqa: E402


@pytest.fixture(autouse=True)
def fake_extractor(monkeypatch):
    monkeypatch.setattr(component, "load_extractor", load_fake)


class Scripted:
    """Returns the entities it was made with for every text."""

    def __init__(self, *entities):
        self.entities = entities
        self.calls = []

    def extract_many(self, texts, types, **options):
        self.calls.append((list(texts), types, options))
        for text in texts:
            yield Document(text, tuple(Entity(s, e, text[s:e], t, score) for s, e, t, score in self.entities))


def pipeline(types=("name",), extractor=None, monkeypatch=None, **config):
    nlp = spacy.blank("en")
    types = list(types) if isinstance(types, tuple) else types
    nlp.add_pipe("hybrid_ner", config={"types": types, **config})
    if extractor is not None:
        monkeypatch.setattr(component, "load_extractor", lambda settings: extractor)
    return nlp


def ents(doc):
    return [(ent.text, ent.label_) for ent in doc.ents]


def test_when_overlap_is_flat_then_doc_ents_are_filled_with_scores():
    doc = pipeline()("Ada met Bob.")
    assert ents(doc) == [("Ada", "name"), ("Bob", "name")]
    assert [ent._.hybrid_ner_score for ent in doc.ents] == [0.5, 0.5]
    assert doc[1:2]._.hybrid_ner_score is None


@pytest.mark.parametrize("overlap", ["nested", "all"])
def test_when_overlap_is_not_flat_then_doc_spans_are_filled(monkeypatch, overlap):
    extractor = Scripted((0, 18, "university", 0.9), (14, 18, "city", 0.4), (14, 18, "name", 0.3))
    nlp = pipeline(("university", "city", "name"), extractor, monkeypatch, overlap=overlap, spans_key="found")
    doc = nlp("University of Rome")
    group = doc.spans["found"]
    found = [("University of Rome", "university"), ("Rome", "city"), ("Rome", "name")]
    assert [(span.text, span.label_) for span in group] == found
    assert [span._.hybrid_ner_score for span in group] == [0.9, 0.4, 0.3]
    assert group.attrs["scores"].tolist() == pytest.approx([0.9, 0.4, 0.3])
    assert doc.ents == ()


def test_when_offsets_cut_a_token_then_the_span_is_widened_to_it(monkeypatch):
    doc = pipeline(extractor=Scripted((1, 2, "name", 0.5)), monkeypatch=monkeypatch)("Ada met")
    assert ents(doc) == [("Ada", "name")]


def test_when_widened_entities_overlap_then_the_higher_score_stays(monkeypatch):
    extractor = Scripted((0, 1, "a", 0.3), (1, 2, "b", 0.8), (2, 3, "b", 0.6))
    doc = pipeline(("a", "b"), extractor, monkeypatch)("Ada met")
    assert ents(doc) == [("Ada", "b")]
    assert doc.ents[0]._.hybrid_ner_score == 0.8


@pytest.mark.parametrize(
    ("overwrite", "expected"),
    [
        (False, [("Ada met", "old"), ("Bob", "name"), ("now", "old")]),
        (True, [("Ada", "name"), ("Bob", "name"), ("now", "old")]),
    ],
)
def test_when_the_doc_has_entities_then_config_says_who_gives_way(overwrite, expected):
    nlp = pipeline(overwrite_ents=overwrite)
    doc = nlp.make_doc("Ada met Bob now")
    doc.ents = [Span(doc, 0, 2, label="old"), Span(doc, 3, 4, label="old")]
    assert ents(nlp(doc)) == expected


@pytest.mark.parametrize("text", ["", " ", "\n\n", "nobody here"])
def test_when_nothing_is_to_be_found_then_the_doc_passes(text):
    assert pipeline()(text).ents == ()


def test_when_settings_are_given_then_the_extractor_gets_them(monkeypatch):
    seen = []
    extractor = Scripted()

    def load(settings):
        seen.append(settings)
        return extractor

    nlp = pipeline(
        {"drug": "a medicine", "person": None},
        threshold=0.7,
        student="s",
        rules=[],
        use_index=False,
        batch_size=9,
    )
    monkeypatch.setattr(component, "load_extractor", load)
    nlp("x")
    nlp("y")
    assert len(seen) == 1
    assert (seen[0].student, seen[0].rules, seen[0].use_index) == ("s", [], False)
    _, types, options = extractor.calls[0]
    assert types == TypeSet.of({"drug": "a medicine", "person": None})
    assert options == {"threshold": 0.7, "overlap": "flat", "batch_size": 9}


def test_when_docs_are_piped_then_the_extractor_is_asked_in_batches(monkeypatch):
    extractor = Scripted()
    nlp = pipeline(extractor=extractor, monkeypatch=monkeypatch)
    docs = list(nlp.pipe(["a", "b", "c", "d", "e"], batch_size=2))
    assert [doc.text for doc in docs] == ["a", "b", "c", "d", "e"]
    assert [texts for texts, _, _ in extractor.calls] == [["a", "b"], ["c", "d"], ["e"]]


def test_when_a_doc_fails_then_the_error_handler_gets_it_and_the_others_are_done():
    nlp = pipeline()
    failures = []
    nlp.set_error_handler(
        lambda name, proc, docs, error: failures.append((name, [d.text for d in docs], error))
    )
    docs = list(nlp.pipe(["Ada", "FAIL", "Bob"], batch_size=3))
    assert [doc.text for doc in docs] == ["Ada", "Bob"]
    ((name, texts, error),) = failures
    assert (name, texts, type(error)) == ("hybrid_ner", ["FAIL"], InputError)


def test_when_a_batch_raises_then_the_error_handler_gets_it_and_later_batches_are_done():
    nlp = pipeline()
    failures = []
    nlp.set_error_handler(lambda name, proc, docs, error: failures.extend(d.text for d in docs))
    docs = list(nlp.pipe(["Ada", "RAISE", "Bob"], batch_size=2))
    assert (failures, [doc.text for doc in docs]) == (["Ada", "RAISE"], ["Bob"])


def test_when_no_error_handler_is_set_then_a_failing_doc_raises():
    nlp = pipeline()
    with pytest.raises(InputError, match="told to fail"):
        nlp("FAIL")
    with pytest.raises(InputError, match="told to fail"):
        list(nlp.pipe(["FAIL"]))


def test_when_docs_are_piped_through_processes_then_they_equal_those_of_one():
    nlp = pipeline(overlap="nested")
    texts = [f"Ada met Bob {n}" for n in range(7)]

    def found(docs):
        return [[(s.text, s.label_, s._.hybrid_ner_score) for s in d.spans["hybrid_ner"]] for d in docs]

    expected = found(list(nlp.pipe(texts)))
    assert found(list(nlp.pipe(texts, n_process=2, batch_size=2))) == expected


@pytest.mark.parametrize(
    "types",
    [
        ["person", "drug"],
        {"person": None, "drug": 'a "medicine", costs $5 = x; # y'},
        [{"name": "a=b: c", "definition": "d", "aliases": ["e"], "threshold": 0.4}, "[f]"],
        "person, drug",
    ],
)
def test_when_a_pipeline_goes_to_disk_and_back_then_it_does_the_same(tmp_path, types):
    nlp = pipeline(types, overlap="nested", threshold=0.3, spans_key="k", rules=["legal"], use_index=False)
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    assert again.get_pipe("hybrid_ner").settings == nlp.get_pipe("hybrid_ner").settings
    before, after = nlp("Ada met Bob"), again("Ada met Bob")
    assert [(s.text, s.label_) for s in after.spans["k"]] == [(s.text, s.label_) for s in before.spans["k"]]
    assert len(after.spans["k"]) == 2


def test_when_a_pipeline_goes_to_bytes_and_back_then_its_settings_come_along():
    source = pipeline({"person": "somebody"}, threshold=0.3)
    target = pipeline(["other"])
    target.from_bytes(source.to_bytes())
    assert target.get_pipe("hybrid_ner").settings == source.get_pipe("hybrid_ner").settings
    assert target.pipe_labels["hybrid_ner"] == ["person"]


def test_when_docs_are_stored_then_scores_come_along():
    nlp = pipeline()
    stored = DocBin(docs=[nlp("Ada met Bob")], store_user_data=True).to_bytes()
    (doc,) = DocBin().from_bytes(stored).get_docs(nlp.vocab)
    assert [ent._.hybrid_ner_score for ent in doc.ents] == [0.5, 0.5]


@pytest.mark.parametrize(
    "types", [[], {}, ["a", "A"], [""], [{"definition": "x"}], [{"name": "a", "color": "red"}]]
)
def test_when_types_are_bad_then_adding_the_component_says_so(types):
    with pytest.raises(TypesError):
        pipeline(types)


@pytest.mark.parametrize("name", ["a=b", "a: b", "#a", ";a", "[a]"])
def test_when_a_name_cannot_be_a_config_key_then_adding_says_what_to_write(name):
    with pytest.raises(TypesError, match="as a list"):
        pipeline({name: None})


def test_when_no_types_are_set_then_the_first_doc_says_so():
    nlp = spacy.blank("en")
    nlp.add_pipe("hybrid_ner")
    with pytest.raises(TypesError, match="has no types"):
        nlp("Ada")


@pytest.mark.parametrize("config", [{"overlap": "some"}, {"threshold": "high"}, {"unknown": 1}])
def test_when_config_is_bad_then_spacy_refuses_it(config):
    with pytest.raises(ValueError, match=next(iter(config))):
        pipeline(**config)


@pytest.mark.parametrize("data", [b"{", b"[]", b"{}", b'{"types": ["a"], "more": 1}'])
def test_when_stored_settings_are_not_ours_then_loading_says_so(data):
    with pytest.raises(UsageError, match="not the settings"):
        pipeline().get_pipe("hybrid_ner").from_bytes(data)


def test_when_a_type_is_given_with_all_it_has_then_the_extractor_gets_it():
    nlp = pipeline([{"name": "a", "definition": "d", "aliases": ["b"], "threshold": 0.4, "is_a": "person"}])
    assert nlp.get_pipe("hybrid_ner").settings.types == TypeSet.of([EntityType("a", "d", ("b",), 0.4, "person")])


def test_when_types_come_from_the_library_then_settings_say_so_after_bytes_too():
    nlp = pipeline("library:geography/city", borrow="no")
    settings = pipeline("person").get_pipe("hybrid_ner").from_bytes(nlp.get_pipe("hybrid_ner").to_bytes()).settings
    assert settings.types.names == ("city",)
    assert settings.types[0].is_a == "geopolitical entity"
    assert settings.borrow == "no"


def test_when_the_component_is_pickled_then_all_but_its_extractor_comes_along():
    nlp = pipeline({"person": "somebody"}, threshold=0.3)
    nlp.set_error_handler(print)
    nlp("Ada")
    source = nlp.get_pipe("hybrid_ner")
    copy = pickle.loads(pickle.dumps(source))
    assert (copy.name, copy.settings, copy.get_error_handler()) == (source.name, source.settings, print)
    assert copy._extractor is None


def test_when_the_extension_exists_already_then_it_is_left_alone():
    from hybrid_ner.integrations.spacy_spans import SCORE, register_score

    ours = Span.get_extension(SCORE)
    try:
        Span.set_extension(SCORE, default="theirs", force=True)
        register_score()
        doc = Doc(spacy.blank("en").vocab, words=["a"])
        assert doc[0:1]._.hybrid_ner_score == "theirs"
    finally:
        Span.set_extension(SCORE, getter=ours[2], force=True)


def test_when_spacy_finds_the_factory_by_its_entry_point_then_no_import_is_needed():
    import subprocess
    import sys

    check = "import spacy; nlp = spacy.blank('en'); nlp.add_pipe('hybrid_ner'); print(nlp.pipe_names)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['hybrid_ner']"
