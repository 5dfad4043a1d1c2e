"""The overlay of an activation map."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from molkit.report.figures import drawn
from molkit.report.image_plots import activation_picture


@pytest.mark.parametrize("channels", [1, 3])
def test_colour_lies_where_the_map_is_high(channels: int) -> None:
    pixels, maps = np.full((channels, 20, 20), 128, np.uint8), np.zeros((20, 20), np.float32)
    maps[:10] = 0.7
    picture = activation_picture(pixels, maps, "pneumonia")
    assert "pneumonia" in picture.says
    content = drawn(picture, "png")
    assert content == drawn(picture, "png")
    drawing = np.asarray(Image.open(io.BytesIO(content)).convert("RGB")).astype(int)
    colourful = (drawing.max(axis=2) - drawing.min(axis=2) > 30).mean()
    nothing = np.asarray(Image.open(io.BytesIO(drawn(activation_picture(pixels, maps * 0, "x"), "png"))).convert("RGB"))
    assert colourful > (nothing.max(axis=2).astype(int) - nothing.min(axis=2) > 30).mean() + 0.02
