"""Pictures of images and of where a network looked."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from molkit.report.figures import Picture, short


def activation_picture(pixels: np.ndarray, maps: np.ndarray, words: str, name: str = "activation") -> Picture:
    """An image uint8 [C, H, W], and beside it the same under its map [H, W] of 0 to 1, as of `explain.gradcam`.

    `words` say what the map speaks for. Warm colours lie where it is high; where it is 0 the image is as it was.
    """
    return Picture(name, f"where the network looked: {words}", partial(_overlay, pixels=pixels, maps=maps, words=words))


def _overlay(figure: Any, pixels: np.ndarray, maps: np.ndarray, words: str) -> None:
    image = pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)
    left, right = figure.subplots(1, 2)
    for axes, title in ((left, "image"), (right, short(words))):
        axes.imshow(image, cmap="gray", vmin=0, vmax=255)
        axes.set(title=title, xticks=[], yticks=[])
    over = right.imshow(maps, cmap="inferno", vmin=0, vmax=1, alpha=0.6 * np.clip(maps, 0, 1))
    figure.colorbar(over, ax=right, shrink=0.4, label="share of the largest activation")
