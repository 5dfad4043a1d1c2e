"""Images to packed columns: their pixels for networks, a thumbnail for trees, and bits of it for similarity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from molkit.data.image_table import longest_side
from molkit.data.images import Image, ImageReader

SIDE = 16  # of a thumbnail
_GREY = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green and blue: ITU-R BT.601, as Pillow has it


def image_options(cells: Sequence[Any]) -> dict[str, int]:
    """Options of the reader that suit these images: no more pixels than they have, but no fewer than a thumbnail's."""
    side = longest_side(cells)
    return {} if side is None or side >= ImageReader().size else {"size": max(side, SIDE)}


@dataclass(frozen=True)
class PixelFeaturizer:
    """The pixels as they were read; all images of a column have one size."""

    kind: ClassVar[str] = "pixels"

    def __call__(self, images: Sequence[Image]) -> np.ndarray:
        """uint8 [n, C, H, W]."""
        return np.stack([image.pixels for image in images]) if images else np.zeros((0, 1, 1, 1), np.uint8)


@dataclass(frozen=True)
class ThumbnailFeaturizer:
    """Mean grey levels, black 0 and white 1, of 16 x 16 equal areas of the image."""

    kind: ClassVar[str] = "thumbnail"

    @property
    def names(self) -> tuple[str, ...]:
        """Column names, by row from the top and column from the left."""
        return tuple(f"grey_{row}_{column}" for row in range(SIDE) for column in range(SIDE))

    def __call__(self, images: Sequence[Image]) -> np.ndarray:
        """float32 [n, 256]."""
        values = np.empty((len(images), SIDE * SIDE), np.float32)
        for row, image in enumerate(images):
            pixels = image.pixels.astype(np.float32) / 255
            grey = pixels[0] if len(pixels) == 1 else np.tensordot(_GREY, pixels, 1)
            down, across = (_areas(side) for side in grey.shape)
            values[row] = (down @ grey @ across.T).ravel()
        return values


@dataclass(frozen=True)
class ImageSketchFeaturizer:
    """A thermometer code of the thumbnail: for each area as many of `levels` bits as its grey level reaches.

    The Tanimoto similarity of two codes is the sum of the smaller over that of the larger levels (Ruzicka).
    """

    kind: ClassVar[str] = "image-sketch"
    levels: int = 8

    def __call__(self, images: Sequence[Image]) -> np.ndarray:
        """Packed bits, uint8 [n, 32 * levels]."""
        limits = (np.arange(self.levels, dtype=np.float32) + 0.5) / self.levels
        bits = ThumbnailFeaturizer()(images)[:, :, None] > limits
        return np.packbits(bits.reshape(len(images), SIDE * SIDE * self.levels), axis=1)


@lru_cache(maxsize=8)
def _areas(side: int) -> np.ndarray:
    """The share that each of `side` pixels has in the mean of each area, float32 [16, side]."""
    edges = np.arange(SIDE + 1) * side / SIDE
    pixels = np.arange(side)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return (np.clip(overlap, 0, None) * SIDE / side).astype(np.float32)
