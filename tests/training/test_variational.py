"""The variational loss against closed forms."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from molkit.training.variational import divergence, variational_loss


class Known:
    """A module whose posterior and loss are given."""

    def __init__(self, mean: Tensor, log_variance: Tensor) -> None:
        self.posterior = mean, log_variance

    def encode(self, batch: Any) -> tuple[Tensor, Tensor]:
        return self.posterior

    def loss(self, batch: Any, z: Tensor) -> Tensor:
        return z.sum(dim=1)


def test_divergence_is_that_of_torch() -> None:
    mean, log_variance = torch.randn(50, 4), torch.randn(50, 4)
    expected = kl_divergence(Normal(mean, torch.exp(0.5 * log_variance)), Normal(0.0, 1.0)).mean(dim=0)
    torch.testing.assert_close(divergence(mean, log_variance), expected)


def test_free_bits_are_counted_for_every_dimension() -> None:
    known = Known(torch.tensor([[0.0, 2.0]]), torch.tensor([[0.0, -40.0]]))
    kl = divergence(*known.posterior)
    free = float(kl[1]) / 2
    found = variational_loss(known, None, 0.5, free, torch.Generator().manual_seed(0))
    noise = torch.randn((1, 2), generator=torch.Generator().manual_seed(0))
    assert float(found) == pytest.approx(float(noise[0, 0]) + 2.0 + 0.5 * (free + float(kl[1])), rel=1e-5)


def test_weight_0_leaves_the_reconstruction_alone() -> None:
    known = Known(torch.tensor([[1.0], [3.0]]), torch.full((2, 1), -80.0))
    assert float(variational_loss(known, None, 0.0, 0.0)) == pytest.approx(2.0)
