"""Which share of rows that were not trained on stays under a value; numbers over many rows, and of none of them."""

from __future__ import annotations

import numpy as np

_BEYOND = 5  # held-out rows, at least, beyond the last level that is kept
_GRID = 200  # levels


def levels_of(count: int) -> np.ndarray:
    """Shares, float64 [200], of which quantiles of so many held-out rows are kept; raises ValueError for under 20."""
    if count < 4 * _BEYOND:
        raise ValueError(f"expected at least {4 * _BEYOND} rows that were not trained on, got {count}")
    return np.linspace(0, 1 - _BEYOND / count, _GRID)


def share_under(values: np.ndarray, quantiles: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """The share of held-out rows under each value, float64 [n]; no more than the last level, NaN for NaN."""
    place = np.searchsorted(quantiles, values, side="left")
    return np.where(np.isnan(values), np.nan, np.append(levels, levels[-1])[place])
