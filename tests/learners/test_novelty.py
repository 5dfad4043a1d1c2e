"""Novelty against its formula, and against what is drawn from the distributions that it assumes."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.learners.autoencoder import Autoencoder, AutoencoderOptions
from molkit.learners.density import Density
from molkit.learners.novelty import Novelty
from molkit.types import Steps

STANDARD = Density(np.ones(1), np.zeros((1, 3)), np.eye(3)[None])
LEVELS = np.linspace(0, 1, 101)


def novelty(log_density: np.ndarray = LEVELS, surprise: np.ndarray = LEVELS) -> Novelty:
    module = {"latent": 3, "width": 8, "hidden": 8}
    return Novelty(Autoencoder("selfies", AutoencoderOptions(module=module)), STANDARD, log_density, surprise)


def test_it_is_the_square_of_the_larger_share() -> None:
    density = np.array([0.5, 0.9, 0.2, 2.0, -1.0, np.nan])
    surprise = np.array([0.5, 0.3, 0.1, -1.0, 0.5, np.nan])
    found = novelty().of_measures(density, surprise)
    np.testing.assert_allclose(found, [0.25, 0.09, 0.64, 0.0, 1.0, 1.0], atol=1e-12)


def test_shares_are_those_of_the_held_out_things() -> None:
    rng = np.random.default_rng(0)
    held = rng.normal(size=(2, 4000))
    made = novelty(*(np.quantile(own, LEVELS) for own in held))
    a = (held[0] > -0.3).mean()
    b = (held[1] < 1.1).mean()
    assert made.of_measures(np.array([-0.3]), np.array([9.0]))[0] == 1.0
    assert made.of_measures(np.array([-0.3]), np.array([-9.0]))[0] == pytest.approx(a**2, abs=0.005)
    assert made.of_measures(np.array([9.0]), np.array([1.1]))[0] == pytest.approx(b**2, abs=0.005)


def test_of_things_like_the_held_out_ones_a_share_of_1_minus_t_is_above_t() -> None:
    rng = np.random.default_rng(1)
    held, new = rng.gamma(2.0, size=(2, 2, 5000))
    found = novelty(*(np.quantile(own, LEVELS) for own in held)).of_measures(*new)
    for t in (0.2, 0.5, 0.8, 0.95):
        assert (found > t).mean() == pytest.approx(1 - t, abs=0.02)


def test_it_never_falls_with_surprise_nor_rises_with_density() -> None:
    values = np.linspace(-0.5, 1.5, 60)
    middle = np.full(60, 0.4)
    assert (np.diff(novelty().of_measures(middle, values)) >= 0).all()
    assert (np.diff(novelty().of_measures(values, middle)) <= 0).all()


def test_what_has_no_vector_is_as_novel_as_can_be() -> None:
    steps = Steps(np.array([5, 6, 7, 5, 6], np.int32), np.array([0, 2, 3, 5]))
    made = novelty(np.linspace(-9, 0, 101), np.linspace(0, 99, 101))
    vectors = np.array([[0.1, 0.2, 0.3], [np.nan] * 3, [3.0, 0.0, 0.0]], np.float32)
    density, surprise = made.measures(steps, vectors)
    assert np.isnan([density[1], surprise[1]]).all()
    np.testing.assert_allclose(density[[0, 2]], STANDARD.log_density(vectors[[0, 2]]))
    np.testing.assert_allclose(surprise[0], made.autoencoder.surprise(steps, np.nan_to_num(vectors))[0], rtol=1e-5)
    found = made.shares(steps, vectors)
    assert found[1] == 1.0
    assert (found[[0, 2]] < 1).all()
    assert made.shares(Steps(np.zeros(0, np.int32), np.zeros(1, np.int64)), vectors[:0]).shape == (0,)
