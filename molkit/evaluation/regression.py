"""Scores of predicted numbers: errors and correlations of labels [n] and predictions [n]."""

from __future__ import annotations

import numpy as np

from molkit.evaluation.weighted import Value, centred, mean, ratio, row_weights, total, varies

_FEW_ROWS = 400  # up to here counting all pairs for Kendall's tau takes less time than sorting each resample


def root_mean_squared_error(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Square root of the mean squared difference.

    >>> float(root_mean_squared_error(np.array([0.0, 0.0]), np.array([1.0, 7.0])))
    5.0
    """
    return np.sqrt(mean((y - p) ** 2, row_weights(y, w)))


def mean_absolute_error(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Mean absolute difference."""
    return mean(np.abs(y - p), row_weights(y, w))


def r_squared(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Share of the variance explained, 1 - SSE / SST; NaN for constant labels."""
    w = row_weights(y, w)
    value = 1 - ratio(total((y - p) ** 2, w), total(centred(y, w) ** 2, w))
    return np.where(varies(y, w), value, np.nan)[()]


def pearson(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Linear correlation; NaN where one side is constant. Either side may be [B, n]."""
    w = row_weights(y, w)
    a, b = centred(y, w), centred(p, w)
    scale = np.sqrt(total(a * a, w)) * np.sqrt(total(b * b, w))
    value = np.clip(ratio(total(a * b, w), scale), -1, 1)
    return np.where(varies(y, w) & varies(p, w), value, np.nan)[()]


def spearman(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Rank correlation, ties at their mean rank; NaN where one side is constant."""
    w = row_weights(y, w)
    return pearson(ranks(y, w), ranks(p, w), w)


def ranks(values: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Ranks from 1 among rows that count `w` times each, ties at their mean; the shape of `w`.

    >>> ranks(np.array([5.0, 7.0, 5.0]), np.ones(3)).tolist()
    [1.5, 3.0, 1.5]
    """
    distinct, group = np.unique(values, return_inverse=True)
    order = np.argsort(group, kind="stable")
    last = np.flatnonzero(np.diff(group[order], append=len(distinct)))
    upto = np.cumsum(w[..., order], axis=-1)[..., last]
    before = np.zeros_like(upto)
    before[..., 1:] = upto[..., :-1]
    return ((before + upto + 1) / 2)[..., group]


def kendall(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Kendall's tau-b (Biometrika 1945, 33, 239); NaN where one side is constant. Weights are whole numbers."""
    if w is None:
        return _kendall(y, p)
    if len(y) <= _FEW_ROWS:
        return _kendall_of_pairs(y, p, w)
    rows = np.arange(len(y))
    taken = [np.repeat(rows, counts.astype(np.int64)) for counts in np.atleast_2d(w)]
    values = np.array([_kendall(y[some], p[some]) for some in taken])
    return values if w.ndim == 2 else values[0]


def _kendall(y: np.ndarray, p: np.ndarray) -> float:
    """Knight's method: discordant pairs are the swaps that sorting by `p` leaves to do (JASA 1966, 61, 436)."""
    from scipy.stats import kendalltau

    ones = np.ones(len(y))
    if not (varies(y, ones) and varies(p, ones)):
        return np.nan
    return float(kendalltau(y, p).statistic)


def _kendall_of_pairs(y: np.ndarray, p: np.ndarray, w: np.ndarray) -> Value:
    """The same by counting all pairs of rows, for all resamples at once; the counts are exact."""
    first, second = (np.sign(np.subtract.outer(v, v)).astype(float) for v in (_codes(y), _codes(p)))
    agreeing, apart, distinct = (total(w @ pairs, w) / 2 for pairs in (first * second, first**2, second**2))
    return np.clip(ratio(ratio(agreeing, np.sqrt(apart)), np.sqrt(distinct)), -1, 1)


def _codes(values: np.ndarray) -> np.ndarray:
    """Whole numbers in the order of the values, whose differences cannot overflow."""
    return np.unique(values, return_inverse=True)[1]
