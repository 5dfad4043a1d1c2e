"""Values known only as "above" or "below", for learners that want one number per row."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

Model = TypeVar("Model")


def fit_censored(
    values: np.ndarray,
    relations: np.ndarray,
    fit: Callable[[np.ndarray, np.ndarray, int, int], Model],
    predict: Callable[[Model], np.ndarray],
) -> Model:
    """Fit once without the censored values, then with the numbers that the first model suggests for them.

    `values` [B] (NaN = not measured), `relations` [B]; `fit(rows, targets, fit number, fits)` fits the rows of
    a mask [B], `predict(model)` gives [B]. A value known to be "above" becomes the larger of its limit and its
    prediction, one "below" the smaller, as Buckley and James did for linear models (Biometrika 1979, 66, 429).
    """
    measured = ~np.isnan(values)
    exact = measured & (relations == 0)
    if exact.sum() == measured.sum():
        return fit(exact, values, 0, 1)
    guess = predict(fit(exact, values, 0, 2))
    filled = np.where(relations > 0, np.maximum(values, guess), np.minimum(values, guess))
    return fit(measured, np.where(relations == 0, values, filled), 1, 2)
