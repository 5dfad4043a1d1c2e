"""The first layer of image networks, and the two networks on images of any size."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from molkit.nn import ENCODERS
from molkit.nn.cnn import ConvolutionalNetwork
from molkit.nn.pixel_batch import FirstConvolution, pixel_batch

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (6, 1, 28, 28), np.uint8)
KINDS = [kind for kind, encoder in ENCODERS.items() if encoder.feature == "pixels"]


def test_a_grey_image_is_a_coloured_one_of_equal_channels() -> None:
    torch.manual_seed(0)
    layer = FirstConvolution(8)
    layer.prepare(GREY)
    grey, colour = layer(pixel_batch(GREY)), layer(pixel_batch(GREY.repeat(3, axis=1)))
    torch.testing.assert_close(grey, colour, rtol=0, atol=1e-5)


def test_intensities_are_standardised_by_the_training_images() -> None:
    colour = (RNG.random((50, 3, 9, 9)) * np.array([255, 90, 10])[:, None, None]).astype(np.uint8)
    layer = FirstConvolution(4)
    layer.prepare(colour)
    np.testing.assert_allclose(layer.mean, colour.mean(axis=(0, 2, 3)) / 255, rtol=1e-5)
    np.testing.assert_allclose(layer.spread, colour.std(axis=(0, 2, 3)) / 255, rtol=1e-5)
    layer.prepare(np.full((2, 1, 5, 5), 255, np.uint8))
    assert torch.isfinite(layer(pixel_batch(GREY))).all()
    assert torch.equal(layer.mean, torch.ones(3))


def test_the_textbook_network_is_what_the_textbook_says() -> None:
    """Rectified, then pooled, as one writes it down; here the order is the other way round."""
    torch.manual_seed(0)
    model = ConvolutionalNetwork()
    maps = model.first(pixel_batch(GREY)).relu()
    for layer in model.more:
        maps = layer(nn.functional.max_pool2d(maps, 2)).relu()
    assert maps.shape == (6, 64, 7, 7)
    torch.testing.assert_close(model.maps(pixel_batch(GREY)), maps)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 16, 16), (3, 30, 45), (1, 128, 128)])
def test_images_of_any_size_are_read(kind: str, shape: tuple[int, ...]) -> None:
    encoder = ENCODERS[kind](width=16).eval()
    found = encoder(encoder.batch(RNG.integers(0, 256, (2, *shape), np.uint8)))
    assert found.shape == (2, 16)
    assert torch.isfinite(found).all()


@pytest.mark.parametrize("kind", KINDS)
def test_one_state_serves_grey_and_colour(kind: str) -> None:
    one, other = ENCODERS[kind](width=16), ENCODERS[kind](width=16)
    one.prepare(GREY)
    other.load_state_dict(one.state_dict())
    colour = GREY.repeat(3, axis=1)
    torch.testing.assert_close(one(one.batch(GREY)), other(other.batch(colour)), rtol=0, atol=1e-4)
