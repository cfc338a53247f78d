"""An export is the trained network, or it is refused and leaves nothing behind."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("torch")

import numpy as np
import onnx
from onnx import numpy_helper

from hybrid_ner.errors import ModelError, UsageError
from hybrid_ner.schema import TypeSet
from hybrid_ner.students.folder import FILES
from hybrid_ner.students.onnx import OnnxStudent
from hybrid_ner.students.torch import load_encoder
from hybrid_ner.training import graphs, parity
from hybrid_ner.training.card import write_card
from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.export import export_student, load_run
from hybrid_ner.training.parity import check_parity, reference_scores
from hybrid_ner.training.train import train
from tests.training import made

TEXTS = ["Ada Brown lives in Oslo .", "Mia took aspirin for the fever and the pain .", "Zürich 🙂 and Quito!", "a"]
TYPES = TypeSet.of({"person": "A human being.", "city": None, "drug": None})


@pytest.fixture(scope="module")
def fp32(run, tmp_path_factory):
    return export_student(run, tmp_path_factory.mktemp("export") / "tiny", precision="fp32")


@pytest.fixture(scope="module")
def int8(run, tmp_path_factory):
    return export_student(run, tmp_path_factory.mktemp("export") / "tiny", precision="int8")


@pytest.fixture(params=["fp32", "int8"])
def exported(request):
    """Either student; no test writes to it."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def roberta(data, settings, tmp_path):
    """A run of two steps on an encoder with a byte-level vocabulary and shifted positions."""
    folder = made.write_roberta(tmp_path / "roberta")
    config = TrainConfig(**{**settings, "encoder": str(folder), "steps": 2})
    return train(config, data, tmp_path / "run", progress=False)


def proposals(student):
    found = student.propose(TEXTS, TYPES)
    return {(n, p.start, p.end, p.type): p.score for n, of in enumerate(found) for p in of}


def in_torch(run, student):
    network, record = load_run(run)
    return reference_scores(network, load_encoder(record["config"]["encoder"]).eval(), student, TEXTS, TYPES)


def agree(ours, theirs, tolerance, floor):
    assert ours
    for key in ours.keys() | theirs.keys():
        # What one view proposes and all together do not has a score below the floor.
        assert max(ours.get(key, floor), floor) == pytest.approx(theirs.get(key, floor), abs=tolerance)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_when_a_run_is_exported_then_the_student_finds_what_pytorch_finds(run, exported):
    student = OnnxStudent(exported, cache=False)
    tolerance = {"fp32": 0.002, "int8": 0.1}[student.config.precision]
    agree(proposals(student), in_torch(run, student), tolerance, student.config.floor)


def test_when_a_run_is_exported_then_the_student_finds_an_entity_it_has_memorised(exported):
    found = proposals(OnnxStudent(exported, cache=False))
    assert found[0, 0, 9, "person"] > 0.5 > found.get((0, 0, 9, "city"), 0)
    assert found[0, 19, 23, "city"] > 0.5 > found.get((0, 19, 23, "person"), 0)


def test_when_a_run_is_exported_then_the_folder_holds_the_student_its_card_and_its_record_only(exported):
    assert {path.name for path in exported.iterdir()} == {*FILES, "MODEL_CARD.md", "record.json"}
    assert [path.name for path in exported.parent.iterdir()] == [exported.name]


def test_when_int8_is_asked_for_then_the_encoder_s_products_are_in_int8_and_the_heads_are_not(int8):
    nodes = onnx.load(int8 / "text.onnx").graph.node
    left = {node.name.split("/")[1] for node in nodes if node.op_type in ("MatMul", "Gemm")}
    assert left == {"mention_first", "mention_last", "mention_out", "first", "last", "span_residual", "MatMul"}
    types = onnx.load(int8 / "types.onnx").graph.node
    assert sum(node.op_type in ("MatMulInteger", "QAttention") for node in types) == 2 * 4
    assert not any("untouched" in node.name for node in types if node.op_type in ("MatMul", "Gemm"))
    narrow = [node.name for node in nodes if node.op_type in ("MatMulInteger", "QAttention")]
    assert len(narrow) == 2 * 4 and all(name.startswith(("/encoder", "Attention")) for name in narrow)


