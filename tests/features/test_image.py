"""Thumbnails are means of areas, sketches their thermometers."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.data.images import Image
from molkit.features.image import ImageSketchFeaturizer, PixelFeaturizer, ThumbnailFeaturizer

RNG = np.random.default_rng(0)


def images(*shape: int) -> list[Image]:
    return [Image(f"{n}.png", RNG.integers(0, 256, shape, np.uint8)) for n in range(5)]


def test_pixels_are_those_that_were_read() -> None:
    some = images(3, 9, 9)
    np.testing.assert_array_equal(PixelFeaturizer()(some), [image.pixels for image in some])


def test_a_thumbnail_of_a_multiple_of_its_side_has_the_means_of_blocks() -> None:
    some = images(1, 48, 48)
    expected = [image.pixels.reshape(16, 3, 16, 3).mean(axis=(1, 3)).ravel() / 255 for image in some]
    np.testing.assert_allclose(ThumbnailFeaturizer()(some), expected, atol=1e-6)


@pytest.mark.parametrize("side", [7, 28, 40])
def test_areas_of_any_size_are_means_over_finer_pixels(side: int) -> None:
    """Each pixel repeated 16 times makes areas of whole pixels."""
    some = images(3, side, side)
    fine = np.stack([image.pixels for image in some]).repeat(16, axis=2).repeat(16, axis=3)
    grey = np.tensordot(fine.astype(float), [0.299, 0.587, 0.114], (1, 0))
    expected = grey.reshape(5, 16, side, 16, side).mean(axis=(2, 4)).reshape(5, 256) / 255
    np.testing.assert_allclose(ThumbnailFeaturizer()(some), expected, atol=1e-5)
    assert len(ThumbnailFeaturizer().names) == 256


def test_bits_of_a_sketch_count_its_levels() -> None:
    some = images(1, 16, 16)
    bits = np.unpackbits(ImageSketchFeaturizer()(some), axis=1).reshape(5, 256, 8)
    assert (np.diff(bits.astype(int), axis=2) <= 0).all()  # filled from below, as in a thermometer
    np.testing.assert_allclose(bits.sum(axis=2) / 8, ThumbnailFeaturizer()(some), atol=1 / 16 + 1e-6)
