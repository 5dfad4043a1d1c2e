"""Scores of predictions; NaN labels are left out, an undefined score is None with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Metric:
    """A score of labels [n] and predictions [n]; `higher` says which direction is better."""

    name: str
    function: Callable[[np.ndarray, np.ndarray], float]
    higher: bool
    needs_threshold: bool = False


def root_mean_squared_error(y: np.ndarray, p: np.ndarray) -> float:
    """Square root of the mean squared difference.

    >>> root_mean_squared_error(np.array([0.0, 0.0]), np.array([1.0, 7.0]))
    5.0
    """
    return float(np.sqrt(np.mean((y - p) ** 2)))


def mean_absolute_error(y: np.ndarray, p: np.ndarray) -> float:
    """Mean absolute difference."""
    return float(np.mean(np.abs(y - p)))


def r_squared(y: np.ndarray, p: np.ndarray) -> float:
    """Share of the variance explained; NaN for constant labels."""
    if _constant(y):
        return np.nan
    return float(1 - np.sum((y - p) ** 2) / np.sum((y - y.mean()) ** 2))


def spearman(y: np.ndarray, p: np.ndarray) -> float:
    """Rank correlation, ties at their mean rank; NaN where one side is constant."""
    return pearson(_ranks(y), _ranks(p))


def pearson(y: np.ndarray, p: np.ndarray) -> float:
    """Linear correlation; NaN where one side is constant."""
    if _constant(y) or _constant(p):
        return np.nan
    a, b = y - y.mean(), p - p.mean()
    scale = np.sqrt(np.sum(a * a)) * np.sqrt(np.sum(b * b))
    return float(np.sum(a * b) / scale) if scale > 0 else np.nan


def roc_auc(y: np.ndarray, p: np.ndarray) -> float:
    """Probability that a positive ranks above a negative (Mann-Whitney); NaN with one class."""
    positive = y > 0.5
    n1, n0 = int(positive.sum()), int((~positive).sum())
    if not n1 or not n0:
        return np.nan
    return float((_ranks(p)[positive].sum() - n1 * (n1 + 1) / 2) / (n1 * n0))


def average_precision(y: np.ndarray, p: np.ndarray) -> float:
    """Area under precision against recall as a step function; its chance level is the prevalence."""
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum(y[order] > 0.5)
    if not len(y) or not hits[-1]:
        return np.nan
    last = np.append(np.diff(p[order]) != 0, True)  # equal scores are one step
    precision = hits[last] / (np.flatnonzero(last) + 1)
    recall = hits[last] / hits[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def brier(y: np.ndarray, p: np.ndarray) -> float:
    """Mean squared difference of probability and outcome."""
    return float(np.mean((p - y) ** 2))


def matthews(y: np.ndarray, label: np.ndarray) -> float:
    """Correlation of true and predicted class; 0 where one of them is constant."""
    value = pearson(y, label.astype(float))
    return 0.0 if np.isnan(value) else value


def precision(y: np.ndarray, label: np.ndarray) -> float:
    """Share of predicted positives that are positive; NaN with none predicted."""
    return float(y[label > 0.5].mean()) if (label > 0.5).any() else np.nan


def recall(y: np.ndarray, label: np.ndarray) -> float:
    """Share of positives that are found; NaN without positives."""
    return float((label[y > 0.5] > 0.5).mean()) if (y > 0.5).any() else np.nan


def f1(y: np.ndarray, label: np.ndarray) -> float:
    """Harmonic mean of precision and recall; NaN without positives on either side."""
    total = (y > 0.5).sum() + (label > 0.5).sum()
    return float(2 * ((y > 0.5) & (label > 0.5)).sum() / total) if total else np.nan


METRICS: dict[str, tuple[Metric, ...]] = {
    "regression": (
        Metric("RMSE", root_mean_squared_error, higher=False),
        Metric("MAE", mean_absolute_error, higher=False),
        Metric("R2", r_squared, higher=True),
        Metric("Spearman", spearman, higher=True),
    ),
    "binary": (
        Metric("PR-AUC", average_precision, higher=True),
        Metric("ROC-AUC", roc_auc, higher=True),
        Metric("Brier", brier, higher=False),
        Metric("MCC", matthews, higher=True, needs_threshold=True),
        Metric("F1", f1, higher=True, needs_threshold=True),
        Metric("precision", precision, higher=True, needs_threshold=True),
        Metric("recall", recall, higher=True, needs_threshold=True),
    ),
}


def _constant(values: np.ndarray) -> bool:
    """Whether all values are equal; the mean of equal values can differ from them by rounding."""
    return bool((values == values[:1]).all())


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1, ties at their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]