def test_when_tables_are_narrowed_then_look_ups_are_nearly_the_same(tmp_path):
    import onnxruntime

    rng = np.random.default_rng(0)
    table = rng.normal(size=(600, 80)).astype("f4")
    node, value = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [node("Gather", ["table", "ids"], ["rows"])],
        "g",
        [value("ids", onnx.TensorProto.INT64, ["N"])],
        [value("rows", onnx.TensorProto.FLOAT, None)],
        [numpy_helper.from_array(table, "table")],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, tmp_path / "g.onnx")
    size = (tmp_path / "g.onnx").stat().st_size
    graphs.shrink_tables(tmp_path / "g.onnx")
    assert (tmp_path / "g.onnx").stat().st_size < 0.3 * size
    ids = np.arange(0, 600, 7)
    session = onnxruntime.InferenceSession(str(tmp_path / "g.onnx"), providers=["CPUExecutionProvider"])
    (rows,) = session.run(None, {"ids": ids})
    np.testing.assert_allclose(rows, table[ids], atol=0.02)  # half of the largest value / 127


def test_when_the_exported_graph_is_damaged_then_export_is_refused_and_nothing_new_is_left(run, fp32, monkeypatch):
    quantize = graphs.quantize_tower

    def damaging(path):
        quantize(path)
        model = onnx.load(path)
        for tensor in model.graph.initializer:
            if "mention_out" in tensor.name or "mention_first" in tensor.name:
                tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) * -3, tensor.name))
        onnx.save(model, path)

    monkeypatch.setattr(graphs, "quantize_tower", damaging)
    before = contents(fp32)
    with pytest.raises(ModelError, match=r"int8 student differs from PyTorch.*nothing was exported"):
        export_student(run, fp32, precision="int8")
    assert contents(fp32) == before and [path.name for path in fp32.parent.iterdir()] == [fp32.name]


@pytest.mark.parametrize("tolerance", [(-1.0, 1.0, 0.0), (1.0, 1.0, 1.01)])
def test_when_scores_or_spans_differ_beyond_the_tolerance_then_the_student_is_refused(
    run, fp32, monkeypatch, tolerance
):
    network, record = load_run(run)
    monkeypatch.setitem(parity.TOLERANCES, "fp32", tolerance)
    with pytest.raises(ModelError, match=rf"accepted {tolerance[0]}.*accepted {tolerance[2]}"):
        check_parity(network, load_encoder(record["config"]["encoder"]).eval(), fp32, "fp32")


def test_when_export_is_refused_then_no_folder_is_left(run, tmp_path, monkeypatch):
    monkeypatch.setitem(parity.TOLERANCES, "fp32", (0.0, 1.0, 1.01))
    with pytest.raises(ModelError):
        export_student(run, tmp_path / "new", precision="fp32")
    assert list(tmp_path.iterdir()) == []


def test_when_a_span_has_as_many_types_as_it_may_then_a_near_tie_for_the_last_place_is_no_difference(
    run, fp32, monkeypatch
):
    """The two sides may each drop another one of two types that score alike."""
    network, record = load_run(run)
    reference = parity.reference_scores
    tied = {}

    def swapped(*arguments):
        scores = reference(*arguments)
        spans = {key[:3] for key in scores}
        full = next(s for s in sorted(spans) if sum(key[:3] == s for key in scores) == parity.BEST)
        last = min((key for key in scores if key[:3] == full), key=scores.__getitem__)
        tied["score"] = scores[last]
        other = next(name for name in arguments[4].names if (*full, name) not in scores)
        return {(*full, other) if key == last else key: score for key, score in scores.items()}

    monkeypatch.setattr(parity, "reference_scores", swapped)
    monkeypatch.setitem(parity.TOLERANCES, "fp32", (0.002, 1.0, 0.0))
    report = check_parity(network, load_encoder(record["config"]["encoder"]).eval(), fp32, "fp32")
    assert report["score_gap"] <= 0.002 < tied["score"]


def test_when_settings_were_fitted_then_exporting_again_keeps_them(run, fp32, tmp_path):
    output = Path(shutil.copytree(fp32, tmp_path / "tiny"))
    fitted = {"gate": -2.5, "floor": 0.05, "threshold": 0.4, "mention_weight": 0.2, "scale": 1.5, "shift": -0.5}
    fitted |= {"look_weight": 0.7, "look_window": 0.2, "look_close": 0.1, "look_narrower": 0.2}
    settings = json.loads((output / "config.json").read_text())
    (output / "config.json").write_text(json.dumps({**settings, **fitted}))
    export_student(run, output, precision="int8")
    assert json.loads((output / "config.json").read_text()) == {**settings, **fitted, "precision": "int8"}


