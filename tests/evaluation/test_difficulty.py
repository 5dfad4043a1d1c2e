"""Scaled intervals: the scale is the one errors were drawn with, coverage holds in every part."""

from __future__ import annotations

import numpy as np
import pytest
from crepes import ConformalRegressor
from scipy.optimize import minimize

from molkit.evaluation.conformal import interval_score
from molkit.evaluation.difficulty import (
    Difficulty,
    Interval,
    crossed_difficulty,
    fit_difficulty,
    fit_interval,
    interval_from_dict,
    interval_to_dict,
)


def drawn(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, absolute Laplace errors whose scale depends on the first of them, folds."""
    rng = np.random.default_rng(seed)
    features = rng.uniform(-1, 1, (rows, 2)) * (1, 5) + (3, 0)
    errors = rng.exponential(np.exp(0.3 + 1.2 * (features[:, 0] - 3)))
    return features, errors, rng.integers(0, 5, rows)


def test_the_scale_that_errors_were_drawn_with_is_found() -> None:
    features, errors, _ = drawn(20_000)
    found = fit_difficulty(features, errors)(features)
    np.testing.assert_allclose(found, np.exp(0.3 + 1.2 * (features[:, 0] - 3)), rtol=0.05)


def test_the_fit_is_the_minimum_of_its_loss() -> None:
    """Against SciPy's general minimiser, the ridge included."""
    features, errors, _ = drawn(300, 1)
    found = fit_difficulty(features, errors)
    scaled = np.clip((features - features.mean(axis=0)) / features.std(axis=0), -2.5, 2.5)

    def loss(b: np.ndarray) -> float:
        log_scale = b[0] + scaled @ b[1:]
        return float((errors * np.exp(-log_scale) + log_scale).sum() + 15.0 * (b[1:] ** 2).sum())

    best = minimize(loss, np.zeros(3), tol=1e-12)
    np.testing.assert_allclose(found.coefficients, best.x, atol=1e-4)


def test_what_lies_far_out_is_no_harder_than_what_lies_at_the_limit() -> None:
    features, errors, _ = drawn(500)
    found = fit_difficulty(features, errors)
    far, farther = (features.mean(axis=0, keepdims=True) + distance * features.std(axis=0) for distance in (2.5, 9.0))
    assert found(far) == pytest.approx(found(farther))


@pytest.mark.parametrize("value", [0.0, 1e-300, 1e100, -7.0])
def test_features_and_errors_without_spread_are_no_trouble(value: float) -> None:
    found = fit_difficulty(np.full((60, 2), value), np.full(60, 2.0))
    np.testing.assert_allclose(found(np.full((3, 2), value)), 2.0)


def test_intervals_cover_both_the_easy_and_the_hard_half() -> None:
    features, errors, folds = drawn(2000)
    interval = fit_interval(errors, features, folds)
    assert interval.difficulty.means
    fresh, missed, _ = drawn(20_000, 9)
    half = interval.half_width(fresh)
    assert half is not None
    hard = fresh[:, 0] > 3
    for part in (hard, ~hard):
        assert (missed[part] <= half[part]).mean() == pytest.approx(0.9, abs=0.02)
    plain = Interval(Difficulty(), np.sort(errors)).half_width(fresh)
    assert plain is not None
    assert interval_score(missed, -half, half).mean() < 0.95 * interval_score(missed, -plain, plain).mean()


def test_widths_equal_those_of_crepes() -> None:
    features, errors, folds = drawn(400, 3)
    expected = crossed_difficulty(features, errors, folds)
    fresh = drawn(50, 4)[0]
    interval = Interval(fit_difficulty(features, errors), np.sort(errors / expected))
    regressor = ConformalRegressor().fit(errors, sigmas=expected)
    for level in (0.5, 0.9, 0.95):
        ends = regressor.predict_int(np.zeros(50), sigmas=interval.difficulty(fresh), confidence=level)
        np.testing.assert_allclose(interval.half_width(fresh, level), ends[:, 1])


def test_features_that_say_nothing_leave_one_width() -> None:
    rng = np.random.default_rng(2)
    errors, folds = rng.exponential(size=300), rng.integers(0, 5, 300)
    useless = [fit_interval(errors, rng.normal(size=(300, 1)), folds) for _ in range(20)]
    assert sum(not interval.difficulty.means for interval in useless) >= 8
    for features in (np.empty((300, 0)), rng.normal(size=(300, 1))[:, :0]):
        half = fit_interval(errors, features, folds).half_width(features)
        assert half is not None
        assert len(np.unique(half)) == 1


@pytest.mark.parametrize("rows", [0, 1, 8, 9, 49])
def test_few_errors_are_not_scaled(rows: int) -> None:
    features, errors, folds = drawn(60)
    interval = fit_interval(errors[:rows], features[:rows], folds[:rows])
    assert interval.difficulty == Difficulty()
    assert (interval.half_width(features) is None) == (rows < 9)


def test_an_interval_survives_being_written_down() -> None:
    features, errors, folds = drawn(200)
    interval = fit_interval(errors, features, folds)
    again = interval_from_dict(interval_to_dict(interval), interval.scores)
    np.testing.assert_array_equal(again.half_width(features), interval.half_width(features))


def test_errors_in_one_fold_only_leave_finite_widths() -> None:
    errors, features = np.repeat([0.0, 1.0], [60, 12]), np.random.default_rng(0).normal(size=(72, 2))
    half = fit_interval(errors, features, np.repeat(np.arange(6), 12)).half_width(features)
    assert half is not None
    assert np.isfinite(half).all()
    assert (errors <= half).mean() >= 0.9
