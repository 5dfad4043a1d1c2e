"""Scores that binding affinities are told in: labels [n] and predictions [n], as drug-target papers compare them."""

from __future__ import annotations

import numpy as np

from molkit.evaluation.regression import kendall, pearson
from molkit.evaluation.weighted import Value, centred, mean, ratio, row_weights, total


def mean_squared_error(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Mean squared difference."""
    return mean((y - p) ** 2, row_weights(y, w))


def concordance_index(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """Share of the pairs of rows with different labels that are predicted in the right order, equal predictions half.

    Gönen & Heller, Biometrika 2005, 92, 965, as in DeepDTA (Öztürk et al., Bioinformatics 2018, 34, i821). It is
    (1 + D) / 2 with Somers' D, and D is Kendall's tau-b times the root of the pairs with different predictions over
    those with different labels, so that it takes the time of a sort. NaN for constant labels; weights are whole.
    """
    weights = row_weights(y, w)
    apart, told = _different_pairs(y, weights), _different_pairs(p, weights)
    excess = np.nan_to_num(kendall(y, p, w)) * np.sqrt(ratio(told, apart))
    return (1 + np.clip(excess, -1, 1)) / 2


def _different_pairs(values: np.ndarray, w: np.ndarray) -> Value:
    """Twice the number of pairs of rows, each counted `w` times, whose values differ."""
    group = np.unique(values, return_inverse=True)[1]
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    equal = np.add.reduceat(w[..., order], starts, axis=-1) if len(starts) else w[..., order]
    return w.sum(axis=-1) ** 2 - (equal**2).sum(axis=-1)


def r_squared_modified(y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> Value:
    """r² (1 - sqrt |r² - r0²|): r is the correlation, r0² the R² of the line through the origin that fits best.

    Roy & Roy, QSAR Comb. Sci. 2008, 27, 302, with labels regressed on predictions as in DeepDTA (see
    `concordance_index`). The scripts behind the tables of DeepDTA and GraphDTA square r² and r0² once more under the
    root, against the formula they print; their values differ a little from these. NaN where one side is constant.
    """
    w = row_weights(y, w)
    a, b = centred(y, w), centred(p, w)
    # r² - r0² is what leaving the intercept out of the fit costs. Its root is taken in closed form: a difference of two
    # scores that should be 0 is 1e-16 by rounding, and the root of that 1e-8.
    spread = total(b * b, w)
    intercept = mean(y, w) - ratio(total(a * b, w), spread) * mean(p, w)
    cost = np.abs(intercept) * np.sqrt(ratio(spread, total(p * p, w)) * ratio(w.sum(axis=-1), total(a * a, w)))
    return pearson(y, p, w) ** 2 * (1 - cost)
