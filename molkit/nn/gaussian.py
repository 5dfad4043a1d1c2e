"""The Gaussians of autoencoders: of latent factors, and of what is decoded, whose spread is learned beside its mean."""

from __future__ import annotations

import math

from torch import Tensor

_LOG_VARIANCE = 8.0  # largest logarithm, either way, of the variance of a latent factor
# A spread under a thousandth of the unit of a decoder would make the loss of one value that of all.
_SMALLEST, _LARGEST = math.log(1e-3), math.log(1e2)


def posterior(factors: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and log variance, each [B, L], from numbers [B, 2 L]."""
    mean, log_variance = factors.chunk(2, dim=1)
    return mean, log_variance.clamp(-_LOG_VARIANCE, _LOG_VARIANCE)


def gaussian_losses(values: Tensor, means: Tensor, log_spread: Tensor) -> Tensor:
    """0.5 ((x - m) / s)^2 + log s + 0.5 log 2 pi, nats; `log_spread` is broadcast."""
    log_spread = log_spread.clamp(_SMALLEST, _LARGEST)
    return 0.5 * ((values - means) / log_spread.exp()) ** 2 + log_spread + 0.5 * math.log(2 * math.pi)
