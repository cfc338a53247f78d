"""A student folder -> the network it was exported from, so that training can go on from shipped weights.

A folder holds graphs, not checkpoints. Every weight is found in them by its own name, or by the node that uses it;
int8 weights come back as what the graph computes with, so a restored int8 student lacks the digits that were rounded
away, and nothing else. (No optimiser state: training goes on from the weights, not from the step.)
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from hybrid_ner.errors import ModelError
from hybrid_ner.students.torch import SpanStudent, StudentConfig, load_encoder

_LAYER = re.compile(r"/(?P<path>.+)/(?:MatMul|Gemm|Add|Gemm_MatMul|Gemm_Add)(?:_quant)?$")
_REPEATED = re.compile(r"\b(\w+)/\1\.(?=\d)")
_FUSED = re.compile(r"Attention_(?P<layer>\d+)(?:_quant)?$")
_UNUSED = ("encoder.pooler.", "typed.pooler.")  # what a sentence encoder brings and nothing here reads


def restore_student(folder: str | Path) -> SpanStudent:
    """The network of a student folder, int8 or fp32, in PyTorch.

    Raises:
        ModelError: the folder has no record of its training, or its graphs do not hold all weights of that network.
    """
    folder = Path(folder)
    try:
        record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
        encoder, heads = record["config"]["encoder"], StudentConfig(**record["heads"])
        found = _weights(onnx.load(str(folder / "text.onnx")), "encoder.encoder.layer")
        types = _weights(onnx.load(str(folder / "types.onnx")), "untouched.encoder.layer")
        found |= types | {f"typed.{name.removeprefix('untouched.')}": value for name, value in types.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{str(folder)!r} is no student folder that can be trained on ({error!r})") from error
    student = SpanStudent(load_encoder(encoder), heads)
    state = student.state_dict()
    for name, value in state.items():
        ours = found.get(name)
        if ours is not None and ours.size == value.numel():
            value.copy_(torch.tensor(ours).reshape(value.shape))
        elif not name.startswith(_UNUSED):
            raise ModelError(f"{str(folder)!r}: its graphs hold no {name} of {list(value.shape)}; export it again")
    return student.eval()


def read_weights(folder: Path) -> dict[str, torch.Tensor]:
    """The weights of a run or of an exported student, by name.

    Raises:
        ModelError: there are none.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if (folder / "text.onnx").is_file():
        return restore_student(folder).state_dict()
    try:
        return load_file(folder / "student.safetensors")
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{str(folder)!r} is not a finished training run ({error}); train it first") from error


def read_record(folder: Path) -> dict:
    """How a student came to be.

    Raises:
        ModelError: the folder does not say.
    """
    try:
        return json.loads((folder / "record.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{str(folder)!r} is not a finished training run ({error}); train it first") from error


def _weights(model: onnx.ModelProto, layers: str) -> dict[str, np.ndarray]:
    """Weights of a tower by the names they have in PyTorch."""
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    found: dict[str, np.ndarray] = {}
    for name in held:
        own = name.removeprefix("student.")
        if name.endswith("_int8"):
            stem = name.removesuffix("_int8")
            found[stem] = held[name].astype(np.float32) * held[f"{stem}_scale"]
        elif name.endswith("_Transposed"):
            found[own.removesuffix("_Transposed")] = held[name].T
        else:
            found[own] = held[name]
    for node in model.graph.node:
        if match := _FUSED.match(node.name):
            stem = f"{layers}.{match['layer']}.attention.self"
            weight, bias = (_whole(held, name) for name in node.input[1:3])
            for part, name in enumerate(("query", "key", "value")):
                found[f"{stem}.{name}.weight"] = np.split(weight, 3, axis=1)[part].T
                found[f"{stem}.{name}.bias"] = np.split(bias, 3)[part]
        elif match := _LAYER.match(node.name):
            # By the node, not by the name alone: of equal weights the exporter keeps one, under one of their names.
            # The parts of a Sequential are written "/residual/residual.0".
            stem = _REPEATED.sub(r"\1.", match["path"]).replace("/", ".")
            inputs = [_whole(held, name) for name in node.input]
            turned = node.op_type == "Gemm" and any(a.name == "transB" and a.i for a in node.attribute)
            for value in inputs if node.op_type == "Add" else inputs[2:]:
                if value is not None:
                    found.setdefault(f"{stem}.bias", value)
            if node.op_type != "Add" and inputs[1] is not None:
                found.setdefault(f"{stem}.weight", inputs[1] if turned else inputs[1].T)
    return found


def _whole(held: dict[str, np.ndarray], name: str) -> np.ndarray | None:
    """A weight, its int8 values widened by their scales."""
    weight = held.get(name)
    if weight is None or not name.endswith("_quantized"):
        return weight
    stem = name.removesuffix("_quantized")
    zero = held[f"{stem}_zero_point"].astype(np.float32)
    return (weight.astype(np.float32) - zero) * held[f"{stem}_scale"]
