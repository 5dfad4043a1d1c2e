"""The loss of a variational autoencoder (Kingma and Welling, ICLR 2014)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def variational_loss(
    module: Any, batch: Any, weight: float, free_bits: float, generator: torch.Generator | None = None
) -> Tensor:
    """Mean over samples of the reconstruction loss at a drawn z, plus `weight` times the divergence from N(0, 1).

    Of each latent dimension the mean divergence of the batch counts at least `free_bits` nats, so that none is given
    up for nothing (Kingma et al., NeurIPS 2016, section 4.1). A weight below 1 lets z hold more of a sample than its
    likelihood alone would pay for (Higgins et al., ICLR 2017). A module with `corrupted` says what of a batch is hidden
    from its encoder while it is trained.
    """
    if hasattr(module, "corrupted"):
        batch = module.corrupted(batch, generator)
    mean, log_variance = module.encode(batch)
    z = mean + torch.exp(0.5 * log_variance) * torch.randn(mean.shape, generator=generator)
    return module.loss(batch, z).mean() + weight * divergence(mean, log_variance).clamp_min(free_bits).sum()


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence of N(mean, exp(log variance)) from N(0, 1), the mean over samples: [L] nats."""
    return 0.5 * (mean**2 + torch.exp(log_variance) - 1 - log_variance).mean(dim=0)
