"""Augmented images: geometry against SciPy, what is random within its limits, seeds that repeat."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import affine_transform

from molkit.training import augment_images
from molkit.training.augment import AUGMENTATIONS, augmented
from molkit.training.augment_images import flip, moved, vary

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (12, 3, 20, 30), np.uint8)


@pytest.mark.parametrize(
    ("angle", "shift", "zoom"), [(0.3, (0.1, -0.2), 1.2), (-0.1, (0, 0), 0.8), (0, (0.05, 0.1), 1)]
)
def test_images_are_moved_as_scipy_moves_them(angle: float, shift: tuple[float, float], zoom: float) -> None:
    levels = RNG.random((2, 1, 20, 30), np.float32)
    found = moved(levels, np.full(2, angle), np.array([shift, shift]), np.full(2, zoom))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) / zoom  # of (row, column)
    centre = np.array([9.5, 14.5])
    offset = centre - turn @ centre - np.array([shift[1] * 20, shift[0] * 30])
    expected = affine_transform(levels[1, 0].astype(float), turn, offset, order=1, mode="nearest")
    np.testing.assert_allclose(found[1, 0], expected, atol=1e-4)


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


def test_a_constant_image_changes_by_contrast_and_noise_alone() -> None:
    grey = np.full((400, 1, 8, 8), 100, np.uint8)
    found = vary(grey, np.random.default_rng(0)) / 255
    levels = found.mean(axis=(1, 2, 3))
    gamma = np.log(levels) / np.log(100 / 255)
    assert 1 / augment_images.GAMMA - 0.03 < gamma.min() < 0.85
    assert 1.2 < gamma.max() < augment_images.GAMMA + 0.03
    noise = found.std(axis=(1, 2, 3))
    assert noise.min() < 0.005
    assert 0.025 < noise.max() < 1.4 * augment_images.NOISE


def test_half_of_the_images_are_flipped() -> None:
    many = np.repeat(PIXELS[:1], 2000, axis=0)
    found = flip(many, np.random.default_rng(0))
    turned = (found == many[:, :, :, ::-1]).all(axis=(1, 2, 3))
    same = (found == many).all(axis=(1, 2, 3))
    assert (turned ^ same).all()
    assert abs(turned.mean() - 0.5) < 0.05
