"""Perceptrons on features of one row: columns of a table, the fingerprint of a molecule, composition of a protein."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from molkit.features.fingerprint import FingerprintFeaturizer
from molkit.nn.dropout import Dropout

_CLIP = 10.0  # standard deviations, beyond which a value is not extrapolated


class FingerprintPerceptron(nn.Module):
    """`depth` layers on log(1 + count) of each environment of a molecule."""

    feature = "fingerprint"

    def __init__(self, width: int = 256, depth: int = 2, dropout: float = 0.0) -> None:
        super().__init__()
        self.width = width
        self.layers = _layers(FingerprintFeaturizer().size, width, depth, dropout)

    @staticmethod
    def batch(counts: np.ndarray) -> Tensor:
        """What `forward` takes, from counts uint8 [B, F]."""
        return torch.from_numpy(np.log1p(counts.astype(np.float32)))

    def forward(self, batch: Tensor) -> Tensor:
        """Vectors [B, width]."""
        return self.layers(batch)


class TablePerceptron(nn.Module):
    """`depth` layers on standardised values, each with a flag that says where it is missing.

    A missing value is the training median. `prepare` sets medians, means and spreads, and the number of columns; until
    then there is none.
    """

    feature = "values"

    def __init__(self, width: int = 256, depth: int = 2, dropout: float = 0.0) -> None:
        super().__init__()
        self.width, self.depth, self.share = width, depth, dropout
        self.median: Tensor
        self.mean: Tensor
        self.spread: Tensor
        self._resize(1)
        self.register_load_state_dict_pre_hook(_resize_for)

    def _resize(self, columns: int) -> None:
        for name in ("median", "mean", "spread"):
            self.register_buffer(name, torch.ones(columns) if name == "spread" else torch.zeros(columns))
        self.layers = _layers(2 * columns, self.width, self.depth, self.share)

    def prepare(self, values: np.ndarray) -> None:
        """Take the scales of training values float32 [n, F], NaN = missing, and draw new weights for F columns."""
        self._resize(values.shape[1])
        known = ~np.isnan(values)
        for column in np.flatnonzero(known.any(axis=0)).tolist():
            own = values[known[:, column], column].astype(np.float64)
            self.median[column], self.mean[column] = float(np.median(own)), float(own.mean())
            self.spread[column] = float(own.std()) or 1.0

    @staticmethod
    def batch(values: np.ndarray) -> Tensor:
        """What `forward` takes, from values float32 [B, F]."""
        return torch.from_numpy(values.astype(np.float32))

    def forward(self, batch: Tensor) -> Tensor:
        """Vectors [B, width]."""
        missing = torch.isnan(batch)
        filled = torch.where(missing, self.median, batch)
        scaled = ((filled - self.mean) / self.spread).clamp(-_CLIP, _CLIP)
        return self.layers(torch.cat([scaled, missing.to(scaled.dtype)], dim=1))


class CompositionPerceptron(TablePerceptron):
    """The same on what a protein consists of: a vector for next to nothing, where convolutions need many passes."""

    feature = "composition"


def _resize_for(module: Any, state: dict[str, Tensor], prefix: str, *_: Any) -> None:
    """The number of columns is known from a state alone."""
    if f"{prefix}median" in state:
        module._resize(len(state[f"{prefix}median"]))


def _layers(inputs: int, width: int, depth: int, dropout: float) -> nn.Sequential:
    parts: list[nn.Module] = []
    for place in range(depth):
        parts += [nn.Linear(inputs if place == 0 else width, width), nn.ReLU(), Dropout(dropout)]
    return nn.Sequential(*parts[:-1])
