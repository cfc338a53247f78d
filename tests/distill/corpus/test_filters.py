"""What is kept out of a corpus: poor passages, other languages, what was there before, what an evaluation asks."""

from __future__ import annotations

import gzip
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_ner.distill.corpus.duplicates import Seen
from hybrid_ner.distill.corpus.leaks import LeakCheck, learn_corpora
from hybrid_ner.distill.corpus.quality import QualityFilter, QualitySettings
from hybrid_ner.distill.corpus.sample import drawn, priority, quotas
from hybrid_ner.errors import MissingExtraError, UsageError

GOOD = "The committee met in Vienna on Tuesday, and its chairman thanked the members for their patience."


@pytest.fixture(scope="module")
def quality():
    return QualityFilter(QualitySettings())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (GOOD, None),
        ("Too short to say much.", "short"),
        ("12 14 15 16 17 18 19 20 21 the end of", "letters"),
        ("a b c d e f g h i j k l of the", "word length"),
        ("pneumonoultramicroscopic " * 9, "word length"),
        ("somewhere #there are #several tags #within the sentence", "symbols"),
        ("- the first item of\n- the second item of\n- the third", "bullets"),
        ("buy this now buy this now " + "cheap " * 9, "repetition"),
        ("Brown Diaz Reyes Park Garcia Silva Costa Moreau", "stop words"),
        ("Der Ausschuss traf sich am Dienstag in Wien, an einem Tisch mit dem Vorsitzenden.", "language"),
    ],
)
def test_when_a_passage_is_poor_then_the_reason_is_said(quality, text, fault):
    assert quality.fault(text) == fault


def test_when_another_language_is_asked_for_then_its_passages_are_kept():
    german = "Der Ausschuss traf sich am Dienstag in Wien, und der Vorsitzende dankte allen Mitgliedern."
    assert QualityFilter(QualitySettings(languages=("de",))).fault(german) is None
    assert QualityFilter(QualitySettings(languages=("de",))).fault(GOOD) == "language"
    assert QualityFilter(QualitySettings(languages=())).fault(german) is None


@pytest.mark.parametrize(
    ("package", "make"),
    [("py3langid", lambda: QualityFilter(QualitySettings())), ("datasketch", lambda: Seen(0.8, 3, 1))],
)
def test_when_a_package_is_missing_then_the_extra_is_named(monkeypatch, package, make):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"{package}.*hybrid-ner\[distill\]"):
        make()


def test_when_a_passage_is_nearly_another_then_it_is_not_new():
    words = [f"word{n}" for n in range(60)]
    seen = Seen(0.8, 3, 13)
    assert seen.add(" ".join(words))
    assert not seen.add(" ".join(words).upper())
    assert not seen.add(" ".join([*words[:-1], "other"]))
    assert seen.add(" ".join(words[:20] + [f"new{n}" for n in range(40)]))
    assert seen.add("short") and not seen.add("Short") and seen.add("")


def check(tmp_path, *texts, **how):
    found = LeakCheck(**how)
    found.learn("gold", iter(texts))
    return found


def test_when_a_passage_shares_a_run_of_words_with_an_evaluation_text_then_it_leaks(tmp_path):
    gold = "On Monday the old bridge over the river Inn was closed to all traffic for repairs until May."
    found = check(tmp_path, gold)
    assert found.leaks("p1", "News: on monday, the old bridge over the river Inn was closed to all -- said Ada.")
    assert not found.leaks("p2", "On Monday the old bridge over the river was opened.")
    assert found.report()["corpora"]["gold"] == {"texts": 1, "too_short_to_compare": 0, "leaked_passages": 1}
    (example,) = found.report()["examples"]
    assert (example["passage"], len(example["words"].split())) == ("p1", 13)


