"""Batches of images, and how the first layer of an image network reads them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

COLOURS = 3
# The last maps are averaged to 4 x 4 places: images of any size have one dense layer, which knows what is where. From
# the mean over all places a residual network did not learn handwritten digits in 20 epochs.
GRID = 4


@dataclass(frozen=True)
class PixelBatch:
    """Images as they are stored."""

    pixels: Tensor  # uint8 [B, C, H, W], C = 1 or 3


def pixel_batch(values: np.ndarray) -> PixelBatch:
    """A batch from packed pixels uint8 [B, C, H, W]."""
    return PixelBatch(torch.from_numpy(np.ascontiguousarray(values)))


def on_grid(maps: Tensor) -> Tensor:
    """Means of 4 x 4 areas of maps [B, C, h, w], as [B, 16 C]."""
    return functional.adaptive_avg_pool2d(maps, GRID).flatten(1)


class FirstConvolution(nn.Module):
    """Standardises intensities, then a 3 x 3 convolution of three colours.

    A grey image is one whose three colours are equal, so that of its one channel the sum of the weights is asked;
    one state fits both. `mean` and `spread` are those of the training images, in units of 0 to 1.
    """

    def __init__(self, width: int, bias: bool = True) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(COLOURS, width, 3, padding=1, bias=bias)
        self.mean: Tensor
        self.spread: Tensor
        self.register_buffer("mean", torch.full((COLOURS,), 0.5))
        self.register_buffer("spread", torch.full((COLOURS,), 0.25))

    def prepare(self, values: np.ndarray) -> None:
        """Take mean and spread of each channel from training pixels uint8 [n, C, H, W]."""
        levels = np.arange(256) / 255
        for channel in range(COLOURS):
            own = values[:, channel % values.shape[1]]
            shares = sum(np.bincount(image.ravel(), minlength=256) for image in own) / own.size
            mean = float(shares @ levels)
            self.mean[channel] = mean
            self.spread[channel] = max(float(shares @ (levels - mean) ** 2) ** 0.5, 1 / 255)

    def forward(self, batch: PixelBatch) -> Tensor:
        """Maps [B, width, H, W]."""
        channels, weight = batch.pixels.shape[1], self.convolution.weight
        mean, spread = (buffer[:channels, None, None] for buffer in (self.mean, self.spread))
        pixels = (batch.pixels.to(weight.dtype) / 255 - mean) / spread
        if channels == 1:
            weight = weight.sum(dim=1, keepdim=True)
        return functional.conv2d(pixels, weight, self.convolution.bias, padding=1)
