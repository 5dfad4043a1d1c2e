"""Whether one method is better than another on the same rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molkit.evaluation.bootstrap import FEWER_RESAMPLES, interval, resample_count, resampled
from molkit.evaluation.metrics import Metric
from molkit.evaluation.weighted import Value


@dataclass(frozen=True)
class Difference:
    """Score of the first method less that of the second, its 95 % interval, and what that says.

    `better` is "first" or "second" where the interval leaves out 0, else "neither". Of a metric with an
    ideal value, distances from it are compared. `value` is None where a score is undefined.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    better: str


def paired_difference(
    metric: Metric, y: np.ndarray, p_a: np.ndarray, p_b: np.ndarray, seed: int, threshold: float | np.ndarray = 0.5
) -> Difference:
    """`metric` of predictions a less that of b, both [n] (or [n, C]), by 2,000 paired resamples of the rows.

    Rows count that are measured and that both methods predict: both are scored on the same resamples.
    """
    y, p_a, p_b = (np.asarray(values, float) for values in (y, p_a, p_b))
    rows = ~np.isnan(y) & finite_rows(p_a) & finite_rows(p_b)
    y, n = y[rows], int(rows.sum())
    a, b = (((p >= threshold).astype(float) if metric.needs_threshold else p)[rows] for p in (p_a, p_b))

    def difference(weights: np.ndarray | None) -> Value:
        return _quantity(metric, metric.function(y, a, weights)) - _quantity(metric, metric.function(y, b, weights))

    with np.errstate(over="ignore", invalid="ignore"):
        value = float(difference(None)) if n else np.nan
        if not np.isfinite(value):
            return Difference(None, None, None, n, "neither")
        if n < 2:
            return Difference(value, None, None, n, "neither")
        count = FEWER_RESAMPLES if metric.slow else resample_count(n)
        low, high = interval(resampled(difference, n, count, seed))
    return Difference(value, low, high, n, _verdict(low, high, metric.higher and metric.ideal is None))


def mean_difference(metric: Metric, y: np.ndarray, p_a: np.ndarray, p_b: np.ndarray, seed: int) -> Difference:
    """The mean over K targets of `metric` of predictions a less that of b, all [n, K], by 400 paired resamples of rows.

    A row is drawn with all its targets; `n` counts the rows with a measured value (NaN = not measured). Predictions
    must be finite where values are measured; of a metric that needs a threshold they are classes.
    """
    own = [~np.isnan(values) for values in y.T]

    def difference(weights: np.ndarray) -> Value:
        sides = [[_quantity(metric, metric.function(y[rows, k], p[rows, k], weights[..., rows])) for p in (p_a, p_b)]
                 for k, rows in enumerate(own)]  # fmt: skip
        found = np.array([one - other for one, other in sides])
        defined = np.isfinite(found)
        return np.where(defined, found, 0).sum(axis=0) / np.where(defined.any(axis=0), defined.sum(axis=0), np.nan)

    n = int(np.any(own, axis=0).sum())
    with np.errstate(over="ignore", invalid="ignore"):
        value = float(difference(np.ones(len(y))))
        if not np.isfinite(value):
            return Difference(None, None, None, n, "neither")
        low, high = interval(resampled(difference, len(y), FEWER_RESAMPLES, seed))
    return Difference(value, low, high, n, _verdict(low, high, metric.higher and metric.ideal is None))


def _quantity(metric: Metric, value: Value) -> Value:
    return value if metric.ideal is None else np.abs(value - metric.ideal)


def _verdict(low: float | None, high: float | None, higher: bool) -> str:
    if low is None or high is None or low <= 0 <= high:
        return "neither"
    return "first" if (low > 0) == higher else "second"


def finite_rows(p: np.ndarray) -> np.ndarray:
    """Which rows of predictions [n] or [n, C] are finite numbers, bool [n]."""
    return np.isfinite(p).all(axis=1) if p.ndim == 2 else np.isfinite(p)
