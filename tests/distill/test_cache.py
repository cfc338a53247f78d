"""Answers survive whatever ends a run, and are never asked for twice."""

from __future__ import annotations

import pytest

from hybrid_ner.distill.teacher.cache import AnswerCache
from hybrid_ner.distill.teacher.protocol import Reply
from hybrid_ner.errors import InputError, UsageError

REPLIES = {"a": Reply('[("Zoë", "person")]\n', "stop", 3, 4), "b": Reply("", "content_filter"), "c": Reply("😀")}


@pytest.fixture
def path(tmp_path):
    with AnswerCache(tmp_path / "made" / "cache") as cache:
        for key, reply in REPLIES.items():
            cache.put(key, reply)
    return cache.path


def kept(path):
    with AnswerCache(path) as cache:
        return {key: cache.get(key) for key in REPLIES if key in cache}


def test_when_a_cache_is_opened_again_then_it_has_its_answers(path):
    assert kept(path) == REPLIES


def test_when_a_key_is_not_there_then_there_is_no_answer(path):
    with AnswerCache(path) as cache:
        assert cache.get("d") is None and "d" not in cache and len(cache) == 3


def test_when_an_answer_is_given_again_then_the_first_stays(path):
    with AnswerCache(path) as cache:
        cache.put("a", Reply("other"))
        assert cache.get("a") == REPLIES["a"]
    assert kept(path) == REPLIES


def test_when_the_last_record_is_torn_anywhere_then_it_alone_is_lost_and_writing_goes_on(path):
    whole = path.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for end in range(last, len(whole)):
        path.write_bytes(whole[:end])
        assert kept(path) == {"a": REPLIES["a"], "b": REPLIES["b"]}
        with AnswerCache(path) as cache:
            cache.put("c", REPLIES["c"])
        assert kept(path) == REPLIES


def test_when_a_record_before_the_last_is_damaged_then_file_and_line_are_named(path):
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"{]\n" + lines[2])
    with pytest.raises(InputError, match=r"cache, line 2: no answer"):
        AnswerCache(path)


def test_when_another_run_has_the_cache_then_it_is_refused(path):
    pytest.importorskip("fcntl")
    with AnswerCache(path), pytest.raises(UsageError, match="in use by another run"):
        AnswerCache(path)
    assert kept(path) == REPLIES
