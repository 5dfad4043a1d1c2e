"""What encoders of health records share: a size that is known only from data, and scales of the training values."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from molkit.nn.dropout import Dropout
from molkit.nn.event_batch import EventBatch, event_batch
from molkit.types import Steps

# The quartiles of a normal distribution are this many standard deviations apart.
_QUARTILES_APART = 1.349


class EventEncoder(nn.Module):
    """Reads `molkit.features.events`; `build(codes)` of a subclass makes its layers for so many codes.

    The number of codes is that of the values which `prepare` or a stored state brings; until then there are none.
    First weights are drawn evenly from ±1 / sqrt(width), torch's rule for GRUs, from a generator of their own that is
    seeded here: what others draw before `prepare` changes nothing.
    """

    feature = "events"
    median: Tensor  # float32 [C], of the measured training values
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
        self.register_buffer("median", torch.zeros(codes))
        self.register_buffer("spread", torch.ones(codes))
        generator = torch.Generator().manual_seed(self.seed)
        for weight in self.parameters():
            nn.init.uniform_(weight, -(self.width**-0.5), self.width**-0.5, generator)

    def prepare(self, steps: Steps) -> None:
        """Take scales, and the number of codes, from the packed values of training rows; weights start afresh.

        Median and quartiles, as a few slips of the pen (a pH of 735) would carry mean and deviation away. Where the
        quartiles are equal the spread is the standard deviation, of a code that never varies 1.
        """
        self._resize(steps.values.shape[1] - 1)
        for code, values in enumerate(steps.values[:, 1:].T.astype(np.float64)):
            own = values[~np.isnan(values)]
            if len(own):
                low, middle, high = np.quantile(own, (0.25, 0.5, 0.75))
                self.median[code] = middle
                self.spread[code] = (high - low) / _QUARTILES_APART or own.std() or 1.0

    def _load_from_state_dict(self, state: dict[str, Tensor], prefix: str, *rest: Any) -> None:
        self._resize(len(state[f"{prefix}median"]))
        super()._load_from_state_dict(state, prefix, *rest)

    @staticmethod
    def batch(steps: Steps) -> EventBatch:
        """What `forward` takes, from a packed column."""
        return event_batch(steps)

    def standardised(self, known: Tensor) -> Tensor:
        """sign(z) log(1 + |z|) of z = (value - median) / spread, [E, C]; 0 where nothing is known."""
        scaled = (known - self.median) / self.spread
        return torch.nan_to_num(torch.copysign(torch.log1p(scaled.abs()), scaled), nan=0.0)
