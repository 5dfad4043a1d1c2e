"""Scores over several classes: labels [n] as codes 0 to C - 1 beside probabilities [n, C] or predicted codes [n]."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from molkit.evaluation.ranking import average_precision, roc_auc
from molkit.evaluation.weighted import Value, mean, ratio, row_weights

_SMALLEST = float(np.finfo(np.float64).eps)
_SUM_ERROR = 1e-3  # probabilities written with few digits still count as such


def predicted_codes(p: np.ndarray) -> np.ndarray:
    """The most probable class [n], the first of equals; codes stay as they are."""
    return p.argmax(axis=1).astype(float) if p.ndim == 2 else p


def _counts(y: np.ndarray, p: np.ndarray, w: np.ndarray) -> tuple[Value, Value, Value]:
    """Rows of each class [..., C] that are rightly predicted, true, and predicted."""
    label = predicted_codes(p)
    classes = np.arange(max([y.max(initial=0), label.max(initial=0)]) + 1)
    true, found = (1.0 * (codes[:, None] == classes) for codes in (y, label))
    return w @ (true * found), w @ true, w @ found


def commonest_share(y: np.ndarray) -> float:
    """The accuracy of always naming the class that most rows have, for class codes [n].

    >>> commonest_share(np.array([2.0, 0, 2, 2]))
    0.75
    """
    return float(np.unique(y, return_counts=True)[1].max() / len(y))


def accuracy(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Share of rows whose class is right."""
    return mean(1.0 * (y == predicted_codes(p)), row_weights(y, w))


def balanced_accuracy(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Mean over the classes that occur of the share that is found (macro recall); NaN with one class."""
    right, true, _ = _counts(y, p, row_weights(y, w))
    several = (true > 0).sum(axis=-1) > 1
    return np.where(several, _mean_defined(ratio(right, true)), np.nan)[()]


def macro_precision(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Mean over the classes that occur or are predicted of the share of right calls; 0 for one never predicted."""
    right, true, found = _counts(y, p, row_weights(y, w))
    return _mean_defined(np.where(true + found > 0, np.nan_to_num(ratio(right, found)), np.nan))


def macro_f1(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Mean F1 over the classes that occur or are predicted."""
    right, true, found = _counts(y, p, row_weights(y, w))
    return _mean_defined(ratio(2 * right, true + found))


def weighted_f1(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Mean F1 over classes, each by its share of the rows."""
    right, true, found = _counts(y, p, row_weights(y, w))
    return ratio((np.nan_to_num(ratio(2 * right, true + found)) * true).sum(axis=-1), true.sum(axis=-1))


def matthews(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Correlation of true and predicted class, 0 with one predicted; NaN with one true class.

    Gorodkin, Comput. Biol. Chem. 2004, 28, 367.
    """
    right, true, found = _counts(y, p, row_weights(y, w))
    n = true.sum(axis=-1)
    above = right.sum(axis=-1) * n - (true * found).sum(axis=-1)
    spread_true, spread_found = n**2 - (true**2).sum(axis=-1), n**2 - (found**2).sum(axis=-1)
    value = np.where(spread_found > 0, np.clip(ratio(above, np.sqrt(spread_true * spread_found)), -1, 1), 0.0)
    return np.where(spread_true > 0, value, np.nan)[()]


def macro_roc_auc(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Mean over all C classes of the ROC-AUC of one class against the rest; NaN unless every class occurs."""
    return np.mean(_each_class(roc_auc, y, p, row_weights(y, w))[0], axis=-1)


def weighted_roc_auc(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """The same by the share of rows of each class, so that one without rows does not matter; NaN with one class."""
    each, share = _each_class(roc_auc, y, p, row_weights(y, w))
    return ratio((np.nan_to_num(each) * share).sum(axis=-1), np.where(np.isnan(each), 0.0, share).sum(axis=-1))


def macro_pr_auc(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Mean over the classes that occur of the average precision of one class against the rest."""
    return _mean_defined(_each_class(average_precision, y, p, row_weights(y, w))[0])


def _each_class(metric: Callable[..., Value], y: np.ndarray, p: np.ndarray, w: np.ndarray) -> tuple[Value, Value]:
    """A score of one class against the rest, and the weight of its rows, [..., C]; of codes p [n] NaN."""
    if p.ndim == 1:
        return np.full((*w.shape[:-1], 1), np.nan), np.zeros((*w.shape[:-1], 1))
    true = [1.0 * (y == code) for code in range(p.shape[1])]
    each = [metric(own, p[:, code], w) for code, own in enumerate(true)]
    return np.stack(each, axis=-1), np.stack([w @ own for own in true], axis=-1)


def log_loss(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Mean of -ln of the probability given to the true class; NaN without probabilities that sum to 1."""
    w = row_weights(y, w)
    sums_to_one = p.ndim == 2 and bool((p >= 0).all() and (np.abs(p.sum(axis=1) - 1) < _SUM_ERROR).all())
    if not sums_to_one:
        return np.full(w.shape[:-1], np.nan)[()]
    given = p[np.arange(len(y)), y.astype(np.int64)]
    return mean(-np.log(np.clip(given, _SMALLEST, 1 - _SMALLEST)), w)


def _mean_defined(values: np.ndarray) -> Value:
    """Mean over the last axis of what is not NaN."""
    known = ~np.isnan(values)
    return ratio(np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1))
