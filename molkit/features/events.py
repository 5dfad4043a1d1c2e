"""Health records as steps of time, for recurrent networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from molkit.data.records import Record
from molkit.features.record import MOST_STEPS
from molkit.types import Steps


@dataclass(frozen=True)
class EventFeaturizer:
    """One step for each stretch of `step_hours` that has an event; the steps count back from the prediction.

    A row is [hours from the end of the step to the prediction, mean of each code's values in it], NaN where a code has
    none. A static value stands in every step before the first timed one of its code. What is older than the last
    `most` steps is put into the oldest of them; a record of static events alone is one step.
    """

    kind: ClassVar[str] = "events"
    codes: tuple[str, ...] = ()
    step_hours: float = 1.0
    most: int = MOST_STEPS

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", tuple(self.codes))

    def __call__(self, items: Sequence[Record]) -> Steps:
        """Rows float32 [T, 1 + codes], from the oldest to the newest of each record."""
        parts = [self._steps(item) for item in items]
        offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts], dtype=np.int64)])
        return Steps(np.concatenate([np.empty((0, 1 + len(self.codes)), np.float32), *parts]), offsets)

    def _steps(self, item: Record) -> np.ndarray:
        timed = ~np.isnan(item.hours)
        stretch = np.floor(item.hours[timed].astype(np.float64) / self.step_hours)
        distinct, place = np.unique(-stretch, return_inverse=True)
        if not len(distinct):
            distinct = np.zeros(1)
        merged = max(len(distinct) - self.most, 0)
        place = np.maximum(place - merged, 0)
        rows = np.full((len(distinct) - merged, 1 + len(self.codes)), np.nan)
        rows[:, 0] = -distinct[merged:] * self.step_hours
        cell = place * len(self.codes) + item.codes[timed]
        counts = np.bincount(cell, minlength=rows[:, 1:].size)
        sums = np.bincount(cell, item.values[timed].astype(np.float64), rows[:, 1:].size)
        means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
        rows[:, 1:] = means.reshape(len(rows), -1)
        for code, value in zip(item.codes[~timed], item.values[~timed], strict=True):
            filled = np.flatnonzero(~np.isnan(rows[:, 1 + code]))
            rows[: filled[0] if len(filled) else len(rows), 1 + code] = value
        return rows.astype(np.float32)