def test_when_training_started_from_a_student_then_its_fitted_settings_are_taken_over(run, fp32, tmp_path):
    start = Path(shutil.copytree(fp32, tmp_path / "start"))
    settings = json.loads((start / "config.json").read_text())
    fitted = {"gate": -2.5, "threshold": 0.4, "scale": 1.5, "look_weight": 0.7, "look_window": 0.2}
    (start / "config.json").write_text(json.dumps({**settings, **fitted}))
    went_on = Path(shutil.copytree(run, tmp_path / "run"))
    record = json.loads((went_on / "record.json").read_text())
    record["config"]["start"] = str(start)
    (went_on / "record.json").write_text(json.dumps(record))
    output = export_student(went_on, tmp_path / "student", precision="fp32")
    assert json.loads((output / "config.json").read_text()) == {**settings, **fitted}


def test_when_unusable_settings_or_another_s_folder_are_in_the_way_then_neither_does_harm(run, tmp_path):
    for name, file, content in (("tiny", "config.json", "{"), ("tiny.export", "notes.txt", "mine")):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text(content)
    output = export_student(run, tmp_path / "tiny", precision="fp32")
    assert OnnxStudent(output, cache=False).config.gate == -3.0
    assert (tmp_path / "tiny.export" / "notes.txt").read_text() == "mine"


def test_when_the_card_is_written_then_hashes_corpora_and_parity_are_those_of_the_folder(exported, data):
    card = (exported / "MODEL_CARD.md").read_text()
    for file in FILES:
        if file.endswith(".onnx"):
            assert f"| {file} | `{hashlib.sha256((exported / file).read_bytes()).hexdigest()}` |" in card
    record = json.loads((exported / "record.json").read_text())
    for corpus in record["corpora"]:
        assert f"| {corpus['name']} | {corpus['sentences']} | {corpus['types']} | {corpus['licence']} |" in card
    assert len(record["corpora"]) == 3
    report = record["parity"]
    flowing = " ".join(card.split())
    assert f"on {report['texts']} fixed texts ({report['spans']} spans)" in flowing
    share, gap, largest = report["tolerance"]["share"], report["score_gap"], report["largest_gap"]
    assert f"{share:.0%} of the scores differ by at most {gap}, all by at most {largest}" in flowing
    assert f"the kept spans agree to F1 {report['agreement']}" in flowing
    assert gap <= largest
    assert report["spans"] > 0
    assert card.startswith("# Model card: tiny\n") and "None recorded yet." in card


def test_when_the_card_is_written_again_then_it_is_the_same(exported):
    before = (exported / "MODEL_CARD.md").read_bytes()
    assert write_card(exported).read_bytes() == before


def test_when_figures_were_measured_then_they_stay_with_these_graphs_and_go_with_others(run, fp32, tmp_path):
    output = Path(shutil.copytree(fp32, tmp_path / "tiny"))
    (output / "figures.json").write_text(json.dumps([{"how": "By `make eval`.", "table": "| F1 |"}]))
    export_student(run, output, precision="fp32")
    assert "By `make eval`.\n\n| F1 |" in (output / "MODEL_CARD.md").read_text()
    export_student(run, output, precision="int8")
    assert "None recorded yet." in (output / "MODEL_CARD.md").read_text()
    assert not (output / "figures.json").exists()


def test_when_the_precision_is_unknown_then_the_accepted_ones_are_named(run, tmp_path):
    with pytest.raises(UsageError, match=r"'fp16'.*fp32, int8"):
        export_student(run, tmp_path / "new", precision="fp16")


@pytest.mark.parametrize("file", ["record.json", "student.safetensors"])
def test_when_the_run_is_unfinished_or_damaged_then_it_is_named(run, tmp_path, file):
    broken = tmp_path / "broken"
    broken.mkdir()
    for name in ("record.json", "student.safetensors"):
        (broken / name).write_bytes((run / name).read_bytes())
    for content in (b"{", None):
        if content is None:
            (broken / file).unlink()
        else:
            (broken / file).write_bytes(content)
        with pytest.raises(ModelError, match=r"broken.*not a finished training run"):
            export_student(broken, tmp_path / "new")


def test_when_the_encoder_is_of_roberta_s_family_then_its_student_is_exported_and_agrees(roberta, tmp_path):
    for precision in ("fp32", "int8"):
        student = OnnxStudent(export_student(roberta, tmp_path / precision, precision=precision), cache=False)
        agree(proposals(student), in_torch(roberta, student), 0.002 if precision == "fp32" else 0.1, 0.1)


def test_when_graphs_cannot_be_fused_then_export_goes_on_without(run, tmp_path, monkeypatch, caplog):
    def failing(*_, **__):
        raise ValueError("a graph of no known family")

    monkeypatch.setattr("onnxruntime.transformers.optimizer.optimize_model", failing)
    student = OnnxStudent(export_student(run, tmp_path / "tiny", precision="fp32"), cache=False)
    agree(proposals(student), in_torch(run, student), 0.002, student.config.floor)
    assert "no known family" in caplog.text
