"""Dropout for networks that are trained in several threads at once."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Dropout(nn.Module):
    """Zeroes a share of the values while training and scales up the rest (Srivastava et al., JMLR 2014, 15, 1929).

    Torch's own draws from one generator of the whole process, so what a network drops would depend on what
    other threads do. This one has its own, seeded from that generator when it is built.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        if not 0 <= share < 1:
            raise ValueError(f"expected a share of at least 0 and below 1, got {share}")
        self.share = share
        self.generator = torch.Generator()
        if share:
            self.generator.manual_seed(int(torch.randint(1 << 62, ())))

    def forward(self, values: Tensor) -> Tensor:
        """The same shape."""
        if not (self.training and self.share):
            return values
        kept = torch.empty(values.shape).bernoulli_(1 - self.share, generator=self.generator)
        return values * kept.to(values.device) / (1 - self.share)
