"""Several learners as one: predicting repeated inputs once, weighted sums, how far learners lie apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from molkit.evaluation.recalibrate import Calibration
from molkit.learners.stack import Ensemble, calibrated, combine, disagreement, uncalibrated
from molkit.types import Column


def test_combining_is_a_weighted_sum_per_target() -> None:
    a, b = np.array([[1.0, 10.0]]), np.array([[3.0, 30.0]])
    np.testing.assert_allclose(combine([a, b], np.array([[0.25, 1.0], [0.75, 0.0]])), [[2.5, 10.0]])
    np.testing.assert_array_equal(a, [[1.0, 10.0]])


class Summing:
    """A member that adds up its inputs and counts the rows it was given."""

    kind = "summing"

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


class Placed:
    """A member that says at which place of a batch each row is."""

    kind = "placed"
    needs = ("a/x", "b/x")

    def predict(self, columns: Any) -> np.ndarray:
        return np.arange(len(columns["a/x"]), dtype=float)[:, None]


def test_rows_are_at_the_same_place_of_a_batch_when_two_inputs_are_exchanged() -> None:
    rng = np.random.default_rng(1)
    values = np.arange(4.0)[:, None]
    one, other = (Column(values, rng.integers(0, 4, 100)) for _ in range(2))
    said = [ensemble([Placed()]).predict({"a/x": a, "b/x": b}) for a, b in ((one, other), (other, one))]
    np.testing.assert_array_equal(*said)
    assert said[0][0] == 0


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
