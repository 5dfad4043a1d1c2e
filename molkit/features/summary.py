"""Health records as one row of numbers per record, for trees and linear models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from molkit.data.records import Record

STATISTICS = ("first", "last", "mean", "least", "most", "spread", "trend", "count", "hours_since")


@dataclass(frozen=True)
class SummaryFeaturizer:
    """Per code: first, last, mean, smallest and largest value, standard deviation, count, hours since the last.

    `trend` is the slope of the least-squares line through the timed values, per hour. NaN where there is nothing to
    say: no event, fewer than two times, or static events only; the count is then 0 or that of the static ones.
    """

    kind: ClassVar[str] = "summary"
    codes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", tuple(self.codes))

    @property
    def names(self) -> tuple[str, ...]:
        """Column names, all statistics of the first code first."""
        return tuple(f"{code} {statistic}" for code in self.codes for statistic in STATISTICS)

    def __call__(self, items: Sequence[Record]) -> np.ndarray:
        """Values, float32 [n, 9 codes]."""
        groups = len(items) * len(self.codes)
        found = np.full((groups, len(STATISTICS)), np.nan, np.float64)
        found[:, STATISTICS.index("count")] = 0
        if any(map(len, items)):
            _fill(found, items, len(self.codes))
        return found.reshape(len(items), len(self.names)).astype(np.float32)


def _fill(found: np.ndarray, items: Sequence[Record], codes: int) -> None:
    """The statistics of every record and code that has an event, into rows `record * codes + code`."""
    owner = np.repeat(np.arange(len(items)), [len(item) for item in items])
    group = owner * codes + np.concatenate([item.codes for item in items])
    order = np.argsort(group, kind="stable")  # a record's events are in the order of their time
    group, values, hours = (
        part[order]
        for part in (group, *(np.concatenate([getattr(i, name) for i in items]) for name in ("values", "hours")))
    )
    values, hours = values.astype(np.float64), hours.astype(np.float64)
    own, starts, place, counts = np.unique(group, return_index=True, return_inverse=True, return_counts=True)
    stops = starts + counts - 1

    def total(of: np.ndarray) -> np.ndarray:
        return np.bincount(place, of, len(own))  # adds in order: a record has the same sums in any company

    mean = total(values) / counts
    spread = np.sqrt(total((values - mean[place]) ** 2) / counts)
    columns = {
        "first": values[starts],
        "last": values[stops],
        "mean": mean,
        "least": np.minimum.reduceat(values, starts),
        "most": np.maximum.reduceat(values, starts),
        "spread": np.where(counts > 1, spread, np.nan),
        "trend": _slope(values, hours, place, total),
        "count": counts,
        "hours_since": hours[stops],
    }
    for name, column in columns.items():
        found[own, STATISTICS.index(name)] = column


def _slope(
    values: np.ndarray, hours: np.ndarray, place: np.ndarray, total: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Per group the change of the values per hour; NaN where no two times differ."""
    timed = ~np.isnan(hours)
    count = np.maximum(total(timed.astype(np.float64)), 1)
    time = np.where(timed, -hours, 0.0)
    centred = np.where(timed, time - (total(time) / count)[place], 0.0)
    along, own = total(centred * values), total(centred**2)
    return np.where(own > 1e-12, along / np.where(own > 1e-12, own, 1), np.nan)
