"""On which scale each target is modelled: as measured, or as its logarithm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from molkit.config import RunConfig
from molkit.data.labels import Labels
from molkit.errors import InputError
from molkit.evaluation.metrics import find_metric
from molkit.types import Target

# Scores that a monotone scale does not change in kind: ranks are the same, a median stays the median.
_MONOTONE = ("MAE", "Spearman", "Kendall")
_SKEWED = 1.0


def check_log(labels: Labels, config: RunConfig, first_row: int) -> None:
    """Raise InputError where --log was given and cannot be."""
    if not config.log:
        return
    if "regression" not in labels.kinds:
        raise InputError("--log: no target is a number; leave --log out, or say --task regression")
    for k in np.flatnonzero([kind == "regression" for kind in labels.kinds]):
        bad = np.flatnonzero(labels.values[:, k] <= 0)
        if len(bad):
            raise InputError(
                f"--log: row {bad[0] + first_row}, column {labels.targets[k]}: a logarithm needs values"
                f" above 0, got {labels.values[bad[0], k]:g}; leave --log out or remove such rows"
            )


def model_scale(labels: Labels, config: RunConfig, development: np.ndarray) -> tuple[Labels, tuple[bool, ...]]:
    """Labels as they are modelled, and which targets are logarithms.

    Unless told, the logarithm is taken where the metric allows it (MAE and ranks), every value is above 0,
    and it at least halves a skewness above 1 of the values [n, K] in `development`, which are not for testing.
    """
    logs = tuple(
        kind == "regression" and _wanted(labels.values[:, k], development[:, k], config)
        for k, kind in enumerate(labels.kinds)
    )
    if not any(logs):
        return labels, logs
    values = labels.values.copy()
    values[:, logs] = np.log10(values[:, logs])
    names = ", ".join(name for name, log in zip(labels.targets, logs, strict=True) if log)
    which = "Values" if all(logs) else f"Values of {names}"
    why = "" if config.log else f" ({config.metric} allows it and they are skewed; --no-log keeps them as measured)"
    note = f"{which} are modelled as log10{why} and written back as measured."
    return replace(labels, values=values, notes=(*labels.notes, note)), logs


def _wanted(values: np.ndarray, development: np.ndarray, config: RunConfig) -> bool:
    if config.log is not None:
        return config.log
    if config.metric is None or find_metric(config.metric).name not in _MONOTONE:
        return False
    if not (values[~np.isnan(values)] > 0).all():
        return False
    seen = development[~np.isnan(development)]
    skewness = _skewness(seen)
    return skewness > _SKEWED and abs(_skewness(np.log10(seen))) < skewness / 2


def _skewness(values: np.ndarray) -> float:
    from scipy.stats import skew

    return float(skew(values)) if len(values) > 2 and values.std() > 0 else 0.0


def model_unit(target: Target) -> str:
    """The scale that scores of a target are on: its unit, or the logarithm of it."""
    return f"log10 {target.unit or 'of the values'}" if target.log else target.unit
