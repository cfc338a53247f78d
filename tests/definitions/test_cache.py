"""Type vectors are encoded once, whatever happens to the folder they are kept in."""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hybrid_ner.definitions import cache as module
from hybrid_ner.definitions.cache import VectorCache, cache_folder
from hybrid_ner.errors import ModelError


class CountingEncoder:
    """Vectors from a hash of the text; remembers what it was asked."""

    def __init__(self, fingerprint: str = "weights-1", dimensions: int = 16) -> None:
        self.fingerprint = fingerprint
        self.dimensions = dimensions
        self.batches: list[list[str]] = []

    def encode(self, texts):
        self.batches.append(list(texts))
        return np.stack([self.vector(text) for text in texts])

    def vector(self, text):
        seed = hashlib.sha256(f"{self.fingerprint} {text}".encode("utf-8", "surrogatepass")).digest()[:8]
        vector = np.random.default_rng(int.from_bytes(seed, "big")).normal(size=self.dimensions)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


def encode_in_process(folder, names):
    cache = VectorCache(CountingEncoder(), folder)
    for name in names:
        cache.encode([name])


@pytest.fixture
def encoder():
    return CountingEncoder()


def expected(encoder, texts):
    return np.stack([encoder.vector(text) for text in texts])


def the_file(folder: Path) -> Path:
    (file,) = folder.glob("types-*.npy")
    return file


def test_when_a_text_comes_again_then_it_is_not_encoded_again(encoder, tmp_path):
    cache = VectorCache(encoder, tmp_path)
    cache.encode(["person", "city"])
    vectors = cache.encode(["city", "river", "person", "city"])
    assert encoder.batches == [["city", "person"], ["river"]]
    assert np.array_equal(vectors, expected(encoder, ["city", "river", "person", "city"]))
    assert vectors.dtype == np.float32


def test_when_another_process_starts_later_then_it_reads_the_disk(encoder, tmp_path):
    VectorCache(encoder, tmp_path).encode(["person", "city"])
    later = CountingEncoder()
    vectors = VectorCache(later, tmp_path).encode(["city", "person"])
    assert later.batches == []
    assert np.array_equal(vectors, expected(encoder, ["city", "person"]))


def test_when_the_weights_differ_then_nothing_is_shared(encoder, tmp_path):
    other = CountingEncoder("weights-2")
    VectorCache(encoder, tmp_path).encode(["person"])
    assert np.array_equal(VectorCache(other, tmp_path).encode(["person"]), expected(other, ["person"]))


@given(st.lists(st.lists(st.text(max_size=5), min_size=1, max_size=6), min_size=1, max_size=4))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_texts_in_any_batches_come_back_as_encoded(tmp_path, batches):
    encoder = CountingEncoder()
    cache = VectorCache(encoder, tmp_path)
    for batch in batches:
        assert np.array_equal(cache.encode(batch), expected(encoder, batch))


def test_when_the_order_of_texts_differs_then_the_encoder_sees_the_same_batch(tmp_path):
    first, second = CountingEncoder(), CountingEncoder()
    VectorCache(first, tmp_path / "1").encode(["c", "a", "b", "a"])
    VectorCache(second, tmp_path / "2").encode(["b", "c", "a"])
    assert first.batches == second.batches


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"not an array",
        lambda content: b"PK\x03\x04" + content,
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1],
        lambda content: content.replace(b"'<f4'", b"'<f8'"),
        lambda content: content.replace(b"<f4", b"|O8"),
        lambda content: content[:-3] + bytes([content[-3] ^ 0xFF]) + content[-2:],
    ],
    ids=["empty", "text", "zip", "half", "a byte short", "other numbers", "objects", "a bit flipped"],
)
def test_when_the_file_is_damaged_then_it_is_encoded_anew_and_rewritten(encoder, tmp_path, damage):
    texts = ["city", "person"]
    VectorCache(encoder, tmp_path).encode(texts)
    file = the_file(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert file.read_bytes() != whole
    assert np.array_equal(VectorCache(encoder, tmp_path).encode(texts), expected(encoder, texts))
    assert len(encoder.batches) == 2
    after = CountingEncoder()
    VectorCache(after, tmp_path).encode(texts)
    assert after.batches == []


def test_when_only_one_record_is_damaged_then_only_its_text_is_encoded(encoder, tmp_path):
    VectorCache(encoder, tmp_path).encode(["city", "person"])
    file = the_file(tmp_path)
    content = bytearray(file.read_bytes())
    content[-3] ^= 0xFF
    file.write_bytes(content)
    VectorCache(encoder, tmp_path).encode(["city", "person"])
    assert encoder.batches == [["city", "person"], ["person"]]


def test_when_the_folder_cannot_be_written_then_memory_does_and_it_is_said_once(encoder, tmp_path, caplog):
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    cache = VectorCache(encoder, blocker / "cache")
    with caplog.at_level(logging.DEBUG, logger=module.__name__):
        for texts in (["person"], ["city"], ["person", "city"]):
            assert np.array_equal(cache.encode(texts), expected(encoder, texts))
    assert encoder.batches == [["person"], ["city"]]
    said = [record for record in caplog.records if "memory only" in record.getMessage()]
    assert [record.levelno for record in said] == [logging.DEBUG]


def test_when_memory_is_full_then_the_disk_still_answers(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MEMORY_LIMIT", 2)
    cache = VectorCache(encoder, tmp_path)
    texts = [f"type {i}" for i in range(5)]
    for _ in range(2):
        assert np.array_equal(cache.encode(texts), expected(encoder, texts))
    assert len(encoder.batches) == 1


def test_when_memory_is_full_then_the_longest_unused_goes(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MEMORY_LIMIT", 2)
    blocker = tmp_path / "file"
    blocker.write_text("no disk to help")
    cache = VectorCache(encoder, blocker)
    for name in ["a", "b", "a", "c", "a", "b"]:
        cache.encode([name])
    assert encoder.batches == [["a"], ["b"], ["c"], ["b"]]


def test_when_the_file_is_full_then_the_oldest_go(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "DISK_LIMIT", 3)
    for name in "abcd":
        VectorCache(CountingEncoder(), tmp_path).encode([name])
    encoder = CountingEncoder()
    VectorCache(encoder, tmp_path).encode(["a", "b", "c", "d"])
    assert encoder.batches == [["a"]]


def test_when_processes_write_at_once_then_the_file_stays_whole(tmp_path):
    batches = [[f"type {i} {j}" for j in range(50)] for i in range(3)]
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=encode_in_process, args=(tmp_path, names)) for names in batches]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 3
    assert [file.suffix for file in tmp_path.iterdir()] == [".npy"]
    encoder = CountingEncoder()
    names = [name for batch in batches for name in batch]
    assert np.array_equal(VectorCache(encoder, tmp_path).encode(names), expected(encoder, names))
    assert sum(map(len, encoder.batches)) < len(names)  # some may be lost to one another, never all


def test_when_the_encoder_returns_too_few_vectors_then_refused(tmp_path):
    class Short(CountingEncoder):
        def encode(self, texts):
            return super().encode(texts)[:-1]

    with pytest.raises(ModelError, match=r"shape \(1, 16\) for 2 texts"):
        VectorCache(Short(), tmp_path).encode(["person", "city"])


def test_the_folder_comes_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("HYBRID_NER_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "hybrid_ner"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == tmp_path / ".cache" / "hybrid_ner"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "hybrid_ner"
    monkeypatch.setenv("HYBRID_NER_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
