"""Convolutions over time on log-mel spectra."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from molkit.features.signal import LogMelFeaturizer
from molkit.nn.dropout import Dropout
from molkit.nn.standardise import Standardise
from molkit.types import Steps

_KERNEL = 5  # frames that a convolution sees


@dataclass(frozen=True)
class FrameBatch:
    """Spectra side by side, filled up to the longest."""

    values: Tensor  # float32 [B, longest, mels]
    real: Tensor  # bool [B, longest], False for what was filled up


class SpectrogramConvolution(nn.Module):
    """x <- relu(norm(convolution over time)) `depth` times, pairs of frames pooled between;  relu(W [mean, max]) of x.

    The norm is over the channels of a frame (Ba, Kiros and Hinton, arXiv 1607.06450, 2016), and frames beyond the end
    of a signal are zero after every layer, so a vector does not depend on its batch.
    """

    feature = "logmel"

    def __init__(self, width: int = 128, depth: int = 3, dropout: float = 0.0) -> None:
        super().__init__()
        self.width = width
        mels = LogMelFeaturizer().mels
        self.scale = Standardise(mels)
        sizes = [mels, *[width] * depth]
        self.layers = nn.ModuleList(
            nn.Conv1d(inputs, outputs, _KERNEL, padding=_KERNEL // 2) for inputs, outputs in pairwise(sizes)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(depth))
        self.output = nn.Linear(2 * width, width)
        self.dropout = Dropout(dropout)

    @staticmethod
    def batch(steps: Steps) -> FrameBatch:
        """What `forward` takes, from a packed column."""
        lengths = np.diff(steps.offsets)
        real = np.arange(lengths.max(initial=0)) < lengths[:, None]
        values = np.zeros((*real.shape, steps.values.shape[1]), np.float32)
        values[real] = steps.values
        return FrameBatch(torch.from_numpy(values), torch.from_numpy(real))

    def prepare(self, steps: Steps) -> None:
        """Take mean and spread of every band from the training signals."""
        self.scale.take(steps.values)

    def forward(self, batch: FrameBatch) -> Tensor:
        """Vectors [B, width]."""
        real = batch.real[:, None].to(batch.values.dtype)
        states = self.scale(batch.values).transpose(1, 2) * real
        for place, (layer, norm) in enumerate(zip(self.layers, self.norms, strict=True)):
            if place:
                states = functional.max_pool1d(states, 2, ceil_mode=True)
                real = functional.max_pool1d(real, 2, ceil_mode=True)
            states = norm(layer(self.dropout(states)).transpose(1, 2)).transpose(1, 2)
            states = torch.relu(states) * real
        means = states.sum(dim=2) / real.sum(dim=2)
        pooled = torch.cat([means, states.amax(dim=2)], dim=1)
        return torch.relu(self.output(self.dropout(pooled)))
