"""Augmented images: what is random within its limits, seeds that repeat."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.training import augment_images
from molkit.training.augment import AUGMENTATIONS, augmented
from molkit.training.augment_images import flip, vary

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (12, 3, 20, 30), np.uint8)


@pytest.mark.parametrize("name", [name for name, own in AUGMENTATIONS.items() if "pixels" in own.features])
def test_a_seed_repeats_and_images_stay_images(name: str) -> None:
    before = PIXELS.copy()
    found, again, other = (augmented(PIXELS, "pixels", [name], np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert isinstance(found, np.ndarray)
    assert isinstance(other, np.ndarray)
    assert found.dtype == np.uint8
    assert found.shape == PIXELS.shape
    np.testing.assert_array_equal(found, again)
    assert (found != other).any()
    np.testing.assert_array_equal(PIXELS, before)


def test_a_constant_image_changes_by_noise_alone() -> None:
    grey = np.full((100, 1, 16, 16), 100, np.uint8)
    found = vary(grey, np.random.default_rng(0)) / 255
    noise = found.std(axis=(1, 2, 3))
    assert noise.min() < 0.005
    assert 0.02 < noise.max() < 1.3 * augment_images.NOISE
    np.testing.assert_allclose(found.mean(axis=(1, 2, 3)), 100 / 255, atol=0.01)


def test_contrast_is_an_exponent_within_its_limits() -> None:
    steps = np.repeat(np.array([0, 127, 255], np.uint8), 10)[None, None, None].repeat(30, axis=2).repeat(60, axis=0)
    found = vary(steps, np.random.default_rng(0))[:, 0, 14:16, 14:16].mean(axis=(1, 2)) / 255
    gamma = np.log(found) / np.log(127 / 255)
    assert 1 / augment_images.GAMMA - 0.1 < gamma.min() < 0.9
    assert 1.1 < gamma.max() < augment_images.GAMMA + 0.1


def test_images_are_moved_no_further_than_was_said() -> None:
    dot = np.zeros((60, 1, 41, 41), np.uint8)
    dot[:, 0, 19:22, 29:32] = 255  # ten pixels right of the centre
    found = vary(dot, np.random.default_rng(0))[:, 0].astype(float)
    found[found < 64] = 0
    down, across = ((found.sum(axis=axis) @ np.arange(41)) / found.sum(axis=(1, 2)) for axis in (2, 1))
    shift, turn = augment_images.SHIFT * 41, 10 * np.sin(augment_images.ROTATION)
    assert 2 < np.abs(down - 20).max() < shift + 1.1 * turn + 0.5
    assert 1.5 < np.abs(across - 30).max() < shift + 10 * augment_images.ZOOM + 1


def test_half_of_the_images_are_flipped() -> None:
    many = np.repeat(PIXELS[:1], 1000, axis=0)
    found = flip(many, np.random.default_rng(0))
    turned = (found == many[:, :, :, ::-1]).all(axis=(1, 2, 3))
    same = (found == many).all(axis=(1, 2, 3))
    assert (turned ^ same).all()
    assert abs(turned.mean() - 0.5) < 0.05
