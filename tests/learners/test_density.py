"""The latent density against SciPy, and against what it was fitted to."""

from __future__ import annotations

import numpy as np
from scipy.stats import multivariate_normal

from molkit.learners.density import Density, fit_density


def two_heaps(count: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    heap = rng.standard_normal((count, 2)) @ np.array([[1.0, 0.8], [0.0, 0.6]])
    return np.where(rng.random((count, 1)) < 0.3, heap * 0.2 + 8.0, heap).astype(np.float32)


def test_log_density_is_that_of_the_mixture() -> None:
    rng = np.random.default_rng(1)
    factors = np.tril(rng.standard_normal((2, 3, 3))) + 3 * np.eye(3)
    density = Density(np.array([0.25, 0.75]), rng.standard_normal((2, 3)), factors)
    points = rng.standard_normal((40, 3)) * 3
    expected = sum(
        weight * multivariate_normal(mean, factor @ factor.T).pdf(points)
        for weight, mean, factor in zip(density.weights, density.means, density.factors, strict=True)
    )
    np.testing.assert_allclose(density.log_density(points), np.log(expected), rtol=1e-9)


def test_what_is_drawn_lies_as_what_it_was_fitted_to() -> None:
    own = two_heaps(4000)
    drawn = fit_density(own, 0).draw(20_000, np.random.default_rng(2))
    assert drawn.dtype == np.float32
    np.testing.assert_allclose(drawn.mean(axis=0), own.mean(axis=0), atol=0.15)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(own.T), rtol=0.06)


def test_strangers_are_less_likely() -> None:
    density = fit_density(two_heaps(2000), 0)
    inside, between = density.log_density(two_heaps(500)), density.log_density(np.full((1, 2), 4.5))
    assert between[0] < np.quantile(inside, 0.01)


def test_few_vectors_of_many_dimensions_have_a_density() -> None:
    few = np.random.default_rng(0).standard_normal((25, 60)).astype(np.float32)
    density = fit_density(few, 0)
    assert np.isfinite(density.log_density(few)).all()
    again = Density(**density.arrays())
    np.testing.assert_array_equal(again.log_density(few), density.log_density(few))
