"""Censored values against the definition, with a model that is a plain mean."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.learners.censored import fit_censored

Call = tuple[list[bool], list[float], int, int]


def mean_of(calls: list[Call], values: list[float], relations: list[int]) -> float:
    """The last mean, after writing down what was asked to be fitted."""

    def fit(rows: np.ndarray, targets: np.ndarray, number: int, fits: int) -> float:
        calls.append((rows.tolist(), targets[rows].tolist(), number, fits))
        return float(targets[rows].mean())

    return fit_censored(np.array(values), np.array(relations), fit, lambda mean: np.full(len(values), mean))


def test_measured_values_are_fitted_once() -> None:
    calls: list[Call] = []
    assert mean_of(calls, [1.0, np.nan, 3.0], [0, 0, 0]) == 2.0
    assert calls == [([True, False, True], [1.0, 3.0], 0, 1)]


@pytest.mark.parametrize(
    ("relation", "limit", "expected"), [(1, 9.0, 9.0), (1, 0.5, 2.0), (-1, 9.0, 2.0), (-1, 0.5, 0.5)]
)
def test_a_limit_holds_where_the_prediction_does_not_keep_it(relation: int, limit: float, expected: float) -> None:
    calls: list[Call] = []
    mean_of(calls, [1.0, limit, 3.0, np.nan], [0, relation, 0, relation])
    assert calls == [
        ([True, False, True, False], [1.0, 3.0], 0, 2),
        ([True, True, True, False], [1.0, expected, 3.0], 1, 2),
    ]


def test_a_missing_value_marked_as_censored_is_only_missing() -> None:
    calls: list[Call] = []
    assert mean_of(calls, [1.0, np.nan, 3.0], [0, 1, 0]) == 2.0
    assert len(calls) == 1
