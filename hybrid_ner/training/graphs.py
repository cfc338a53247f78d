"""ONNX graphs of a student: export from PyTorch, fusion, and int8 that keeps what the spans need.

int8 means: products of both towers' encoders with dynamic activation scales and per-channel weights; word embeddings
in rows of int8 with a scale each. The heads stay fp32: they are small and decide.
"""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from hybrid_ner.students.torch import SpanStudent, embed_sentences

logger = logging.getLogger(__name__)

OPSET = 17
_ENCODERS = ("/encoder", "/untouched")  # what the encoder's nodes are named after in either tower


class _TypeTower(torch.nn.Module):
    """Sentence embedding of a type text, with the residuals of the student and of its second look."""

    def __init__(self, untouched: torch.nn.Module, student: SpanStudent) -> None:
        super().__init__()
        self.untouched, self.student = untouched, student

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        embeddings, student = embed_sentences(self.untouched, ids, mask), self.student
        return student.type_vectors(embeddings), student.mention_look(embeddings), student.type_look(embeddings)


def export_text_tower(student: SpanStudent, path: Path) -> None:
    """Writes the text tower: one passage or a batch in, pruned spans and their vectors out."""
    ids = torch.tensor([[1, 5, 6, 7, 8, 2], [1, 5, 6, 2, 0, 0]])
    mask = (ids > 0).long()
    first = torch.tensor([[1, 2, 3, 4], [1, 2, -1, -1]])
    gate = torch.tensor(-1e3)  # everything passes while tracing
    tokens = {0: "batch", 1: "tokens"}
    words = {0: "batch", 1: "words"}
    _export(
        student,
        (ids, mask, torch.ones_like(ids), first, first.clone(), gate),
        path,
        ["ids", "mask", "shapes", "first", "last", "gate"],
        ["spans", "vectors", "mentions"],
        {
            "ids": tokens,
            "mask": tokens,
            "shapes": tokens,
            "first": words,
            "last": words,
            "spans": {0: "candidates"},
            "vectors": {0: "candidates"},
            "mentions": {0: "candidates"},
        },
    )


def export_type_tower(untouched: torch.nn.Module, student: SpanStudent, path: Path) -> None:
    """Writes the type tower: token ids of texts in; whole type vectors, and what the second look sees, out."""
    ids = torch.tensor([[1, 5, 6, 2], [1, 5, 2, 0]])
    tokens, texts = {0: "texts", 1: "tokens"}, {0: "texts"}
    axes = {"ids": tokens, "mask": tokens, "vectors": texts, "mention_looks": texts, "type_looks": texts}
    tower = _TypeTower(untouched, student)
    _export(tower, (ids, (ids > 0).long()), path, ["ids", "mask"], ["vectors", "mention_looks", "type_looks"], axes)


def _export(
    module: torch.nn.Module,
    inputs: tuple,
    path: Path,
    names: list[str],
    outputs: list[str],
    axes: dict[str, Any],
) -> None:
    with warnings.catch_warnings():
        # The tracer warns of shapes it takes for constants; the parity gate is what checks that none was.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            inputs,
            str(path),
            dynamo=False,
            opset_version=OPSET,
            input_names=names,
            output_names=outputs,
            dynamic_axes=axes,
        )


def scorer_graph(size: int) -> onnx.ModelProto:
    """The product of spans and types, and what of it is worth proposing.

    vectors [N, size], types [T, size], floor [], best [1] -> rows (spans) [M], columns (types) [M] and logits [M] of
    each span's `best` types that reach the floor.
    """
    node = helper.make_node
    nodes = [
        node("Transpose", ["types"], ["turned"], perm=[1, 0]),
        node("MatMul", ["vectors", "turned"], ["scores"]),
        node("TopK", ["scores", "best"], ["top", "which"], axis=1),
        node("GreaterOrEqual", ["top", "floor"], ["reached"]),
        node("NonZero", ["reached"], ["where"]),
        node("Transpose", ["where"], ["at"], perm=[1, 0]),
        node("GatherND", ["top", "at"], ["logits"]),
        node("GatherND", ["which", "at"], ["columns"]),
        node("Gather", ["where", "zero"], ["rows"], axis=0),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "scorer",
        [
            value("vectors", TensorProto.FLOAT, ["N", size]),
            value("types", TensorProto.FLOAT, ["T", size]),
            value("floor", TensorProto.FLOAT, []),
            value("best", TensorProto.INT64, [1]),
        ],
        [
            value("rows", TensorProto.INT64, ["M"]),
            value("columns", TensorProto.INT64, ["M"]),
            value("logits", TensorProto.FLOAT, ["M"]),
        ],
        [helper.make_tensor("zero", TensorProto.INT64, [], [0])],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)


