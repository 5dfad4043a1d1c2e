"""Stacking weights, and predicting repeated inputs once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from molkit.learners.stack import combine, fit_weights, predict_members
from molkit.types import Column


def members(rows: int, spreads: tuple[float, ...], seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    """Unbiased members of known error, two targets; and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(5, 2, (rows, 2))
    return [truth + rng.normal(0, spread, (rows, 2)) for spread in spreads], truth


def test_weights_are_shares_and_favour_the_better_member() -> None:
    predictions, truth = members(2000, (0.2, 1.0, 3.0))
    weights = fit_weights(predictions, truth)
    assert weights.shape == (3, 2)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=0), 1)
    assert (np.diff(weights, axis=0) < 0).all()


def test_weights_solve_the_constrained_least_squares_problem() -> None:
    predictions, truth = members(300, (0.5, 0.7, 2.0))
    weights = fit_weights(predictions, truth)
    for k in range(2):
        y = truth[:, k] - truth[:, k].mean()
        x = np.stack([p[:, k] for p in predictions], axis=1) - truth[:, k].mean()
        found = minimize(lambda w, x=x, y=y: ((x @ w - y) ** 2).sum(), np.ones(3), bounds=[(0, None)] * 3, tol=1e-12).x
        np.testing.assert_allclose(weights[:, k], found / found.sum(), atol=1e-3)


def test_equal_weights_below_fifty_labels_target_by_target() -> None:
    predictions, truth = members(60, (0.1, 5.0))
    truth[:11, 1] = np.nan
    weights = fit_weights(predictions, truth)
    assert weights[:, 1].tolist() == [0.5, 0.5]
    assert weights[0, 0] > 0.9
    truth[10, 1] = 5.0
    assert fit_weights(predictions, truth)[0, 1] > 0.9


def test_missing_labels_are_left_out() -> None:
    predictions, truth = members(200, (0.5, 1.0))
    gaps = truth.copy()
    gaps[100:] = np.nan
    cut = fit_weights([p[:100] for p in predictions], truth[:100])
    np.testing.assert_allclose(fit_weights(predictions, gaps), cut)


@pytest.mark.parametrize("rows", [10, 200])
def test_one_member_has_all_the_weight(rows: int) -> None:
    predictions, truth = members(rows, (1.0,))
    np.testing.assert_array_equal(fit_weights(predictions, truth), np.ones((1, 2)))


def test_members_that_predict_against_the_labels_share_equally() -> None:
    predictions, truth = members(200, (0.1, 0.1))
    weights = fit_weights([10 - p for p in predictions], truth + 5 - truth.mean(axis=0))
    np.testing.assert_array_equal(weights, np.full((2, 2), 0.5))


def test_combining_is_a_weighted_sum_per_target() -> None:
    a, b = np.array([[1.0, 10.0]]), np.array([[3.0, 30.0]])
    np.testing.assert_allclose(combine([a, b], np.array([[0.25, 1.0], [0.75, 0.0]])), [[2.5, 10.0]])
    np.testing.assert_array_equal(a, [[1.0, 10.0]])


class Summing:
    """A member that adds up its inputs and counts the rows it was given."""

    def __init__(self, *needs: str) -> None:
        self.needs, self.rows = needs, 0

    def predict(self, columns: Any) -> np.ndarray:
        self.rows += len(columns[self.needs[0]])
        return sum(columns[key].values[columns[key].index] for key in self.needs)


def test_repeated_inputs_are_predicted_once_and_rows_keep_their_order() -> None:
    rng = np.random.default_rng(1)
    columns = {
        name: Column(rng.normal(size=(4, 1)), rng.integers(0, 4, 100)) for name in ("drug/a", "drug/b", "drug/unused")
    }
    both, one = Summing("drug/a", "drug/b"), Summing("drug/a")
    found = predict_members([both, one], columns)  # type: ignore[list-item]
    a, b = (columns[key].values[columns[key].index] for key in ("drug/a", "drug/b"))
    np.testing.assert_array_equal(found[0], a + b)
    np.testing.assert_array_equal(found[1], a)
    assert both.rows <= 16
