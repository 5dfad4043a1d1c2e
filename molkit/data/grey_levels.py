"""Stored values of any depth as eight-bit grey levels, and these as pixels of one size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from molkit.types import Problem

if TYPE_CHECKING:
    from PIL.Image import Image as Drawn

Limits = tuple[float, float]  # the values that become black and white
# Of a deep image without a window this share of its values at either end is cut off.
_OUTER_PERCENT = 0.5


def eight_bits(levels: np.ndarray, limits: Limits | None = None) -> Drawn | Problem:
    """Values [H, W] or [H, W, 3] of any number type as an image of eight-bit grey or colour levels.

    With limits values go between them; without, uint8 is kept, bool is black and white, and all
    else is cut to the range that holds all but the outer half per cent. A constant image becomes black.
    """
    from PIL import Image as Pillow

    if levels.dtype == bool:
        levels = levels.astype(np.uint8) * np.uint8(255)
    if levels.dtype != np.uint8 or limits:
        levels = levels.astype(np.float32, copy=False)
        if not np.isfinite(levels).all():
            return Problem("non_finite", "the image has values that are no numbers; export it again.")
        low, high = limits or _range(levels)
        levels = scaled(levels, low, high)
    return Pillow.fromarray(levels)


def window_limits(centre: float, width: float) -> Limits:
    """The values that become black and white: DICOM PS3.3, C.11.2.1.2, function LINEAR.

    >>> window_limits(128, 256)
    (0.0, 255.0)
    """
    return centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2


def scaled(levels: np.ndarray, low: float, high: float) -> np.ndarray:
    """From black at `low` to white at `high`, uint8; where these are equal, a step behind them."""
    if high <= low:
        return np.where(levels > low, 255, 0).astype(np.uint8)
    share = (levels.astype(np.float32) - np.float32(low)) / np.float32(high - low)
    return np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)


def _range(levels: np.ndarray) -> Limits:
    low, high = np.percentile(levels, (_OUTER_PERCENT, 100 - _OUTER_PERCENT))
    if low == high:  # nearly all values are one; the others are what there is to see
        low, high = levels.min(), levels.max()
    return float(low), float(high)


def prepared_pixels(image: Drawn, size: int, channels: int, equalise: bool, smooth: float) -> np.ndarray:
    """Pixels uint8 [channels, size, size]: grey or colour, resized with its aspect kept, in the middle of black.

    Equalising and smoothing come before padding, which they would else take for a part of the image.
    """
    image = _resized(image.convert("L" if channels == 1 else "RGB"), size)
    if equalise:
        image = _equalised(image)
    pixels = np.asarray(image)
    pixels = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    if smooth:
        from scipy.ndimage import gaussian_filter

        blurred = gaussian_filter(pixels.astype(np.float32), (0, smooth, smooth), mode="nearest")
        pixels = np.rint(blurred).astype(np.uint8)
    height, width = pixels.shape[1:]
    top, left = (size - height) // 2, (size - width) // 2
    padded = np.zeros((channels, size, size), np.uint8)
    padded[:, top : top + height, left : left + width] = pixels
    return padded


def _resized(image: Drawn, size: int) -> Drawn:
    """The longer side becomes `size`; Pillow's bilinear filter widens when it shrinks, so that nothing is skipped."""
    from PIL import Image as Pillow

    scale = size / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    if (width, height) == image.size:
        return image
    return image.resize((width, height), Pillow.Resampling.BILINEAR)


def _equalised(image: Drawn) -> Drawn:
    """The histogram spread evenly; of a colour image that of its brightness."""
    from PIL import Image as Pillow
    from PIL import ImageOps

    if image.mode == "L":
        return ImageOps.equalize(image)
    brightness, *colours = image.convert("YCbCr").split()
    return Pillow.merge("YCbCr", [ImageOps.equalize(brightness), *colours]).convert("RGB")
