"""Networks of images behind the learner protocol: their scale is that of the training rows, and is kept."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.learners.neural import NeuralLearner, NeuralOptions
from molkit.training.fit import FitOptions
from molkit.types import Column, Measurements


@pytest.mark.parametrize("kind", ["cnn", "resnet"])
def test_intensities_are_scaled_by_the_training_rows_alone(kind: str) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (30, 3, 8, 8), np.uint8)
    pixels[20:] //= 9
    columns = {"image/pixels": Column(pixels, np.arange(30))}
    labels = Measurements(rng.integers(0, 2, (30, 1)).astype(float), np.zeros((30, 1), np.int8), np.ones(30))
    options = NeuralOptions({"image": kind}, width=16, depth=2, fit=FitOptions(epochs=1), augment=("image", "flip"))
    learner = NeuralLearner(("binary",), options)
    learner.fit(columns, labels, np.arange(20), np.arange(20, 30), 0)
    first = learner.model.encoders["image"].first
    np.testing.assert_allclose(first.mean, pixels[:20].mean(axis=(0, 2, 3)) / 255, rtol=1e-5)  # type: ignore[union-attr, arg-type]
    again = NeuralLearner.from_state(learner.state())
    np.testing.assert_array_equal(again.predict(columns), learner.predict(columns))
