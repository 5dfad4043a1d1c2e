"""What encoders of health records share: a size that is known only from data, and scales of the training values."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from molkit.nn.dropout import Dropout
from molkit.nn.event_batch import EventBatch, event_batch
from molkit.types import Steps

# A standardised value beyond this is a slip of the pen more often than a state of the patient.
_FARTHEST = 5.0


class EventEncoder(nn.Module):
    """Reads `molkit.features.events`; `build(codes)` of a subclass makes its layers for so many codes.

    The number of codes is that of the values which `prepare` or a stored state brings; until then there are none.
    First weights are drawn evenly from ±1 / sqrt(width), torch's rule for GRUs, from a generator of their own that is
    seeded here: what others draw before `prepare` changes nothing.
    """

    feature = "events"
    mean: Tensor  # float32 [C], of the measured training values
    spread: Tensor  # float32 [C]

    def __init__(self, width: int, depth: int, dropout: float) -> None:
        super().__init__()
        self.width, self.depth = width, depth
        self.dropout = Dropout(dropout)
        self.seed = int(torch.randint(1 << 62, ()))
        self._resize(0)

    def build(self, codes: int) -> None:
        """Layers, their weights not drawn yet."""
        raise NotImplementedError

    def _resize(self, codes: int) -> None:
        with torch.device("meta"):  # where torch draws nothing
            self.build(codes)
        self.to_empty(device="cpu")
        self.register_buffer("mean", torch.zeros(codes))
        self.register_buffer("spread", torch.ones(codes))
        generator = torch.Generator().manual_seed(self.seed)
        for weight in self.parameters():
            nn.init.uniform_(weight, -(self.width**-0.5), self.width**-0.5, generator)

    def prepare(self, steps: Steps) -> None:
        """Take scales, and the number of codes, from the packed values of training rows; weights start afresh.

        A code without a value, or with one value only, gets a spread of 1.
        """
        self._resize(steps.values.shape[1] - 1)
        values = steps.values[:, 1:].astype(np.float64)
        count = np.maximum((~np.isnan(values)).sum(axis=0), 1)
        mean = np.nansum(values, axis=0) / count
        spread = np.sqrt(np.nansum((values - mean) ** 2, axis=0) / count)
        spread = np.where(spread > 1e-6 * np.abs(mean) + 1e-12, spread, 1)
        self.mean.copy_(torch.from_numpy(mean))
        self.spread.copy_(torch.from_numpy(spread))

    def _load_from_state_dict(self, state: dict[str, Tensor], prefix: str, *rest: Any) -> None:
        self._resize(len(state[f"{prefix}mean"]))
        super()._load_from_state_dict(state, prefix, *rest)

    @staticmethod
    def batch(steps: Steps) -> EventBatch:
        """What `forward` takes, from a packed column."""
        return event_batch(steps)

    def standardised(self, known: Tensor) -> Tensor:
        """Values [E, C] on the scale of training, clipped; 0, the training mean, where nothing is known."""
        return torch.nan_to_num((known - self.mean) / self.spread, nan=0.0).clamp(-_FARTHEST, _FARTHEST)
