"""Bootstrap resamples as weights, and the interval that their scores span."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

RESAMPLES = 2000
FEWER_RESAMPLES = 400  # for slow metrics, and for tables of more than MANY_ROWS rows
MANY_ROWS = 20_000
LEVEL = (0.025, 0.975)
_BLOCK = 1 << 18  # weights at a time; more of them leave the processor's cache


def resample_count(n: int) -> int:
    """How many resamples n rows get."""
    return RESAMPLES if n <= MANY_ROWS else FEWER_RESAMPLES


def resample_weights(n: int, count: int, seed: int) -> Iterator[np.ndarray]:
    """How often each of n rows is drawn in each of `count` resamples of n rows: blocks float64 [b, n] in all."""
    rng = np.random.default_rng(seed)
    block = max(1, _BLOCK // max(1, n))
    for start in range(0, count, block):
        b = min(block, count - start)
        drawn = rng.integers(0, n, (b, n)) + n * np.arange(b)[:, None]
        yield np.bincount(drawn.ravel(), minlength=b * n).reshape(b, n).astype(np.float64)


def resampled(function: Callable[[np.ndarray], Any], n: int, count: int, seed: int) -> np.ndarray:
    """`function` of the weights of each resample, [count]."""
    return np.concatenate([function(weights) for weights in resample_weights(n, count, seed)])


def interval(values: np.ndarray) -> tuple[float | None, float | None]:
    """The middle 95 % of resampled scores (percentile bootstrap, Efron 1979), undefined ones left out."""
    values = values[np.isfinite(values)]
    if not len(values):
        return None, None
    low, high = np.quantile(values, LEVEL)
    return float(low), float(high)
