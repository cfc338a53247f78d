"""What the network sees of int8's rounding while it is trained."""

import pytest
import torch
from torch import nn

from hybrid_ner.errors import UsageError
from hybrid_ner.training.config import TrainConfig
from hybrid_ner.training.rounding import round_products, rounded_inputs, rounded_weights


def test_weights_lie_on_a_grid_of_seven_bits_a_row():
    sizes = torch.tensor([[1.0], [5.0], [0.1], [0.0]])
    weights = torch.randn(4, 300, generator=torch.Generator().manual_seed(0)) * sizes
    steps = weights.abs().amax(dim=1, keepdim=True) / 63
    found = rounded_weights(weights)
    assert torch.all((found - weights).abs() <= steps / 2 + 1e-6)
    assert all(len(row.unique()) <= 127 for row in found)
    assert torch.all(found[3] == 0)


def test_inputs_are_rounded_a_passage_at_a_time():
    passages = torch.stack([torch.linspace(-1, 3, 40).reshape(8, 5), torch.linspace(-100, 50, 40).reshape(8, 5)])
    found = rounded_inputs(passages)
    for passage, alone in zip(found, passages, strict=True):
        assert torch.equal(passage, rounded_inputs(alone))
        assert (passage - alone).abs().max() <= (alone.max() - alone.min()) / 255 / 2 + 1e-4


def test_zero_stays_zero():
    assert rounded_inputs(torch.tensor([[0.0, 2.5], [1.0, 7.0]]))[0, 0] == 0
    assert torch.all(rounded_inputs(torch.zeros(3, 4)) == 0)


def test_gradients_pass_the_rounding_unchanged():
    weights = torch.randn(3, 6, requires_grad=True)
    inputs = torch.randn(2, 6, requires_grad=True)
    rounded_weights(weights).sum().backward()
    rounded_inputs(inputs).sum().backward()
    assert torch.all(weights.grad == 1) and torch.all(inputs.grad == 1)


def test_linear_layers_compute_with_rounded_numbers_and_keep_exact_ones():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 2))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    inputs = torch.randn(5, 8)
    exact = network(inputs)
    round_products(network)
    assert not torch.equal(network(inputs), exact)
    assert torch.allclose(network(inputs), exact, atol=0.1)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_share_beyond_one_is_refused():
    with pytest.raises(UsageError, match=r"rounding is 1\.5"):
        TrainConfig(rounding=1.5)
