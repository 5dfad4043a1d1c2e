"""Where a prediction lies among drugs: quantiles of the predictions for a public list of them, shipped as numbers."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from molkit.data.write import atomic_path

REFERENCE = Path(__file__).with_name("drug_quantiles.json")
STEPS = 100  # quantiles at 0, 1, ... 100 %


@cache
def reference() -> dict[str, Any]:
    """`list` (what the drugs are), `compounds` (how many were predicted), `models` (content hash by endpoint) and
    `quantiles` (by endpoint, 101 ascending numbers)."""
    found: dict[str, Any] = json.loads(REFERENCE.read_text(encoding="utf-8"))
    return found


def drug_quantiles() -> dict[str, tuple[float, ...]]:
    """For each endpoint the 0, 1, ... 100 % quantiles of the drugs' values."""
    return {name: tuple(values) for name, values in reference()["quantiles"].items()}


def percentile(quantiles: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The share of the drugs, in percent, with a lower value, [n]; of equal ones half count; NaN stays NaN.

    >>> percentile(np.linspace(0, 1, 101), np.array([-1, 0.25, 2])).tolist()
    [0.0, 25.0, 100.0]
    """
    shares = np.linspace(0, 100, len(quantiles))
    below = np.interp(values, quantiles, shares)
    above = np.interp(-values, -quantiles[::-1], shares)  # the same from above: where drugs are equal they differ
    return (below + 100 - above) / 2


def to_quantiles(values: np.ndarray) -> list[float]:
    """The quantiles to ship, with 6 digits, of values without NaN."""
    return [float(f"{value:.6g}") for value in np.quantile(values, np.linspace(0, 1, STEPS + 1))]


def write_reference(path: Path, content: dict[str, Any]) -> None:
    """The file of quantiles, at `path`."""
    with atomic_path(path, overwrite=True) as unfinished:
        unfinished.write_text(json.dumps(content, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")
