"""The convolutional network of textbooks (LeCun et al., Proc. IEEE 1998, 86, 2278, with rectifiers)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from molkit.nn.dropout import Dropout
from molkit.nn.pixel_batch import GRID, FirstConvolution, PixelBatch, on_grid, pixel_batch

_FIRST, _MORE = 32, 64  # maps of the first convolution, and of the others


class ConvolutionalNetwork(nn.Module):
    """3 x 3 convolutions to 32, 64, 64 maps (`depth` of them), rectified, 2 x 2 pooling between, a dense layer.

    Without normalising layers: what is said of an image depends on no other.
    """

    feature = "pixels"

    def __init__(self, width: int = 64, depth: int = 3, dropout: float = 0.0) -> None:
        super().__init__()
        self.width = width
        self.first = FirstConvolution(_FIRST)
        more = [nn.Conv2d(_FIRST if layer == 1 else _MORE, _MORE, 3, padding=1) for layer in range(1, depth)]
        self.more = nn.ModuleList(more)
        self.dense = nn.Linear((_MORE if more else _FIRST) * GRID**2, width)
        self.dropout = Dropout(dropout)

    batch = staticmethod(pixel_batch)

    def prepare(self, values: np.ndarray) -> None:
        """Take the scale of intensities from training pixels uint8 [n, C, H, W]."""
        self.first.prepare(values)

    def maps(self, batch: PixelBatch) -> Tensor:
        """The last maps [B, 64, h, w]; images smaller than the poolings take are pooled less."""
        maps = self.first(batch)
        for convolution in self.more:
            maps = convolution(_halved(maps).relu())  # pooled before rectified: the same, on a quarter of the values
        return maps.relu()

    def vectors(self, maps: Tensor) -> Tensor:
        """Vectors [B, width] of maps."""
        return torch.relu(self.dense(self.dropout(on_grid(maps))))

    def forward(self, batch: PixelBatch) -> Tensor:
        """Vectors [B, width]."""
        return self.vectors(self.maps(batch))


def _halved(maps: Tensor) -> Tensor:
    return functional.max_pool2d(maps, 2) if min(maps.shape[2:]) > 1 else maps
