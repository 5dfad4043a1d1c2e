"""Scores of predicted classes: labels [n] of 0 and 1 beside predicted labels [n] of 0 and 1."""

from __future__ import annotations

import numpy as np

from molkit.evaluation.weighted import Value, mean, ratio, row_weights, total, varies


def precision(y: np.ndarray, label: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Share of predicted positives that are positive; NaN with none predicted."""
    w, found = row_weights(y, w), label > 0.5
    return ratio(total(1.0 * ((y > 0.5) & found), w), total(1.0 * found, w))


def recall(y: np.ndarray, label: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Share of positives that are found; NaN without positives."""
    w, positive = row_weights(y, w), y > 0.5
    return ratio(total(1.0 * (positive & (label > 0.5)), w), total(1.0 * positive, w))


def weaker_side(y: np.ndarray, label: np.ndarray, w: np.ndarray | None = None) -> Value:
    """The smaller of recall and precision, min(Se, +P); 0 with no positive predicted, NaN without positives.

    Event 1 of the PhysioNet/CinC Challenge 2012: Silva et al., Computing in Cardiology 2012, 39, 245.
    """
    found, right = recall(y, label, w), precision(y, label, w)
    return np.where(np.isnan(found), np.nan, np.minimum(found, np.nan_to_num(right)))[()]


def f1(y: np.ndarray, label: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Harmonic mean of precision and recall; NaN without positives on either side."""
    w, positive, found = row_weights(y, w), y > 0.5, label > 0.5
    return ratio(2 * total(1.0 * (positive & found), w), total(1.0 * positive + found, w))


def balanced_accuracy(y: np.ndarray, label: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Mean of the shares of positives and of negatives that are found; NaN with one class."""
    return (recall(y, label, w) + recall(1 - y, 1 - label, w)) / 2


def matthews(y: np.ndarray, label: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Correlation of true and predicted class; NaN with one true class, 0 (its limit) with one predicted.

    Matthews, Biochim. Biophys. Acta 1975, 405, 442.
    """
    w = row_weights(y, w)
    both, positive, found = mean(y * label, w), mean(y, w), mean(label, w)
    scale = np.sqrt(positive * (1 - positive) * found * (1 - found))
    value = np.where(varies(label, w), np.clip(ratio(both - positive * found, scale), -1, 1), 0.0)
    return np.where(varies(y, w), value, np.nan)[()]