def fuse(path: Path, heads: int, hidden: int) -> None:
    """Fuses attention, layer norms and GELU where the encoder is of BERT's family; others stay as they are.

    Fusion only makes a graph faster: where the optimiser fails on one, that graph is used unfused.
    """
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    options = FusionOptions("bert")
    options.enable_skip_layer_norm = False  # slower fused than apart; see students/onnx.py
    options.enable_embed_layer_norm = False  # its table could not be narrowed
    previous = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        model = optimizer.optimize_model(
            str(path),
            model_type="bert",
            num_heads=heads,
            hidden_size=hidden,
            opt_level=0,
            optimization_options=options,
        )
    except Exception as error:  # whatever it is, the graph on disk is whole
        failure: Exception | None = error
    else:
        failure = None
        model.save_model_to_file(str(path))
    finally:
        logging.disable(previous)
    if failure:
        logger.warning("the text tower stays unfused: %r", failure)


def quantize_tower(path: Path) -> None:
    """A tower in int8, in place: its encoder's products and its tables; what comes after the encoder stays fp32."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    graph = onnx.load(str(path)).graph
    heads = [n.name for n in graph.node if n.op_type in ("MatMul", "Gemm") and not n.name.startswith(_ENCODERS)]
    heads += [f"{name}_MatMul" for name in heads]  # what the quantiser makes of a Gemm before it looks at the names
    previous = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        quantize_dynamic(
            str(path),
            str(path),
            op_types_to_quantize=["MatMul", "Attention"],
            weight_type=QuantType.QInt8,
            per_channel=True,
            # Weights of 7 bits: pairs of 8-bit products overflow the 16-bit sums of processors without VNNI.
            reduce_range=True,
            nodes_to_exclude=heads,
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
    finally:
        logging.disable(previous)
    shrink_tables(path)


def shrink_tables(path: Path) -> None:
    """Stores large embedding tables as int8 with an fp32 scale a row; rows are looked up before they are widened."""
    model = onnx.load(str(path))
    graph = model.graph
    large = {t.name: t for t in graph.initializer if np.prod(t.dims) >= 40_000 and t.data_type == TensorProto.FLOAT}
    nodes = []
    for node in graph.node:
        table = large.get(node.input[0]) if node.op_type == "Gather" else None
        nodes += _narrow_lookup(graph, node, table) if table is not None and _axis(node) == 0 else [node]
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for node in graph.node for name in node.input}
    kept = [t for t in graph.initializer if t.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    onnx.save(model, str(path))


def _axis(node: onnx.NodeProto) -> int:
    return next((a.i for a in node.attribute if a.name == "axis"), 0)


def _narrowed(graph: onnx.GraphProto, table: onnx.TensorProto) -> tuple[str, str]:
    """Adds int8 values and a scale a row of `table` to the graph. Returns their names."""
    values = numpy_helper.to_array(table)
    scales = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-12) / 127
    names = f"{table.name}_int8", f"{table.name}_scale"
    if names[0] not in {t.name for t in graph.initializer}:
        narrow = np.round(values / scales).astype(np.int8)
        graph.initializer.append(numpy_helper.from_array(narrow, names[0]))
        graph.initializer.append(numpy_helper.from_array(scales.astype(np.float32), names[1]))
    return names


def _narrow_lookup(graph: onnx.GraphProto, node: onnx.NodeProto, table: onnx.TensorProto) -> list[onnx.NodeProto]:
    values, scales = _narrowed(graph, table)
    out = node.output[0]
    return [
        helper.make_node("Gather", [values, node.input[1]], [f"{out}_int8"], axis=0),
        helper.make_node("Cast", [f"{out}_int8"], [f"{out}_float"], to=TensorProto.FLOAT),
        helper.make_node("Gather", [scales, node.input[1]], [f"{out}_scale"], axis=0),
        helper.make_node("Mul", [f"{out}_float", f"{out}_scale"], [out]),
    ]
