"""Signals and images beside what an autoencoder makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from molkit.report.figures import BLUE, ORANGE, Picture

MOST = 12  # in a picture
_COLUMNS = 3  # of signals
_PAIRS = 4  # of images beside each other


def signals_picture(
    given: np.ndarray, decoded: np.ndarray, titles: Sequence[str], name: str = "reconstructed"
) -> Picture:
    """Up to 12 signals [n, T], NaN behind their end, each with what is given back over it."""
    draw = partial(_signals, given=given[:MOST], decoded=decoded[:MOST], titles=titles[:MOST])
    return Picture(name, "signals, and what the autoencoder gives back", draw)


def images_picture(
    given: np.ndarray, decoded: np.ndarray, titles: Sequence[str], name: str = "reconstructed"
) -> Picture:
    """Up to 12 images [n, C, H, W] of 0 to 1, each beside what is given back."""
    draw = partial(_images, given=given[:MOST], decoded=decoded[:MOST], titles=titles[:MOST])
    return Picture(name, "images, and to the right of each what the autoencoder gives back", draw)


def _signals(figure: Any, given: np.ndarray, decoded: np.ndarray, titles: Sequence[str]) -> None:
    columns = min(_COLUMNS, len(given))
    rows = -(-len(given) // columns)
    figure.set_size_inches(2.6 * columns + 0.4, 1.7 * rows + 0.5)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes, own, back, title in zip(grid.flat, given, decoded, titles, strict=False):
        length = int((~np.isnan(own)).sum())
        (before,) = axes.plot(own[:length], color=BLUE, linewidth=1.2)
        (after,) = axes.plot(back[:length], color=ORANGE, linewidth=1, linestyle="--")
        axes.set_title(title, fontsize=8)
        axes.tick_params(labelsize=7)
    for axes in list(grid.flat)[len(given) :]:
        axes.set_axis_off()
    for axes in grid[-1]:
        axes.set_xlabel("sample", fontsize=8)
    figure.legend([before, after], ["signal", "given back"], loc="outside upper center", ncols=2)


def _images(figure: Any, given: np.ndarray, decoded: np.ndarray, titles: Sequence[str]) -> None:
    pairs = min(_PAIRS, len(given))
    rows = -(-len(given) // pairs)
    figure.set_size_inches(2.2 * pairs + 0.2, 1.45 * rows + 0.2)
    grid = figure.subplots(rows, 2 * pairs, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for place, (own, back, title) in enumerate(zip(given, decoded, titles, strict=True)):
        row, column = divmod(place, pairs)
        left, right = grid[row, 2 * column], grid[row, 2 * column + 1]
        for axes, image in ((left, own), (right, back)):
            axes.imshow(_levels(image), cmap="gray", vmin=0, vmax=1)
        left.set_title(title, fontsize=8, loc="left")
        right.set_title("given back", fontsize=7)


def _levels(image: np.ndarray) -> np.ndarray:
    """[C, H, W] as matplotlib takes it."""
    return image[0] if len(image) == 1 else image.transpose(1, 2, 0)
