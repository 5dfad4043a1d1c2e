"""Stacking weights, and predicting repeated inputs once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from molkit.evaluation.recalibrate import Calibration
from molkit.learners.stack import (
    FEWEST_FOR_WEIGHTS,
    Ensemble,
    calibrated,
    combine,
    disagreement,
    fit_weights,
    uncalibrated,
)
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
    predictions, truth = members(600, (0.5, 0.7, 2.0))
    weights = fit_weights(predictions, truth)
    for k in range(2):
        y = truth[:, k] - truth[:, k].mean()
        x = np.stack([p[:, k] for p in predictions], axis=1) - truth[:, k].mean()
        found = minimize(lambda w, x=x, y=y: ((x @ w - y) ** 2).sum(), np.ones(3), bounds=[(0, None)] * 3, tol=1e-12).x
        np.testing.assert_allclose(weights[:, k], found / found.sum(), atol=1e-3)


def test_equal_weights_where_labels_are_few_target_by_target() -> None:
    predictions, truth = members(FEWEST_FOR_WEIGHTS + 10, (0.1, 5.0))
    truth[:11, 1] = np.nan
    weights = fit_weights(predictions, truth)
    assert weights[:, 1].tolist() == [0.5, 0.5]
    assert weights[0, 0] > 0.9
    truth[10, 1] = 5.0
    assert fit_weights(predictions, truth)[0, 1] > 0.9


def test_missing_labels_are_left_out() -> None:
    predictions, truth = members(1200, (0.5, 1.0))
    gaps = truth.copy()
    gaps[600:] = np.nan
    cut = fit_weights([p[:600] for p in predictions], truth[:600])
    assert cut[0, 0] > 0.6
    np.testing.assert_allclose(fit_weights(predictions, gaps), cut)


@pytest.mark.parametrize("rows", [10, 600])
def test_one_member_has_all_the_weight(rows: int) -> None:
    predictions, truth = members(rows, (1.0,))
    np.testing.assert_array_equal(fit_weights(predictions, truth), np.ones((1, 2)))


def test_members_that_predict_against_the_labels_share_equally() -> None:
    predictions, truth = members(600, (0.1, 0.1))
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


def ensemble(
    *members: list[Any], weights: Any = None, calibration: Any = (Calibration(),), binary: Any = (False,)
) -> Ensemble:
    shares = np.full((len(members), 1), 1 / len(members)) if weights is None else np.array(weights)
    names = tuple(f"learner {place}" for place in range(len(members)))
    return Ensemble(names, tuple(map(tuple, members)), shares, calibration, np.array(binary))


def test_repeated_inputs_are_predicted_once_and_rows_keep_their_order() -> None:
    rng = np.random.default_rng(1)
    columns = {
        name: Column(rng.normal(size=(4, 1)), rng.integers(0, 4, 100)) for name in ("drug/a", "drug/b", "drug/unused")
    }
    both, one = Summing("drug/a", "drug/b"), Summing("drug/a")
    found = ensemble([both], [one]).predict_each(columns)
    a, b = (columns[key].values[columns[key].index] for key in ("drug/a", "drug/b"))
    np.testing.assert_array_equal(found[0], a + b)
    np.testing.assert_array_equal(found[1], a)
    assert both.rows <= 16


def test_a_learner_says_the_mean_of_its_fold_models_and_the_ensemble_their_weighted_sum() -> None:
    columns = {
        name: Column(np.array([[1.0], [4.0]]) * scale, np.array([1, 0, 1])) for name, scale in (("a", 1), ("b", 3))
    }
    found = ensemble([Summing("a"), Summing("b")], [Summing("a")], weights=[[0.25], [0.75]]).predict(columns)
    values = np.array([4.0, 1.0, 4.0])[:, None]
    np.testing.assert_allclose(found, 0.25 * 2 * values + 0.75 * values)


def test_numbers_are_not_calibrated_and_calibration_is_undone() -> None:
    platt = Calibration("platt", (0.0, 1.0), (0.5, 0.9))
    p = np.linspace(0.01, 0.99, 99)
    table, binary = np.stack([p, p], axis=1), np.array([True, False])
    found = calibrated(table, (platt, platt), binary)
    np.testing.assert_array_equal(found[:, 1], p)
    assert (found[:, 0] != p).all()
    np.testing.assert_allclose(uncalibrated(found, (platt, platt), binary), table, atol=1e-12)


def test_disagreement_is_that_of_one_model_of_each_of_two_learners_on_average() -> None:
    rng = np.random.default_rng(5)
    said, floors = [rng.normal(size=(models, 7, 2)) for models in (5, 3, 4)], (0.1, 2.0)
    pairs = [
        np.mean([np.log(np.abs(a - b) + floors) for a in said[i] for b in said[j]], axis=0)
        for i, j in ((0, 1), (0, 2), (1, 2))
    ]
    found = disagreement(said, floors)
    assert found is not None
    np.testing.assert_allclose(found, np.mean(pairs, axis=0))
    assert disagreement(said[:1], floors) is None
