"""Images in the table of a page, and the same with where a network looked, as files within the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np

from molkit.pipeline.looked import Looked
from molkit.report.page import Block, Cell, escaped

MOST_IMAGES = 200  # in a page
_WIDTH = 112  # pixels on the screen
_PRIVATE = "Images may name or show a person: handle this page as the images themselves."
_WARM = (
    "Warm colours lie where the networks looked for what speaks for the prediction. They show no more than that, and"
    " least of all what causes it."
)


def image_words(found: Sequence[Looked | None]) -> list[str]:
    """What is to be known of the columns of pictures."""
    return [_WARM, _PRIVATE] if _mapped(found) else [_PRIVATE]


def _mapped(found: Sequence[Looked | None]) -> bool:
    return any(one is not None and one.map is not None for one in found)


def image_columns(found: Sequence[Looked | None], rows: int) -> dict[str, list[Cell]]:
    """Columns of pictures for the first of `rows` rows, each of images and, if there are any, of maps."""
    images = [Cell(Block("")) if one is None else _cell(one.pixels, "image") for one in found]
    columns = {"picture": images}
    if _mapped(found):
        columns["what speaks for it"] = [_map_cell(one) for one in found]
    return {name: [*cells, *[Cell(Block(""))] * (rows - len(cells))] for name, cells in columns.items()}


def _map_cell(one: Looked | None) -> Cell:
    if one is None or one.map is None:
        return Cell(Block(""))
    return _cell(warmed(one.pixels, one.map), f"what speaks for {one.words}")


def warmed(pixels: np.ndarray, activation: np.ndarray) -> np.ndarray:
    """An image uint8 [C, H, W] under a map [H, W] of 0 to 1, as uint8 [3, H, W]; where it is 0 the image is as it was.

    As in `image_plots.activation_picture`.
    """
    from matplotlib import colormaps

    colours = colormaps["inferno"](activation)[:, :, :3].transpose(2, 0, 1)
    share = 0.6 * np.clip(activation, 0, 1)
    return np.rint((1 - share) * pixels + share * 255 * colours).astype(np.uint8)


def _cell(pixels: np.ndarray, says: str) -> Cell:
    """Pixels uint8 [C, H, W] as an image in a cell."""
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)).save(content, "PNG")
    data = base64.b64encode(content.getvalue()).decode()
    shown = f'<img alt="{escaped(says)}" title="{escaped(says)}" width="{_WIDTH}" src="data:image/png;base64,{data}">'
    return Cell(Block(shown))
