"""Columns of a model as the targets that a person knows."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.data.quantities import called_classes, quantities, sum_to_one
from molkit.types import Target

COLUMNS = [
    Target("a=x", "binary", classes=("not x", "x"), group="a"),
    Target("a", "regression", "nM"),  # a column may have the name of a multiclass target's
    Target("a=y", "binary", classes=("not y", "y"), group="a"),
    Target("a=z", "binary", classes=("not z", "z"), group="a"),
    Target("toxic", "binary", classes=("no", "yes"), threshold=0.2),
]
EXCLUSIVE = ((0, 2, 3),)


def test_the_classes_of_a_target_are_one() -> None:
    several, number, pair = quantities(COLUMNS)
    assert (several.target, several.columns) == (Target("a", "multiclass", classes=("x", "y", "z")), (0, 2, 3))
    assert (number.target, number.columns) == (COLUMNS[1], (1,))
    assert (pair.target, pair.columns) == (COLUMNS[4], (4,))


def test_labels_are_codes_and_predictions_probabilities() -> None:
    several, number, _ = quantities(COLUMNS)
    values = np.array([[0, 7.0, 1, 0, 0], [0, 8, 0, 1, np.nan], [np.nan, 9, np.nan, np.nan, 1]])
    np.testing.assert_array_equal(several.labels(values), [1, 2, np.nan])
    np.testing.assert_array_equal(several.predictions(values), values[:, [0, 2, 3]])
    np.testing.assert_array_equal(number.labels(values), number.predictions(values))


@pytest.mark.parametrize("shape", [(6, 5), (3, 6, 5)])
def test_probabilities_of_classes_sum_to_one_and_nothing_else_changes(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).random(shape)
    found = sum_to_one(values, EXCLUSIVE)
    own = values[..., [0, 2, 3]]
    np.testing.assert_allclose(found[..., [0, 2, 3]], own / own.sum(axis=-1, keepdims=True))
    np.testing.assert_array_equal(found[..., [1, 4]], values[..., [1, 4]])
    assert sum_to_one(values) is values


def test_what_is_ruled_out_by_all_is_any_class_and_what_is_missing_stays_so() -> None:
    found = sum_to_one(np.array([[0, 1.0, 0, 0, 1], [np.nan, 1, 0.5, 0.5, 1]]), EXCLUSIVE)
    np.testing.assert_array_equal(found[0, [0, 2, 3]], np.full(3, 1 / 3))
    assert np.isnan(found[1, [0, 2, 3]]).all()


def test_one_class_is_called_whatever_the_threshold() -> None:
    predictions = np.array([[0.4, 3.0, 0.35, 0.25, 0.3], [0.1, 0.0, 0.1, 0.8, 0.1]])
    cuts = np.tile([0.9, 0.5, 0.9, 0.9, 0.2], (2, 1))
    found = called_classes(predictions, cuts, EXCLUSIVE)
    np.testing.assert_array_equal(found, [[True, True, False, False, True], [False, False, False, True, False]])
