"""A table of scores with bootstrap intervals, as it is printed and stored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molkit.evaluation.metrics import METRICS, Metric

RESAMPLES = 2000


@dataclass(frozen=True)
class Score:
    """One score of one target: the value, its 95 % bootstrap interval, and on how many rows of what.

    `failed` counts measured rows without a finite prediction; they are not among the `n`.
    """

    target: str
    method: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    prevalence: float | None = None
    failed: int = 0
    unit: str = ""


def score_target(
    target: str, method: str, kind: str, y: np.ndarray, p: np.ndarray, threshold: float, seed: int, unit: str = ""
) -> list[Score]:
    """All metrics of a kind for labels [n] (NaN = not measured) and predictions [n] of one target.

    The interval holds the middle 95 % of 2,000 resamples of the rows (percentile bootstrap, Efron 1979);
    resamples in which a score is undefined are left out.
    """
    rows = ~np.isnan(y) & np.isfinite(p)
    failed = int((~np.isnan(y)).sum() - rows.sum())
    y, p = y[rows], p[rows]
    rng = np.random.default_rng(seed)
    samples = rng.integers(0, max(len(y), 1), (RESAMPLES if len(y) <= 20_000 else 200, len(y)))
    prevalence = float(y.mean()) if kind == "binary" and len(y) else None
    values = {metric.name: _with_interval(metric, y, p, threshold, samples) for metric in METRICS[kind]}
    return [
        Score(target, method, name, *value, n=len(y), prevalence=prevalence, failed=failed, unit=unit)
        for name, value in values.items()
    ]


def _with_interval(
    metric: Metric, y: np.ndarray, p: np.ndarray, threshold: float, samples: np.ndarray
) -> tuple[float | None, float | None, float | None]:
    if not len(y):
        return None, None, None
    scored = (p >= threshold).astype(float) if metric.needs_threshold else p
    value = metric.function(y, scored)
    if not np.isfinite(value):
        return None, None, None
    resampled = np.array([metric.function(y[rows], scored[rows]) for rows in samples])
    resampled = resampled[np.isfinite(resampled)]
    low, high = np.quantile(resampled, [0.025, 0.975]) if len(resampled) else (value, value)
    return value, float(low), float(high)


def best_threshold(y: np.ndarray, p: np.ndarray) -> float:
    """The probability cut with the largest Matthews correlation on unseen rows; 0.5 with one class.

    Of equally good cuts the middle one is taken.
    """
    rows = ~np.isnan(y)
    y, p = y[rows], p[rows]
    if len(np.unique(y)) < 2:
        return 0.5
    values = np.unique(p)
    cuts = (values[1:] + values[:-1]) / 2
    if not len(cuts):
        return 0.5
    if len(cuts) > 200:
        cuts = np.quantile(cuts, np.linspace(0, 1, 200))
    matthews = METRICS["binary"][3].function
    quality = np.array([matthews(y, (p >= cut).astype(float)) for cut in cuts])
    best = np.flatnonzero(quality >= quality.max() - 1e-12)
    return float(cuts[best[len(best) // 2]])


def half_width(y: np.ndarray, p: np.ndarray, level: float = 0.9) -> float | None:
    """Half width of the interval that covers `level` of unseen rows (split conformal, Lei et al. 2018).

    None with fewer rows than the level needs.
    """
    rows = ~np.isnan(y)
    residuals = np.sort(np.abs(y[rows] - p[rows]))
    rank = int(np.ceil((len(residuals) + 1) * level))
    return float(residuals[rank - 1]) if 0 < rank <= len(residuals) else None
