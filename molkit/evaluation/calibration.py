"""How far predicted probabilities [n] can be taken at their word, for labels [n] of 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molkit.evaluation.weighted import Value, mean, row_weights

BINS = 10
_SMALLEST = float(np.finfo(np.float64).eps)  # probabilities of 0 and 1 count as this far from them, as in scikit-learn
_SMALLEST_IN_LOGIT = 1e-6  # the same for the slope, where one row with 0 must not decide
_MOST_STEPS = 60
_LARGEST_STEP = 2.0  # in coefficients of a standardised logit; longer Newton steps overshoot


@dataclass(frozen=True)
class Bin:
    """Mean prediction and share of positives of some rows next to each other in the order of prediction."""

    predicted: float
    observed: float
    n: int


def brier(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Mean squared difference of probability and outcome; NaN if some value is no probability."""
    return _probable(p, mean((p - y) ** 2, row_weights(y, w)))


def log_loss(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Mean of -ln of the probability given to what was found; NaN if some value is no probability."""
    p = np.clip(p, _SMALLEST, 1 - _SMALLEST) if is_probability(p) else np.full(len(p), np.nan)
    return mean(-np.where(y > 0.5, np.log(p), np.log1p(-p)), row_weights(y, w))


def calibration_error(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Mean over 10 bins of equal mass of |mean prediction - share of positives|; NaN if no probability.

    Equal predictions share their positives evenly, and a row on the border of two bins counts in both in
    part, so the order of rows and their repetition change nothing. The mean of predictions and labels over
    a bin is a difference of their cumulated sums.
    """
    w = row_weights(y, w)
    order = np.argsort(p, kind="stable")
    last = np.flatnonzero(np.append(np.diff(p[order]) != 0, True)[: len(p)])
    rows = np.cumsum(w[..., order], axis=-1)[..., last]
    excess = np.cumsum((w * (y - p))[..., order], axis=-1)[..., last]
    found = [_binned(r, e) for r, e in zip(np.atleast_2d(rows), np.atleast_2d(excess), strict=True)]
    return _probable(p, np.array(found) if w.ndim == 2 else np.float64(found[0]))


def _binned(rows: np.ndarray, excess: np.ndarray) -> float:
    if not len(rows):
        return np.nan
    ends = np.linspace(0, rows[-1], BINS + 1)
    return float(np.abs(np.diff(np.interp(ends, np.r_[0, rows], np.r_[0, excess]))).sum() / rows[-1])


def reliability(y: np.ndarray, p: np.ndarray, bins: int = BINS) -> list[Bin]:
    """Rows in the order of prediction, in at most `bins` parts of equal size (to one row), for drawing.

    >>> reliability(np.array([0, 1, 1, 1]), np.array([0.2, 0.4, 0.9, 0.7]), 2)
    [Bin(predicted=0.3, observed=0.5, n=2), Bin(predicted=0.8, observed=1.0, n=2)]
    """
    parts = np.array_split(np.argsort(p, kind="stable"), max(1, min(bins, len(p))))
    return [Bin(round(float(p[rows].mean()), 12), float(y[rows].mean()), len(rows)) for rows in parts if len(rows)]


def calibration_slope(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Slope of a logistic regression of the outcome on logit(p): 1 is right, under 1 too sure of itself.

    Cox, Biometrika 1958, 45, 562. NaN if some value is no probability or the probabilities of the two
    classes do not overlap, where the slope has no finite value.
    """
    w = row_weights(y, w)
    if not is_probability(p) or not len(p):
        return np.full(w.shape[:-1], np.nan)[()]
    clipped = np.clip(p, _SMALLEST_IN_LOGIT, 1 - _SMALLEST_IN_LOGIT)
    logit = np.log(clipped) - np.log1p(-clipped)
    spread = logit.std() or 1.0
    slopes = _logistic_slopes(y, (logit - logit.mean()) / spread, np.atleast_2d(w)) / spread
    return slopes if w.ndim == 2 else slopes[0]


def _logistic_slopes(y: np.ndarray, x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Maximum-likelihood slopes [B] by Newton's method, NaN where there is none."""
    slopes = np.full(len(w), np.nan)
    open_ = np.flatnonzero(_overlap(y, x, w))
    beta, w = np.zeros((len(open_), 2)), w[open_]
    for _ in range(_MOST_STEPS):
        step = _newton_step(y, x, w, beta)
        beta = beta + step * np.minimum(1, _LARGEST_STEP / np.maximum(np.abs(step).max(axis=1), 1e-300))[:, None]
        done = np.abs(step).max(axis=1, initial=0) < 1e-9
        slopes[open_[done]] = beta[done, 1]
        open_, beta, w = open_[~done], beta[~done], w[~done]
        if not len(open_):
            break
    return slopes


def _newton_step(y: np.ndarray, x: np.ndarray, w: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Steps [B, 2] of intercept and slope: inverse information times score."""
    expected = 1 / (1 + np.exp(-np.clip(beta[:, :1] + beta[:, 1:] * x, -500, 500)))
    short, information = w * (y - expected), w * (expected * (1 - expected))
    g0, g1 = short.sum(axis=1), short @ x
    i00, i01, i11 = information.sum(axis=1), information @ x, information @ (x * x)
    determinant = np.maximum(i00 * i11 - i01 * i01, 1e-300)
    return np.stack([i11 * g0 - i01 * g1, i00 * g1 - i01 * g0], axis=1) / determinant[:, None]


def _overlap(y: np.ndarray, x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Whether each class reaches beyond the other's end (Albert & Anderson, Biometrika 1984, 71, 1)."""
    ends = []
    for rows in (y > 0.5, y <= 0.5):
        counted = (w > 0) & rows
        ends.append((np.where(counted, x, np.inf).min(axis=1), np.where(counted, x, -np.inf).max(axis=1)))
    (low1, high1), (low0, high0) = ends
    return (low1 < high0) & (low0 < high1)


def is_probability(p: np.ndarray) -> bool:
    """Whether all values lie from 0 to 1."""
    return bool(((p >= 0) & (p <= 1)).all())


def _probable(p: np.ndarray, value: Value) -> Value:
    return value if is_probability(p) else np.full(np.shape(value), np.nan)[()]


def entropy(y: np.ndarray) -> float:
    """Log loss of giving every row the share of positives."""
    share = np.full(len(y), np.mean(y))
    return float(log_loss(y, share))
