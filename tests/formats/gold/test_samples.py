"""Well-formed files of every format, as their tools write them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from hybrid_ner.formats.gold import read_gold
from tests.formats.gold.samples import SPANS, TEXT, conversation, read, region, task, write

ENTITIES = [{"start": 0, "end": 12, "type": "PER"}, {"start": 22, "end": 28, "type": "LOC", "text": "London"}]


def test_when_jsonl_has_no_ids_then_they_are_those_that_extract_gives(tmp_path):
    path = write(tmp_path, "a.jsonl", [{"text": TEXT, "entities": ENTITIES}, {"id": 4, "text": "x", "entities": []}])
    assert read(path) == [SPANS, []]
    assert [d.id for d in read_gold(path)] == [f"{path}:1", "4"]


def test_when_a_span_is_given_twice_then_it_is_one(tmp_path):
    path = write(tmp_path, "a.jsonl", [{"text": TEXT, "entities": ENTITIES + ENTITIES}])
    assert read(path) == [SPANS]


def test_when_a_file_is_gzipped_or_a_list_then_it_is_read_alike(tmp_path):
    listed = write(tmp_path, "a.json", [{"text": TEXT, "entities": ENTITIES}])
    packed = tmp_path / "a.json.gz"
    packed.write_bytes(gzip.compress(Path(listed).read_bytes()))
    assert read(listed) == read(str(packed)) == [SPANS]


BIO = "-DOCSTART- -X- O\n\nAda NNP B-PER\nLovelace NNP I-PER\nlived VB O\n\nLondon NNP B-LOC\nParis NNP B-LOC\n"


def test_when_conll_has_more_columns_then_the_tags_are_in_the_last(tmp_path):
    path = write(tmp_path, "a.conll", BIO)
    assert read(path) == [[("Ada Lovelace", "PER")], [("London", "LOC"), ("Paris", "LOC")]]


@pytest.mark.parametrize("column", [1, -2])
def test_when_columns_are_named_then_they_are_taken(tmp_path, column):
    path = write(tmp_path, "a.conll", "B-PER\tAda\nI-PER\tLovelace\r\nO\tlived\n")
    options = {"column": column, "token_column": 2}
    (document,) = read_gold(path, **options)
    assert (document.text, document.id) == ("Ada Lovelace lived", f"{path}:1")
    assert read(path, **options) == [[("Ada Lovelace", "PER")]]


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        (None, "B-X I-X E-X S-Y O"),
        (None, "B-X I-X L-X U-Y O"),
        (None, "B-X M-X E-X S-Y O"),
        (None, "B-X I-X I-X B-Y O"),
        ("iob1", "I-X I-X I-X I-Y O"),
        ("iob1", "B-X I-X I-X B-Y O"),
    ],
)
def test_when_tags_are_of_any_scheme_then_the_same_spans_are_read(tmp_path, scheme, tags):
    rows = zip("abcde", tags.split(), strict=True)
    path = write(tmp_path, "a.conll", "".join(f"{token} {tag}\n" for token, tag in rows))
    assert read(path, scheme=scheme) == [[("a b c", "X"), ("d", "Y")]]


def test_when_iob1_entities_of_a_type_touch_then_b_parts_them(tmp_path):
    path = write(tmp_path, "a.conll", "a I-X\nb B-X\nc I-X\n")
    assert read(path, scheme="iob1") == [[("a", "X"), ("b c", "X")]]


def test_when_a_token_is_a_hash_then_it_is_no_comment(tmp_path):
    path = write(tmp_path, "a.conll", "# text = x\n# sent_id = s1\n#\tO\n# tag\tB-X\n\n# id s2 domain=en\n#\tB-X\n")
    assert read(path) == [[("# tag", "X")], [("#", "X")]]
    assert [d.id for d in read_gold(path)] == ["s1", "s2"]


def test_when_brat_has_other_lines_then_only_mentions_are_read(tmp_path):
    write(tmp_path, "b/sub/a.txt", TEXT)
    mentions = "T1\tPER 0 12\tAda Lovelace\nT2\tLOC 22 28\tLondon\n"
    write(tmp_path, "b/sub/a.ann", mentions + "E1\tLive:T2\nR1\tIn Arg1:T1 Arg2:T2\nA1\tSure T1\n#1\tNote T1\tx\n")
    assert read(f"{tmp_path}/b") == [SPANS]
    assert [d.id for d in read_gold(f"{tmp_path}/b")] == [f"{tmp_path}/b/sub/a.txt"]


@pytest.mark.parametrize(("policy", "spans"), [("cover", [("left and right lung", "part")]), ("skip", [])])
def test_when_a_brat_mention_is_discontinuous_then_the_policy_decides_and_it_is_counted(tmp_path, policy, spans):
    write(tmp_path, "a.txt", "left and right lung")
    write(tmp_path, "a.ann", "T1\tpart 0 4;15 19\tleft lung\n")
    (document,) = read_gold(str(tmp_path), discontinuous=policy)
    assert [(e.text, e.type) for e in document.entities] == spans
    assert sum(document.extra.values()) == 1


def docbin(path: Path, make) -> str:
    spacy = pytest.importorskip("spacy")
    doc = spacy.blank("en")(TEXT)
    make(doc)
    spacy.tokens.DocBin(docs=[doc]).to_disk(path)
    return str(path)


def test_when_a_docbin_is_one_of_spacy_s_own_then_its_ents_are_read(tmp_path):
    def make(doc):
        doc.ents = [doc.char_span(0, 12, "PER"), doc.char_span(22, 28, "LOC")]

    assert read(docbin(tmp_path / "a.spacy", make)) == [SPANS]


def test_when_a_docbin_has_spans_in_several_places_then_the_key_decides(tmp_path):
    def make(doc):
        doc.ents = [doc.char_span(0, 12, "PER")]
        doc.spans["sc"] = [doc.char_span(22, 28, "LOC")]

    path = docbin(tmp_path / "a.spacy", make)
    assert read(path, spans_key="sc") == [SPANS[1:]]
    assert read(path, spans_key="ents") == [SPANS[:1]]
    with pytest.raises(ValueError, match=r"record 1: spans in ents, sc; choose with --spans-key"):
        read(path)


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_when_gliner_data_is_read_then_the_last_token_belongs_to_the_span(tmp_path, name):
    tokens = ["Ada", "Lovelace", "lived", "in", "London", "."]
    path = write(tmp_path, name, [{"tokenized_text": tokens, "ner": [[0, 1, "PER"], [4, 4, "LOC"]]}])
    assert read(path) == [SPANS]


def test_when_uniner_answers_are_read_then_every_place_is_a_mention_and_unmatched_strings_are_counted(tmp_path):
    text = "US: the USA and the US"
    path = write(tmp_path, "a.json", [conversation(text, country=["US", "Mars"], person=[])])
    (document,) = read_gold(path)
    assert [(e.start, e.text, e.type) for e in document.entities] == [(0, "US", "country"), (20, "US", "country")]
    assert document.extra == {"unmatched": 1, "asked": ("country", "person")}


def test_when_a_uniner_string_stands_only_inside_words_then_it_is_found_there(tmp_path):
    path = write(tmp_path, "a.json", [conversation("我在北京工作", city=["北京"])])
    assert read(path) == [[("北京", "city")]]


def test_when_uniner_records_ask_of_one_text_in_turn_then_they_are_one_document(tmp_path):
    records = [
        conversation("a b", X=["a"]),
        conversation("a b", Y=["b"]),
        conversation("a b", X=[]),
        conversation("c", X=[]),
    ]
    for number, record in enumerate(records):
        record["id"] = f"r{number}"
    path = write(tmp_path, "a.json", records)
    assert read(path) == [[("a", "X"), ("b", "Y")], [], []]
    assert [(d.id, d.extra["asked"]) for d in read_gold(path)] == [("r0", ("X", "Y")), ("r2", ("X",)), ("r3", ("X",))]


def test_when_a_label_studio_export_is_read_then_skipped_tasks_are_left_out(tmp_path):
    relation = {"type": "relation", "from_id": "a", "to_id": "b"}
    skipped = {"id": 8, "data": {"text": "x"}, "annotations": [{"result": [], "was_cancelled": True}]}
    path = write(
        tmp_path, "a.json", [task(TEXT, region(0, 12, "PER"), relation, region(22, 28, "LOC", "London")), skipped]
    )
    assert read(path) == [SPANS]


def test_when_label_studio_data_is_short_then_it_is_read_too(tmp_path):
    labels = [region(0, 12, "PER")["value"], region(22, 28, "LOC")["value"]]
    assert read(write(tmp_path, "a.json", [{"id": 1, "text": TEXT, "label": labels, "annotation_id": 2}])) == [SPANS]


@pytest.mark.parametrize("start", [4, 5])
def test_when_label_studio_counts_utf_16_units_then_the_mention_s_own_text_decides(tmp_path, start):
    path = write(tmp_path, "a.json", [task("😀 in London", region(start + 1, start + 7, "LOC", "London"))])
    assert read(path) == [[("London", "LOC")]]


def test_when_prodigy_examples_are_read_then_only_accepted_ones_are_gold(tmp_path):
    spans = [{"start": 0, "end": 12, "label": "PER", "token_start": 0}, {"start": 22, "end": 28, "label": "LOC"}]
    examples = [
        {"text": TEXT, "spans": spans, "answer": "accept", "_view_id": "ner_manual", "_input_hash": 1},
        {"text": TEXT, "spans": spans, "answer": "reject", "_input_hash": 1},
        {"text": "x", "answer": "ignore"},
        {"text": "y", "answer": "accept"},
    ]
    assert read(write(tmp_path, "a.jsonl", examples)) == [SPANS, []]


PUBTATOR = (
    "1|t|Ada took aspirin.\n1|a|It helped Ada.\n"
    "1\t9\t16\taspirin\tChemical\tD001241\n1\t28\t31\tAda\tPatient\t-\n1\tCID\tD001241\tD006261\n\n"
    "2|t|Nothing here.\n"
)


@pytest.mark.parametrize("name", ["a.pubtator", "a.txt"])
def test_when_pubtator_is_read_then_title_and_abstract_are_one_text(tmp_path, name):
    path = write(tmp_path, name, PUBTATOR)
    assert read(path) == [[("aspirin", "Chemical"), ("Ada", "Patient")], []]
    assert [d.id for d in read_gold(path)] == ["1", "2"]


@pytest.mark.parametrize("name", ["a.txt", "a.tsv", "a"])
def test_when_a_suffix_says_nothing_then_conll_is_known_by_its_lines(tmp_path, name):
    assert read(write(tmp_path, name, "\n# id = x\nAda\tB-PER\n")) == [[("Ada", "PER")]]
