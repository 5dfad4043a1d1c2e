"""Activation maps against the formula of the paper, and on images whose class lies in one place."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from molkit.errors import InputError
from molkit.explain.gradcam import grad_cam
from molkit.learners.neural import NeuralLearner, NeuralOptions
from molkit.training.fit import FitOptions
from molkit.types import Column, Measurements

SIDE = 24


def learner(kind: str) -> NeuralLearner:
    options = NeuralOptions({"image": kind}, width=16, depth=2, fit=FitOptions(epochs=12, learning_rate=3e-3))
    return NeuralLearner(("binary",), options)


def spots(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Noise images, of which half have a bright spot somewhere: pixels, labels, corners of the spots."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 80, (120, 1, SIDE, SIDE), np.uint8)
    corners, labels = rng.integers(0, SIDE - 6, (120, 2)), np.arange(120) % 2
    for image, (row, column) in zip(pixels[1::2, 0], corners[1::2], strict=True):
        image[row : row + 6, column : column + 6] = 255
    return pixels, labels, corners


@pytest.mark.parametrize("kind", ["cnn", "resnet"])
def test_the_map_is_high_where_the_class_is_seen(kind: str) -> None:
    pixels, labels, _ = spots(0)
    columns = {"image/pixels": Column(pixels, np.arange(120))}
    measured = Measurements(labels[:, None].astype(float), np.zeros((120, 1), np.int8), np.ones(120))
    model = learner(kind)
    model.fit(columns, measured, np.arange(120), np.arange(0), 0)
    pixels, labels, corners = spots(1)
    said = model.predict({"image/pixels": Column(pixels, np.arange(120))})[:, 0]
    assert ((said > 0.5) == labels).mean() > 0.95
    found = grad_cam(model, pixels[1::2])
    inside = np.array([m[r : r + 6, c : c + 6].mean() for m, (r, c) in zip(found, corners[1::2], strict=True)])
    assert np.median(inside / found.mean(axis=(1, 2))) > 2


def test_it_is_the_formula_of_the_paper() -> None:
    pixels = spots(2)[0][:3]
    model = learner("cnn").model.eval()
    maps = model.encoders["image"].maps(model.encoders["image"].batch(pixels)).detach()  # type: ignore[operator]
    found = grad_cam(wrapped(model), pixels)
    for row in range(3):
        own = maps[row : row + 1].clone().requires_grad_()
        model.head(model.encoders["image"].vectors(own))[0, 0].backward()  # type: ignore[operator]
        assert own.grad is not None
        alpha = own.grad[0].sum(dim=(1, 2)) / own[0, 0].numel()  # equation 1
        coarse = torch.relu(torch.einsum("c,chw->hw", alpha, own.detach()[0]))  # equation 2
        if coarse.max() == 0:
            assert found[row].max() == 0
            continue
        fine = torch.nn.functional.interpolate(coarse[None, None], (SIDE, SIDE), mode="bilinear")[0, 0]
        np.testing.assert_allclose(found[row], fine / fine.max(), atol=1e-4)


def wrapped(model: torch.nn.Module) -> NeuralLearner:
    found = learner("cnn")
    found.model.load_state_dict(model.state_dict())
    return found


def test_maps_for_and_against_do_not_depend_on_the_company() -> None:
    pixels, model = spots(3)[0][:5], learner("resnet")
    for against in (False, True):
        together = grad_cam(model, pixels, against=against)
        assert together.shape == (5, SIDE, SIDE)
        assert together.dtype == np.float32
        assert together.min() >= 0
        assert set(together.max(axis=(1, 2)).round(5)) <= {0.0, 1.0}
        alone = [grad_cam(model, pixels[row : row + 1], against=against)[0] for row in range(5)]
        np.testing.assert_allclose(together, alone, atol=1e-4)
    assert grad_cam(model, pixels[:0]).shape == (0, SIDE, SIDE)


def test_what_has_no_maps_is_told() -> None:
    with pytest.raises(InputError, match="choose cnn or resnet"):
        grad_cam(NeuralLearner(("binary",), NeuralOptions({"drug": "gin"}, width=8)), spots(0)[0])
    with pytest.raises(InputError, match="no output 1"):
        grad_cam(learner("cnn"), spots(0)[0], target=1)
