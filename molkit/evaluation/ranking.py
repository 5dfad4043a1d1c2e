"""Scores of a ranking by predicted value [n] for labels [n] of 0 and 1.

Rows of equal score stand in no order: every score here is the mean over all orders of such rows
(average precision, as usual, takes them as one step).
"""

from __future__ import annotations

import numpy as np

from molkit.evaluation.weighted import Value, ratio, row_weights, total

ALPHA = 20.0  # the usual one: 80 % of the score comes from the first 8 % of the list (Truchon & Bayly 2007)


def curve(y: np.ndarray, p: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positives and rows [..., G] down to each of the G distinct scores, the highest first."""
    order = np.argsort(-p, kind="stable")
    last = np.flatnonzero(np.append(np.diff(p[order]) != 0, True)[: len(p)])
    w = w[..., order]
    hits, rows = np.cumsum(w * (y[order] > 0.5), axis=-1), np.cumsum(w, axis=-1)
    return (hits, rows) if len(last) == len(p) else (hits[..., last], rows[..., last])


def _steps(upto: np.ndarray) -> np.ndarray:
    return np.diff(upto, axis=-1, prepend=0.0)


def roc_auc(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Probability that a positive ranks above a negative (Mann-Whitney), ties half; NaN with one class."""
    w = row_weights(y, w)
    hits, rows = curve(y, p, w)
    misses = rows - hits
    positive = total(1.0 * (y > 0.5), w)
    negative = w.sum(axis=-1) - positive
    below = np.asarray(negative)[..., None] - misses + _steps(misses) / 2
    return ratio((_steps(hits) * below).sum(axis=-1), positive * negative)


def average_precision(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Area under precision against recall as a step function; its chance level is the prevalence."""
    w = row_weights(y, w)
    hits, rows = curve(y, p, w)
    area = (_steps(hits) * np.nan_to_num(ratio(hits, rows))).sum(axis=-1)
    return ratio(area, total(1.0 * (y > 0.5), w))


def bedroc(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Boltzmann-enhanced discrimination of ROC, alpha 20: early recognition, 1 at best; NaN with one class.

    Truchon & Bayly, J. Chem. Inf. Model. 2007, 47, 488, equation 36 with the robust initial enhancement of
    equation 18; a row of rank r among n weighs exp(-alpha r / n).
    """
    w = row_weights(y, w)
    hits, rows = curve(y, p, w)
    n, positive = w.sum(axis=-1), total(1.0 * (y > 0.5), w)
    decay = np.exp(-ALPHA * ratio(rows, np.asarray(n)[..., None]))
    weight = np.nan_to_num(ratio(-np.diff(decay, axis=-1, prepend=1.0), _steps(rows)))  # mean over equal scores
    enhancement = ratio(n * (_steps(hits) * weight).sum(axis=-1), positive * (1 - np.exp(-ALPHA)))
    low, high = _enhancement_range(ratio(positive, n))
    return np.clip(ratio(enhancement - low, np.where(positive < n, high - low, 0.0)), 0, 1)


def _enhancement_range(share: Value) -> tuple[Value, Value]:
    """Robust initial enhancement with all positives last and first, for a share of positives."""
    low = ratio(1 - np.exp(ALPHA * share), share * (1 - np.exp(ALPHA)))
    return low, ratio(1 - np.exp(-ALPHA * share), share * (1 - np.exp(-ALPHA)))


def bedroc_by_chance(y: np.ndarray) -> float:
    """BEDROC of a ranking at random, whose robust initial enhancement is 1; NaN with one class."""
    share = float(np.mean(y > 0.5))
    low, high = _enhancement_range(share)
    return float(ratio(1 - low, high - low if share < 1 else 0.0))


def enrichment(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None, *, fraction: float) -> Value:
    """Share of positives among the first `fraction` of rows over their share among all; NaN without positives.

    The number of rows is rounded up. Its largest value is `enrichment_ceiling`.
    """
    w = row_weights(y, w)
    hits, rows = curve(y, p, w)
    n, positive = w.sum(axis=-1), total(1.0 * (y > 0.5), w)
    most = np.asarray(np.ceil(n * fraction))
    return ratio(_hits_at(most, hits, rows) * n, most * positive)


def _hits_at(most: np.ndarray, hits: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Positives [...] among the first `most` rows; equal scores that are cut in two share theirs evenly."""
    if not rows.shape[-1]:
        return np.zeros(most.shape)
    place = (rows < most[..., None]).sum(axis=-1, keepdims=True)
    h1, r1 = (np.take_along_axis(values, place, axis=-1)[..., 0] for values in (hits, rows))
    above = np.maximum(place - 1, 0)
    h0, r0 = (np.where(place > 0, np.take_along_axis(values, above, axis=-1), 0.0)[..., 0] for values in (hits, rows))
    return h0 + (h1 - h0) * ratio(most - r0, r1 - r0)


def enrichment_ceiling(y: np.ndarray, fraction: float) -> float:
    """The enrichment factor when as many positives as can be stand first; NaN without positives.

    >>> enrichment_ceiling(np.array([1] * 5 + [0] * 95), 0.10), enrichment_ceiling(np.array([1, 1, 0, 0]), 0.25)
    (10.0, 2.0)
    """
    n, positive = len(y), float((y > 0.5).sum())
    most = float(np.ceil(n * fraction))
    return float(ratio(min(most, positive) * n, most * positive))
