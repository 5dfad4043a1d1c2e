"""A small residual network (He et al., CVPR 2016), normalised by groups of maps."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from molkit.nn.dropout import Dropout
from molkit.nn.pixel_batch import GRID, FirstConvolution, PixelBatch, on_grid, pixel_batch

_GROUPS = 8


class ResidualNetwork(nn.Module):
    """`depth` stages of one residual block, maps doubling and sides halving between; means of 4 x 4; a dense layer.

    The last stage has `width` maps, the first at least 16. Group normalisation (Wu and He, ECCV 2018) and not batch
    normalisation: small tables are trained on in batches of eight, and what is learned of an image must not depend on
    its neighbours.
    """

    feature = "pixels"

    def __init__(self, width: int = 64, depth: int = 3, dropout: float = 0.0) -> None:
        super().__init__()
        self.width = width
        sizes = [_GROUPS * -(-max(16, width >> stage) // _GROUPS) for stage in reversed(range(depth))]
        self.first = FirstConvolution(sizes[0], bias=False)
        blocks = [_Block(sizes[max(stage - 1, 0)], size, 1 if stage == 0 else 2) for stage, size in enumerate(sizes)]
        self.blocks = nn.Sequential(*blocks)
        self.last = nn.GroupNorm(_GROUPS, sizes[-1])
        self.dense = nn.Linear(sizes[-1] * GRID**2, width)
        self.dropout = Dropout(dropout)

    batch = staticmethod(pixel_batch)

    def prepare(self, values: np.ndarray) -> None:
        """Take the scale of intensities from training pixels uint8 [n, C, H, W]."""
        self.first.prepare(values)

    def maps(self, batch: PixelBatch) -> Tensor:
        """The last maps [B, maps, h, w]."""
        return self.last(self.blocks(self.first(batch))).relu()

    def vectors(self, maps: Tensor) -> Tensor:
        """Vectors [B, width] of maps."""
        return torch.relu(self.dense(self.dropout(on_grid(maps))))

    def forward(self, batch: PixelBatch) -> Tensor:
        """Vectors [B, width]."""
        return self.vectors(self.maps(batch))


class _Block(nn.Module):
    """x + convolution(relu(norm(convolution(relu(norm(x)))))), as in He et al., ECCV 2016."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.before, self.between = nn.GroupNorm(_GROUPS, inputs), nn.GroupNorm(_GROUPS, outputs)
        self.one = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.two = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        same = inputs == outputs and stride == 1
        self.short = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, maps: Tensor) -> Tensor:
        """Maps [B, outputs, h / stride, w / stride]."""
        ready = self.before(maps).relu()
        around = maps if isinstance(self.short, nn.Identity) else self.short(ready)
        return around + self.two(self.between(self.one(ready)).relu())
