"""What a training run is refused for, before it costs time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from molkit.config import RunConfig
from molkit.data.labels import Labels
from molkit.data.split import METHODS
from molkit.data.table import Table
from molkit.errors import InputError
from molkit.learners import LEARNERS
from molkit.pipeline.dataset import Dataset
from molkit.types import Split

_FEWEST_COMPOUNDS = 20
_LARGEST_VALUE = 1e15  # squares of larger ones do not fit in single precision
_FEWEST_TRAINING_VALUES = 10
_LEAST = {"epochs": 1, "seed": 0, "fingerprint_radius": 0, "fingerprint_size": 8, "max_isomers": 1, "workers": 0}


def check_fractions(fractions: Sequence[Any]) -> None:
    """Raise InputError unless these are three shares, the first above 0."""
    numbers = all(isinstance(share, int | float) and 0 <= share < float("inf") for share in fractions)
    if not numbers or len(fractions) != 3 or not fractions[0] > 0:
        shown = ", ".join(map(str, fractions))
        raise InputError(f"fractions: expected three shares such as 0.8, 0.1, 0.1, got {shown}")


def check_config(config: RunConfig) -> None:
    """Raise InputError for an option that no run could have."""
    if config.split not in METHODS:
        raise InputError(f"there is no split {config.split!r}; known are {', '.join(METHODS)}")
    unknown = [name for name in config.learners if name not in LEARNERS]
    if unknown or not config.learners:
        raise InputError(f"there is no learner {unknown[0] if unknown else ''!r}; known are {', '.join(LEARNERS)}")
    if len(set(config.learners)) < len(config.learners):
        raise InputError("a learner is named twice")
    for key, least in _LEAST.items():
        if getattr(config, key) < least:
            raise InputError(f"{key} should be at least {least}, got {getattr(config, key)}")
    if not 0 < config.seconds_per_molecule < float("inf"):
        raise InputError(f"seconds_per_molecule should be above 0, got {config.seconds_per_molecule}")
    check_fractions(config.fractions)


def check_dataset(dataset: Dataset, table: Table) -> None:
    """Raise InputError if too few rows can be used."""
    if len(dataset) < _FEWEST_COMPOUNDS:
        reasons = [problem.sentence(row) for row, problem in list(dataset.rejected.items())[:3]]
        raise InputError(
            f"only {len(dataset)} of {len(table)} rows are a readable structure with a measured value;"
            f" at least {_FEWEST_COMPOUNDS} are needed. {' '.join(reasons)}".rstrip()
        )


def check_training(exact: np.ndarray, weights: np.ndarray, labels: Labels, split: Split) -> None:
    """Raise InputError if the training part cannot teach a target; `exact` [n, K] is NaN where not measured."""
    if not weights[list(split.train)].sum() > 0:
        raise InputError("--weight: all rows of the training part have weight 0")
    if np.nanmax(np.abs(exact), initial=0.0) > _LARGEST_VALUE:
        raise InputError(f"a value is beyond {_LARGEST_VALUE:g}; correct it, or try --log")
    exact = exact[list(split.train)]
    for k, name in enumerate(labels.targets):
        values = exact[~np.isnan(exact[:, k]), k]
        if len(values) < _FEWEST_TRAINING_VALUES:
            raise InputError(
                f"{name}: the training part has {len(values)} measured values (not counting > and <), at least"
                f" {_FEWEST_TRAINING_VALUES} are needed; try --split random, or leave this target out"
            )
        if labels.kinds[k] == "binary" and len(np.unique(values)) < 2:
            raise InputError(f"{name}: the training part holds one class only; try another --seed or --split random")
