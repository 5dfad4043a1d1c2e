"""Scores for each drug or each protein by itself: does a model of pairs rank within one target?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from molkit.evaluation.metrics import Metric

FEWEST_ROWS = 10  # of an entity whose score counts in the mean


@dataclass(frozen=True)
class EntityScore:
    """A score over the `n` measured and predicted rows of one entity; `value` is None where it is undefined."""

    entity: Hashable
    n: int
    value: float | None


def per_entity(
    metric: Metric, y: np.ndarray, p: np.ndarray, groups: Sequence[Hashable], threshold: float | np.ndarray = 0.5
) -> list[EntityScore]:
    """`metric` within each group of rows, for labels [n] (NaN = not measured), predictions [n] and a group per row.

    The entities of most rows come first, those of equally many in the order of the table. `threshold` is one for all
    or one per row. Every group has its line, also one without a row that can be scored.
    """
    y, p = np.asarray(y, float), np.asarray(p, float)
    said = (p >= threshold).astype(float) if metric.needs_threshold else p
    usable = np.isfinite(y) & np.isfinite(p)
    members: dict[Hashable, list[int]] = {}
    for row, key in enumerate(groups):
        own = members.setdefault(key, [])
        if usable[row]:
            own.append(row)
    found = [EntityScore(key, len(rows), _value(metric, y[rows], said[rows])) for key, rows in members.items()]
    return sorted(found, key=lambda score: -score.n)


def _value(metric: Metric, y: np.ndarray, p: np.ndarray) -> float | None:
    if not len(y):
        return None
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is undefined
        value = float(metric.function(y, p))
    return value if np.isfinite(value) else None


def mean_over_entities(scores: Sequence[EntityScore], fewest: int = FEWEST_ROWS) -> tuple[float | None, int]:
    """The unweighted mean over entities of at least `fewest` rows with a value, and how many these are.

    >>> mean_over_entities([EntityScore("a", 30, 0.5), EntityScore("b", 20, 0.7), EntityScore("c", 2, 0.0)])
    (0.6, 2)
    """
    values = [score.value for score in scores if score.value is not None and score.n >= fewest]
    return (float(np.mean(values)), len(values)) if values else (None, 0)
