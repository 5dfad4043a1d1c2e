"""A table of scores with bootstrap intervals, as it is printed and stored."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from molkit.evaluation.bootstrap import FEWER_RESAMPLES, interval, resample_count, resample_weights
from molkit.evaluation.metrics import METRICS, Metric, shown_metrics
from molkit.evaluation.series import SERIES_METRICS, series_scores

AVERAGE = "average over targets"


@dataclass(frozen=True)
class Score:
    """One score of one target: the value, its 95 % bootstrap interval, and on how many rows of what.

    `failed` counts measured rows without a finite prediction; they are not among the `n`. Of an undefined
    score `value` is None and `reason` says why. `base` is the value without any information (the prevalence
    for PR-AUC), `ceiling` the largest one possible on these rows, where there is one. `low` and `high` are
    None where rows cannot be resampled (a single one, or an average over targets).
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
    reason: str = ""
    ceiling: float | None = None
    base: float | None = None
    kind: str = ""


def score_target(
    target: str,
    method: str,
    kind: str,
    y: np.ndarray,
    p: np.ndarray,
    threshold: float | np.ndarray,
    seed: int,
    unit: str = "",
    series: Sequence[Hashable] | None = None,
    metrics: Sequence[Metric] | None = None,
) -> list[Score]:
    """The usual metrics of a kind, or others, for labels [n] (NaN = not measured) and predictions [n] of one target.

    `threshold` is one for all or one per row. Of multiclass targets labels are codes and predictions
    probabilities [n, C], or codes [n]. With `series` (a scaffold per row, "" for none) numbers are also scored
    within series. Intervals hold the middle 95 % of 2,000 resamples of the rows (400 for slow metrics and beyond
    20,000 rows); resamples in which a score is undefined are left out.
    """
    y, p = np.asarray(y, float), np.asarray(p, float)
    measured = ~np.isnan(y)
    rows = measured & (np.isfinite(p).all(axis=1) if p.ndim == 2 else np.isfinite(p))
    failed = int(measured.sum() - rows.sum())
    cuts = np.broadcast_to(np.asarray(threshold, float), measured.shape)[rows]
    y, p = y[rows], p[rows]
    blank = Score(
        target, method, "", None, None, None,
        n=len(y),
        prevalence=float(y.mean()) if kind == "binary" and len(y) else None,
        failed=failed,
        unit=unit,
        kind=kind,
    )  # fmt: skip
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is undefined, and said to be
        scores = _metric_scores(blank, metrics or shown_metrics(kind), y, p, cuts, seed)
        if series is not None and kind == "regression":
            own = [key for key, taken in zip(series, rows, strict=True) if taken]
            scores += _series_scores(blank, y, p, own, seed)
    return scores


def _metric_scores(
    blank: Score, metrics: Sequence[Metric], y: np.ndarray, p: np.ndarray, cuts: np.ndarray, seed: int
) -> list[Score]:
    if not len(y):
        return [replace(blank, metric=metric.name, reason=_nothing(blank.failed)) for metric in metrics]
    scored = {metric.name: (p >= cuts).astype(float) if metric.needs_threshold else p for metric in metrics}
    values = {metric.name: float(metric.function(y, scored[metric.name])) for metric in metrics}
    defined = [metric for metric in metrics if np.isfinite(values[metric.name])]
    found: dict[str, list[np.ndarray]] = {metric.name: [] for metric in metrics}
    done = 0
    for weights in resample_weights(len(y), resample_count(len(y)) if len(y) > 1 else 0, seed):
        for metric in defined:
            own = weights[: max(0, FEWER_RESAMPLES - done)] if metric.slow else weights
            if len(own):
                found[metric.name].append(np.asarray(metric.function(y, scored[metric.name], own)))
        done += len(weights)
    return [_score(blank, metric, y, values[metric.name], found[metric.name]) for metric in metrics]


def _score(blank: Score, metric: Metric, y: np.ndarray, value: float, resampled: list[np.ndarray]) -> Score:
    base = metric.base(y) if metric.base else None
    blank = replace(blank, unit=f"({blank.unit})²") if metric.squared and blank.unit else blank
    ceiling = metric.ceiling(y) if metric.ceiling else None
    if not np.isfinite(value):
        return replace(blank, metric=metric.name, reason=f"needs {metric.needs or 'numbers that are not too large'}")
    low, high = interval(np.concatenate(resampled)) if resampled else (None, None)
    if metric.distance and low is not None and high is not None:
        low = max(0.0, min(value, 2 * value - high))
    return replace(blank, metric=metric.name, value=value, low=low, high=high, base=base, ceiling=ceiling)


def _series_scores(blank: Score, y: np.ndarray, p: np.ndarray, series: Sequence[Hashable], seed: int) -> list[Score]:
    found = series_scores(y, p, series, seed)
    return [
        replace(blank, metric=name, value=s.value, low=s.low, high=s.high, n=s.n, base=base, reason=s.reason)
        for (name, base), s in zip(SERIES_METRICS.items(), found, strict=True)
    ]


def _nothing(failed: int) -> str:
    if failed:
        return f"none of the {failed} measured rows has a finite prediction"
    return "no row has a measured value"


def average_scores(scores: Sequence[Score]) -> list[Score]:
    """Unweighted mean of each metric over the targets of a kind, per method, where a kind has several targets.

    Scores in the unit of a target are not averaged. Undefined ones are left out, and `reason` then says of
    how many targets the mean is; `n` and `failed` are sums.
    """
    groups: dict[tuple[str, str, str], list[Score]] = {}
    for score in scores:
        groups.setdefault((score.kind, score.method, score.metric), []).append(score)
    return [_average(own) for (kind, _, name), own in groups.items() if len(own) > 1 and _unitless(kind, name)]


def _unitless(kind: str, name: str) -> bool:
    return name in SERIES_METRICS or any(m.name == name and m.unitless for m in METRICS[kind])


def _average(scores: Sequence[Score]) -> Score:
    known = [score for score in scores if score.value is not None]
    reason = f"undefined for {len(scores) - len(known)} of {len(scores)} targets" if len(known) < len(scores) else ""
    return replace(
        scores[0],
        target=AVERAGE,
        value=_mean([score.value for score in known]),
        low=None,
        high=None,
        n=sum(score.n for score in scores),
        prevalence=_mean([score.prevalence for score in scores]),
        failed=sum(score.failed for score in scores),
        unit="",
        reason=reason,
        ceiling=_mean([score.ceiling for score in known]),
        base=_mean([score.base for score in known]),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
