"""The product that predictions use is that of the layer."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from molkit.nn import product as module
from molkit.nn.product import product


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("onednn", [True, False])
def test_equal_to_the_layer(bias: bool, onednn: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    layer, values = nn.Linear(30, 20, bias=bias), torch.randn(50, 30)
    if not onednn:
        monkeypatch.setattr(module, "_onednn", lambda: None)
    with torch.inference_mode():
        expected = values.double() @ layer.weight.double().T + (layer.bias.double() if bias else 0)
        assert torch.allclose(product(layer, values).double(), expected, atol=1e-5)
        reduced = product(layer.bfloat16(), values.bfloat16())
    assert reduced.dtype == torch.bfloat16
    assert torch.allclose(reduced.double(), expected, atol=0.1)


def test_gradients_reach_the_layer() -> None:
    layer = nn.Linear(3, 2)
    product(layer, torch.ones(4, 3)).sum().backward()
    assert layer.weight.grad is not None
    assert torch.equal(layer.weight.grad, torch.full((2, 3), 4.0))
