"""Signals and images as an autoencoder gives them back, and how unusual what it cannot give back makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from molkit.data.batching import take_values
from molkit.explain.levels import levels_of, share_under
from molkit.types import Values

_AT_ONCE = 256


@dataclass(frozen=True)
class Reconstructed:
    """Rows beside what the autoencoder makes of them; arrays have a shape for all rows, NaN where a row has nothing."""

    losses: np.ndarray  # float64 [n], negative log likelihood given the posterior mean, nats
    errors: np.ndarray  # float64 [n], root mean square of the difference
    given: np.ndarray  # float32 [n, ...]
    decoded: np.ndarray  # float32 [n, ...]


@torch.inference_mode()
def reconstructed(module: Any, values: Values) -> Reconstructed:
    """What a `SignalAutoencoder` or `ImageAutoencoder` makes of packed values."""
    parts = [_part(module, take_values(values, rows)) for rows in _chunks(len(values))]
    return Reconstructed(*(np.concatenate(own) for own in zip(*parts, strict=True)))


def _chunks(count: int) -> list[np.ndarray]:
    return np.array_split(np.arange(count), max(1, -(-count // _AT_ONCE)))


def _part(module: Any, values: Values) -> tuple[np.ndarray, ...]:
    batch = module.batch(values)
    mean, _ = module.encode(batch)
    given, decoded = module.original(batch).numpy(), module.decode(mean).numpy()
    off = np.square(given.astype(np.float64) - decoded).reshape(len(given), -1)
    errors = np.sqrt(np.nansum(off, axis=1) / np.maximum((~np.isnan(off)).sum(axis=1), 1))
    return module.loss(batch, mean).numpy().astype(np.float64), errors, given, decoded


@dataclass(frozen=True)
class LossLevels:
    """What shares of rows that were not trained on stay under; numbers over many rows, and of none of them."""

    levels: np.ndarray  # float64 [Q]
    losses: np.ndarray  # float64 [Q]

    def share(self, losses: np.ndarray) -> np.ndarray:
        """The share of those rows that have a smaller loss, float64 [n]; no more than the last level."""
        return share_under(np.nan_to_num(losses, nan=np.inf), self.losses, self.levels)


def loss_levels(losses: np.ndarray) -> LossLevels:
    """Levels from the losses [n] of rows that were not trained on; raises ValueError for fewer than 20."""
    levels = levels_of(len(losses))
    return LossLevels(levels, np.quantile(losses, levels))
