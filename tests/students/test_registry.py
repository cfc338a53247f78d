"""What `--student` may be, and what is listed."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from hybrid_ner.cli import cli
from hybrid_ner.errors import MissingExtraError, ModelError, UsageError
from hybrid_ner.students import registry
from hybrid_ner.students.registry import kind_of, listed_students, load_student, type_encoder
from tests.generative import tiny


def test_a_name_says_which_kind_it_is(tmp_path):
    exported, model, other = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    for folder in (exported, model, other):
        folder.mkdir()
    (exported / "text.onnx").touch()
    (model / "config.json").write_text('{"architectures": ["LlamaForCausalLM"]}')
    (other / "config.json").write_text('{"architectures": ["BertModel"]}')
    kinds = {
        None: "embedded",
        "mini": "embedded",
        exported: "embedded",
        model: "generative",
        other: "embedded",
        "Universal-NER/UniNER-7B-type": "generative",
        "endpoint:http://localhost:1/v1#m": "endpoint",
        "gliner:urchade/gliner_small": "gliner",
        "no-such-name": "embedded",
        tmp_path / "no" / "such" / "folder": "embedded",
    }
    assert {name: kind_of(name) for name in kinds} == kinds


def test_when_there_is_no_such_student_then_it_says_what_is_accepted():
    with pytest.raises(ModelError, match="no student 'no-such-name'; accepted: mini"):
        load_student("no-such-name")


def test_when_a_hub_name_cannot_be_fetched_then_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match=r"'Universal-NER/UniNER-7B-type'.*hub name that can be fetched"):
        load_student("Universal-NER/UniNER-7B-type")


def test_when_a_package_is_missing_then_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    with pytest.raises(MissingExtraError, match=r"hybrid-ner\[llm\]"):
        load_student("Universal-NER/UniNER-7B-type")
    monkeypatch.setitem(__import__("sys").modules, "httpx", None)
    with pytest.raises(MissingExtraError, match=r"hybrid-ner\[llm\]"):
        load_student("endpoint:http://localhost:1/v1#m")


def test_unusable_endpoints_are_refused():
    for spec in ("endpoint:localhost#m", "endpoint:http://localhost:1/v1", "endpoint:http://h/v1#m?color=red"):
        with pytest.raises(UsageError, match="accepted"):
            load_student(spec)


def test_a_checkpoint_of_universalner_is_asked_as_it_was_taught_and_a_folder_says_so_itself(tmp_path):
    folder = tiny.save(tmp_path / "UniNER-13B-definition")
    assert load_student(folder).template.name == "uniner-type"
    (folder / "hybrid_ner.json").unlink()
    assert load_student(folder).template.name == "uniner-definition"
    assert load_student(folder, template="all-in-one").template.name == "all-in-one"


@pytest.mark.parametrize("size", ["7B", "13B"])
@pytest.mark.parametrize(
    ("variant", "template"),
    [
        ("type", "uniner-type"),
        ("definition", "uniner-definition"),
        ("type-sup", "uniner-type"),
        ("all", "uniner-type"),
    ],
)
def test_every_size_and_variant_of_universalner_is_listed_and_asked_by_its_template(size, variant, template):
    (listed,) = [student for student in listed_students() if student.name.endswith(f"/UniNER-{size}-{variant}")]
    assert registry._uniner_asking(listed.name).template == template and template in listed.about
    # The hub has the smaller ones only: of the others it is said what is needed, and no hub name is made up.
    assert listed.name.startswith("Universal-NER/" if size == "7B" else "FOLDER/")
    assert ("not published: your weights" in listed.about) == (size == "13B")
    assert "CC BY-NC 4.0" in listed.licence
    assert registry._uniner_asking("some/UniNER-70B-type") is None


def test_a_student_without_vectors_of_types_is_linted_with_the_default_ones(tmp_path):
    folder = tiny.save(tmp_path / "student")
    assert type_encoder(folder).encode(["person"]).shape == type_encoder().encode(["person"]).shape
    result = CliRunner().invoke(cli, ["types", "person,human being", "--student", str(folder), "--close", "0.5"])
    assert result.exit_code == 0 and "person" in result.output


def test_students_are_listed_with_what_they_need_and_their_licences(monkeypatch):
    monkeypatch.setattr(registry, "_is_installed", lambda package: package != "gliner")
    rows = {student.name: student for student in listed_students()}
    assert rows["mini"].extra == "" and rows["mini"].installed
    assert rows["gliner:NAME"].extra == "gliner" and not rows["gliner:NAME"].installed
    assert all("CC BY-NC 4.0" in s.licence for name, s in rows.items() if name.startswith("Universal-NER/"))
    output = CliRunner().invoke(cli, ["students"]).output
    assert "[gliner], not installed" in output and "[llm], installed" in output and "CC BY-NC 4.0" in output
    listed = json.loads(CliRunner().invoke(cli, ["students", "--format", "json"]).output)
    assert {row["kind"] for row in listed} == {"embedded", "generative", "endpoint", "gliner"}
