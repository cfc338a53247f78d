"""A student's folder: how it is found, and what is said of one that cannot be used."""

from __future__ import annotations

import json
import shutil
import sys

import pytest

from hybrid_ner.errors import MissingExtraError, ModelError, UsageError
from hybrid_ner.extractor import HybridNER
from hybrid_ner.students.folder import FILES, FORMAT, FolderConfig, find_student, read_config
from hybrid_ner.students.onnx import OnnxStudent
from tests.students.embedded import FOLDER, SENTENCE, TYPES


@pytest.fixture
def folder(tmp_path):
    """The embedded student's folder as another one, its files by link."""
    made = tmp_path / "mine"
    made.mkdir()
    for file in FILES:
        (made / file).symlink_to(FOLDER / file)
    return made


def replaced(folder, file, content):
    """The folder with one of its files of other content."""
    (folder / file).unlink()
    (folder / file).write_text(content, encoding="utf-8")
    return folder


def test_when_no_student_is_named_then_the_embedded_one_is_found_and_by_its_name_too():
    assert find_student(None) == find_student("mini") == FOLDER


def test_when_the_folder_does_not_exist_then_the_error_names_it_and_the_embedded_ones(tmp_path):
    with pytest.raises(ModelError, match=r"no student '.*nowhere'; accepted: .*mini.*hybrid-ner export"):
        find_student(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["maxi", "..", "../models/maxi", "config.json"])
def test_when_a_name_is_no_student_then_refused(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError):
        find_student(name)


@pytest.mark.parametrize("file", FILES)
def test_when_a_file_is_missing_then_the_error_names_it(folder, file):
    (folder / file).unlink()
    with pytest.raises(ModelError, match=rf"lacks {file}; export it again"):
        HybridNER.load(folder)


def test_when_the_folder_is_of_another_format_then_the_error_names_both(folder):
    replaced(folder, "config.json", json.dumps({"format": 99}))
    with pytest.raises(ModelError, match=f"of format 99; this version reads {FORMAT}"):
        HybridNER.load(folder)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "{}", json.dumps({"format": FORMAT, "dim": 3}), "\x00"])
def test_when_the_config_is_broken_then_the_error_names_the_file(folder, content):
    replaced(folder, "config.json", content)
    with pytest.raises(ModelError, match=r"config\.json.*export it again"):
        HybridNER.load(folder)


@pytest.mark.parametrize(
    ("field", "value"), [("floor", 0), ("floor", 1), ("floor", "low"), ("gate", None), ("scale", 0), ("max_width", 0.5)]
)
def test_when_a_value_of_the_config_cannot_be_then_the_error_names_it(folder, field, value):
    values = json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))
    replaced(folder, "config.json", json.dumps({**values, field: value}))
    with pytest.raises(ModelError, match=rf"config\.json.*{field}.*export it again"):
        HybridNER.load(folder)


def test_when_a_later_version_wrote_more_fields_then_they_are_passed_over(folder):
    values = json.loads((FOLDER / "config.json").read_text(encoding="utf-8"))
    replaced(folder, "config.json", json.dumps({**values, "novelty": 1}))
    assert read_config(folder) == read_config(FOLDER)


def test_when_a_config_is_saved_then_it_is_read_back_the_same(tmp_path):
    config = FolderConfig(FORMAT, "fp32", 8, 12, 100, -1.5, 0.05, 0.4, 0.3, 1.2, -0.1)
    config.save(tmp_path)
    assert read_config(tmp_path) == config


@pytest.mark.parametrize("file", ["text.onnx", "scorer.onnx", "tokenizer.json"])
@pytest.mark.parametrize("content", ["", "no such thing"])
def test_when_a_file_is_corrupt_then_loading_says_which(folder, file, content):
    replaced(folder, file, content)
    with pytest.raises(ModelError, match=rf"{file}.*export the student again"):
        HybridNER.load(folder)


def test_when_the_type_tower_is_corrupt_then_the_first_question_says_so(folder):
    replaced(folder, "types.onnx", "no such thing")
    with pytest.raises(ModelError, match=r"types\.onnx"):
        HybridNER.load(folder, cache=False).extract(SENTENCE, TYPES)


def test_when_cuda_is_asked_for_and_not_there_then_the_error_says_what_to_do(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ModelError, match=r"'cuda' is not to be had.*no CUDA device.*--device cpu"):
        HybridNER.load(device="cuda")


def test_when_cuda_is_asked_for_without_pytorch_then_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"'torch'.*hybrid-ner\[train\]"):
        HybridNER.load(device="cuda")


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"device": "tpu"}, "'tpu'; accepted: cpu, cuda"),
        ({"views": ()}, "accepted: one or more of name, definition"),
        ({"views": ("name", "picture")}, "picture"),
        ({"threads": 0}, "threads is 0"),
        ({"threads": -2}, "threads is -2"),
    ],
)
def test_when_an_option_is_bad_then_the_error_names_the_value(options, part):
    with pytest.raises(UsageError, match=part):
        HybridNER.load(**options)


def test_when_the_folder_is_moved_then_it_answers_the_same(folder):
    mine = HybridNER.load(shutil.move(folder, folder.parent / "elsewhere"), cache=False)
    assert mine.student.name == "elsewhere"
    assert mine.extract(SENTENCE, TYPES) == HybridNER.load(cache=False).extract(SENTENCE, TYPES)


@pytest.mark.parametrize("file", ["types.onnx", "tokenizer.json"])
def test_when_weights_or_tokenizer_change_then_kept_type_vectors_are_not_read_for_them(folder, file):
    before = OnnxStudent(folder).type_encoder.fingerprint
    content = (FOLDER / file).read_bytes()
    (folder / file).unlink()
    # White space after JSON, and an unknown field of a protocol buffer: valid still, and another file.
    (folder / file).write_bytes(content + (b"\n" if file == "tokenizer.json" else b"\xfa\x7f\x01x"))
    assert OnnxStudent(folder).type_encoder.fingerprint != before
    assert OnnxStudent(FOLDER).type_encoder.fingerprint == before
