"""Numbers on the scale of the training rows."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn


class Standardise(nn.Module):
    """(x - mean) / spread over the last axis; both are kept with the weights, 0 and 1 until they are taken."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.mean: Tensor
        self.spread: Tensor
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("spread", torch.ones(size))

    def take(self, values: np.ndarray) -> None:
        """Mean and spread of float32 [n, size], or of [n, 1] for all alike; what never varies keeps a spread of 1."""
        mean, spread = values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64)
        varies = spread > 1e-6 * np.abs(mean)
        self.mean[:] = torch.from_numpy(mean)
        self.spread[:] = torch.from_numpy(np.where(varies & (spread > 0), spread, 1.0))

    def forward(self, values: Tensor) -> Tensor:
        """The same shape [..., size]."""
        return (values - self.mean) / self.spread
