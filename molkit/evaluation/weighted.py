"""Sums over rows that count several times each: a bootstrap resample is a weight per row, not a copy of the rows.

All metrics take weights [n] for one value, or [B, n] for the values of B resamples at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Value = Any  # a float for weights [n], float64 [B] for weights [B, n]


def row_weights(y: np.ndarray, w: np.ndarray | None) -> np.ndarray:
    """The weights as given, or 1 for every row."""
    return np.ones(len(y)) if w is None else w


def total(values: np.ndarray, w: np.ndarray) -> Value:
    """Weighted sum of values [n], or [B, n] when they differ between resamples."""
    return w @ values if values.ndim == 1 else np.einsum("...n,...n->...", w, values)


def mean(values: np.ndarray, w: np.ndarray) -> Value:
    """Weighted mean; NaN without rows."""
    return ratio(total(values, w), w.sum(axis=-1))


def ratio(above: Value, below: Value) -> Value:
    """Quotient; NaN, without a warning, where the divisor is 0.

    >>> float(ratio(1.0, 4.0)), float(ratio(1.0, 0.0))
    (0.25, nan)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below == 0, np.nan, np.divide(above, below))[()]


def centred(values: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Values less their weighted mean, [n] or [B, n]."""
    return values - np.asarray(mean(values, w))[..., None]


def varies(values: np.ndarray, w: np.ndarray) -> Value:
    """Whether rows of positive weight differ; exact, where a variance near 0 may be rounding."""
    if not values.shape[-1]:
        return np.zeros(w.shape[:-1], bool)[()]
    counted = w > 0
    first = counted.argmax(axis=-1)
    if values.ndim == 1:
        chosen = values[first]
    else:
        chosen = np.take_along_axis(values, first[..., None], axis=-1)[..., 0]
    return ((values != np.asarray(chosen)[..., None]) & counted).any(axis=-1)
