"""Training of autoencoders as short as tests need it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from molkit.data.batching import take_values
from molkit.training.fit import FitOptions, fit
from molkit.types import Values


def elbo(module: Any, values: Values, draws: torch.Generator, weight: float) -> Tensor:
    """The mean over rows of the loss at one draw of z, and of the divergence from the prior times `weight`."""
    batch = module.batch(values)
    batch = module.corrupted(batch, draws) if hasattr(module, "corrupted") else batch
    mean, log_variance = module.encode(batch)
    z = mean + torch.randn(mean.shape, generator=draws) * (log_variance / 2).exp()
    divergence = 0.5 * (mean**2 + log_variance.exp() - log_variance - 1).sum(dim=1)
    return (module.loss(batch, z) + weight * divergence).mean()


def trained(module: Any, values: Values, epochs: int, size: int = 32, weight: float = 0.1, rate: float = 2e-3) -> Any:
    """The module, prepared with and fitted to the values."""
    module.prepare(values)
    rng, draws = np.random.default_rng(0), torch.Generator().manual_seed(0)

    def batches() -> list[Values]:
        rows = rng.permutation(len(values))
        return [take_values(values, part) for part in np.array_split(rows, -(-len(rows) // size))]

    options = FitOptions(epochs=epochs, learning_rate=rate, first_rate=rate / 10, last_rate=rate / 20)
    fit(module, batches, lambda model, own: elbo(model, own, draws, weight), options)
    return module.eval()