def test_when_an_evaluation_text_is_short_then_it_is_compared_as_a_whole(tmp_path):
    found = check(tmp_path, "Play some jazz by Miles Davis", "Play it")
    assert found.leaks("p", "He said: play some jazz by Miles Davis tonight!")
    assert not found.leaks("p", "Play some jazz by Miles, play it")
    assert found.untested["gold"] == 1


def test_when_evaluation_corpora_are_given_then_folders_labelled_files_and_texts_are_read(tmp_path):
    sentence = "the quick brown fox number {} jumped over the very lazy dog and slept"
    (tmp_path / "set").mkdir()
    for number, split in enumerate(("dev", "test")):
        row = json.dumps({"text": sentence.format(number), "entities": []})
        (tmp_path / "set" / f"{split}.jsonl.gz").write_bytes(gzip.compress(row.encode()))
    (tmp_path / "gold.conll").write_text("\n".join(f"{w}\tO" for w in sentence.format(2).split()) + "\n\n")
    (tmp_path / "plain.txt").write_text(f"{sentence.format(3)}\n{sentence.format(4)}\n")
    found = LeakCheck()
    learn_corpora(found, [str(tmp_path / name) for name in ("set", "gold.conll", "plain.txt")])
    assert found.texts == {"set": 2, "gold.conll": 1, "plain.txt": 2}
    assert all(found.leaks(str(n), "See: " + sentence.format(n)) for n in range(5))
    assert not found.leaks("5", sentence.format(5))
    learn_corpora(again := LeakCheck(), [str(tmp_path / "set" / "dev.jsonl.gz"), str(tmp_path / "plain.txt")])
    assert set(again.texts) == {"dev.jsonl.gz", "plain.txt"}


def test_when_evaluation_files_have_one_name_then_their_folders_tell_them_apart(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "test.txt").write_text("one two three four five six\n")
    learn_corpora(found := LeakCheck(), [str(tmp_path / name / "test.txt") for name in ("a", "b")])
    assert set(found.texts) == {"a/test.txt", "b/test.txt"}


def test_when_an_evaluation_corpus_cannot_be_read_then_the_check_is_refused(tmp_path):
    (tmp_path / "bad.jsonl").write_text("{\n")
    with pytest.raises(UsageError, match=r"cannot check against.*bad\.jsonl"):
        learn_corpora(LeakCheck(), [str(tmp_path / "bad.jsonl")])
    with pytest.raises(UsageError, match="nowhere"):
        learn_corpora(LeakCheck(), [str(tmp_path / "nowhere")])


def test_quotas_keep_proportions_or_level_them_and_give_what_is_there():
    available = {"a": 100, "b": 50, "c": 5, "d": 0}
    assert quotas(available, 31, 1) == {"a": 20, "b": 10, "c": 1, "d": 0}
    assert quotas(available, 25, 0) == {"a": 10, "b": 10, "c": 5, "d": 0}
    assert quotas(available, 999, 1) == available


strata = st.dictionaries(st.text(max_size=2), st.integers(0, 50), max_size=6)


@given(strata, st.integers(0, 120), st.sampled_from([0.0, 0.5, 1.0]))
def test_whatever_the_strata_quotas_add_up_and_ask_for_no_more_than_is_there(available, total, power):
    wanted = quotas(available, total, power)
    assert sum(wanted.values()) == min(total, sum(available.values()))
    assert all(0 <= wanted[name] <= available[name] for name in available)


@given(st.lists(st.integers(0, 99), unique=True, max_size=30), st.integers(0, 30), st.randoms())
def test_the_drawn_are_the_lowest_priorities_whatever_the_order(places, count, rng):
    count = min(count, len(places))
    pairs = [("s", place) for place in places]
    rng.shuffle(pairs)
    last = drawn(pairs, {"s": count})["s"]
    assert sorted(p for p in places if p <= last) == sorted(places)[:count]


def test_the_priority_is_of_seed_and_passage_alone():
    assert priority(1, "a") == priority(1, "a")
    assert len({priority(1, "a"), priority(2, "a"), priority(1, "b")}) == 3
