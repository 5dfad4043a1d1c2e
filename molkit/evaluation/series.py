"""Scores within series of compounds that share a scaffold: does the model order what a chemist compares?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from molkit.evaluation.bootstrap import RESAMPLES, interval, resampled
from molkit.evaluation.regression import spearman
from molkit.evaluation.weighted import ratio

SERIES_METRICS = {"series Spearman": 0.0, "pair order": 0.5}
"""The scores within series, and what a prediction without information gets."""
FEWEST_TO_RANK = 3
_BLOCK = 1000  # rows of a table of pairs at a time


@dataclass(frozen=True)
class SeriesScore:
    """A score over `series` series of `n` compounds in all; the interval resamples whole series."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    series: int
    reason: str = ""


def series_scores(y: np.ndarray, p: np.ndarray, series: Sequence[Hashable], seed: int) -> tuple[SeriesScore, ...]:
    """Spearman's rank correlation and pair-order accuracy within series, for labels [n] and predictions [n].

    The first is the mean over series of at least 3 compounds, weighted by size; a series of equal
    predictions counts as 0. The second is the share of pairs of one series, whose measured values differ,
    that are predicted in the right order; equal predictions count half. A series whose measured values are
    all equal says nothing and is left out; rows with a blank key ("" or None) belong to no series.
    """
    members: dict[Hashable, list[int]] = {}
    for row, key in enumerate(series):
        if key not in ("", None):
            members.setdefault(key, []).append(row)
    own = [np.array(rows) for rows in members.values() if len(rows) > 1 and len(np.unique(y[rows])) > 1]
    ranked = [rows for rows in own if len(rows) >= FEWEST_TO_RANK]
    correlations = np.nan_to_num(np.array([float(spearman(y[rows], p[rows])) for rows in ranked]))
    sizes = np.array([len(rows) for rows in ranked], float)
    pairs = np.array([_pairs(y[rows], p[rows]) for rows in own]).reshape(-1, 2)
    return (
        _ratio_score(correlations * sizes, sizes, sizes, seed, f"at least {FEWEST_TO_RANK}"),
        _ratio_score(pairs[:, 0], pairs[:, 1], np.array([len(rows) for rows in own], float), seed, "at least 2"),
    )


def _pairs(y: np.ndarray, p: np.ndarray) -> tuple[float, float]:
    """Pairs in the right order (equal predictions half) and pairs of different measured values."""
    right = differ = 0.0
    for start in range(0, len(y), _BLOCK):
        rows = slice(start, start + _BLOCK)
        measured = np.sign(y[rows, None] - y[None, :])
        predicted = np.sign(p[rows, None] - p[None, :])
        right += float(((measured * predicted)[measured != 0] + 1).sum()) / 2
        differ += float((measured != 0).sum())
    return right / 2, differ / 2  # each pair stands there twice


def _ratio_score(above: np.ndarray, below: np.ndarray, sizes: np.ndarray, seed: int, fewest: str) -> SeriesScore:
    """Sum over sum, resampled by series; without an interval when there is one series only."""
    if not len(above):
        reason = f"needs a scaffold with {fewest} measured compounds whose values differ"
        return SeriesScore(None, None, None, 0, 0, reason)
    low = high = None
    if len(above) > 1:
        low, high = interval(resampled(lambda w: ratio(w @ above, w @ below), len(above), RESAMPLES, seed))
    return SeriesScore(float(above.sum() / below.sum()), low, high, int(sizes.sum()), len(above))
