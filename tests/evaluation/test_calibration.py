"""Calibration against scikit-learn's logistic regression and bins counted one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from molkit.evaluation.calibration import calibration_error, calibration_slope, reliability


def sample(n: int, slope: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes whose true log odds are `slope` times those predicted."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(-1, 1.5, n)
    y = (rng.random(n) < 1 / (1 + np.exp(-slope * logit))).astype(float)
    return y, 1 / (1 + np.exp(-logit))


@pytest.mark.parametrize(("n", "seed"), [(30, 1), (100, 2), (1000, 3), (60, 4)])
@pytest.mark.parametrize("slope", [0.4, 1.0, 2.5, -1.0])
def test_the_slope_is_that_of_a_logistic_regression(n: int, seed: int, slope: float) -> None:
    y, p = sample(n, slope, seed)
    logit = np.log(p / (1 - p))
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(logit[:, None], y)
    assert calibration_slope(y, p) == pytest.approx(fitted.coef_[0, 0], rel=1e-4, abs=1e-5)


def test_the_slope_of_true_probabilities_is_one() -> None:
    for slope in (0.5, 1.0, 2.0):
        assert calibration_slope(*sample(200_000, slope, 0)) == pytest.approx(slope, abs=0.02)


@pytest.mark.parametrize(
    ("y", "p"),
    [
        ([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]),  # parted
        ([0, 0, 1, 1], [0.9, 0.8, 0.2, 0.1]),  # parted, the wrong way round
        ([0, 0, 1, 1], [0.1, 0.5, 0.5, 0.9]),  # parted but for one value
        ([0, 1, 0, 1], [0.3, 0.3, 0.3, 0.3]),
        ([1, 1, 1], [0.1, 0.5, 0.9]),
        ([0, 0, 0], [0.1, 0.5, 0.9]),
        ([], []),
    ],
)
def test_a_slope_that_is_not_finite_is_undefined(y: list[float], p: list[float]) -> None:
    assert np.isnan(calibration_slope(np.array(y, float), np.array(p, float)))


def test_certain_predictions_do_not_break_the_slope() -> None:
    y, p = sample(300, 1.0, 5)
    p[:5], y[:5] = [0.0, 1.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 1.0, 0.0]
    assert 0 < calibration_slope(y, p) < 1


@settings(max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=1, max_size=25))
def test_the_error_is_that_of_bins_counted_one_by_one(rows: list[tuple[bool, int]]) -> None:
    """Ten copies of every row make ten bins of whole rows; equal predictions are shared out by their mean label."""
    y, p = np.array([a for a, _ in rows], float), np.array([b / 6 for _, b in rows])
    order = np.argsort(p, kind="stable")
    share = np.array([y[p == value].mean() for value in p])
    bins = np.repeat(np.stack([share, p], axis=1)[order], 10, axis=0).reshape(10, len(y), 2)
    expected = np.abs(bins[..., 0].mean(axis=1) - bins[..., 1].mean(axis=1)).mean()
    assert calibration_error(y, p) == pytest.approx(expected, abs=1e-9)
    shuffled = np.random.default_rng(0).permutation(len(y))
    assert calibration_error(y[shuffled], p[shuffled]) == pytest.approx(expected, abs=1e-9)


def test_perfect_and_useless_probabilities() -> None:
    y = np.array([0.0, 1.0] * 50)
    assert calibration_error(y, y) == 0
    assert calibration_error(y, 1 - y) == pytest.approx(1)
    assert calibration_error(y, np.full(100, 0.5)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("n", [1, 2, 9, 10, 57])
def test_the_bins_hold_every_row_once_in_order(n: int) -> None:
    y, p = sample(n, 1.0, 0)
    bins = reliability(y, p)
    assert (len(bins), sum(b.n for b in bins)) == (min(n, 10), n)
    assert [b.predicted for b in bins] == sorted(b.predicted for b in bins)
    assert sum(b.observed * b.n for b in bins) == pytest.approx(y.sum())
    assert max(b.n for b in bins) - min(b.n for b in bins) <= 1
