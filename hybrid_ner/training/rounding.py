"""Quantisation-aware finishing: the encoder's products with the rounding that int8 will bring (Jacob et al., 2018).

What `graphs.quantize_tower` and ONNX Runtime's dynamic quantisation do: weights of 7 bits with a scale an output,
inputs of 8 bits with a range a passage. Gradients pass the rounding unchanged (straight-through; Bengio et al., 2013).
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_WEIGHT_STEPS = 63  # either side of zero
_INPUT_STEPS = 255  # of the whole range


def round_products(encoder: nn.Module) -> None:
    """From here on every linear layer of `encoder` computes with rounded weights and inputs; its weights stay exact."""
    for layer in encoder.modules():
        if isinstance(layer, nn.Linear):
            layer.forward = partial(_rounded_product, layer)


def rounded_weights(weights: Tensor) -> Tensor:
    """[out, in] weights on a grid of 7 bits a row."""
    scale = weights.detach().abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / _WEIGHT_STEPS
    return _straight_through(weights, torch.round(weights.detach() / scale) * scale)


def rounded_inputs(inputs: Tensor) -> Tensor:
    """[..., tokens, dim] inputs on a grid of 8 bits a passage, zero being on the grid."""
    values = inputs.detach().float()
    low = values.amin(dim=(-2, -1), keepdim=True).clamp(max=0)
    high = values.amax(dim=(-2, -1), keepdim=True).clamp(min=0)
    scale = (high - low).clamp(min=1e-12) / _INPUT_STEPS
    zero = torch.round(-low / scale)
    grid = (torch.round(values / scale) + zero).clamp(0, _INPUT_STEPS) - zero
    return _straight_through(inputs.float(), grid * scale)


def _rounded_product(layer: nn.Linear, inputs: Tensor) -> Tensor:
    return F.linear(rounded_inputs(inputs), rounded_weights(layer.weight), layer.bias)


def _straight_through(exact: Tensor, rounded: Tensor) -> Tensor:
    return exact + (rounded - exact).detach()
