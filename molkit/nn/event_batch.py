"""Steps of health records side by side, with what was last known of each code and how long ago."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from molkit.types import Steps


@dataclass(frozen=True)
class EventBatch:
    """The first steps of all records, then the second, longer records first; E rows in all, C codes.

    The numbers of records that have a first step, a second, ... are no tensor: torch wants them on the CPU.
    """

    known: Tensor  # float32 [E, C], the last value up to this step, NaN = none yet
    measured: Tensor  # float32 [E, C], 1 where it is of this step, else 0
    since: Tensor  # float32 [E, C], hours since the value before this step, or since the first step; 0 in the first
    gap: Tensor  # float32 [E, 2], hours since the step before, hours to the prediction
    last: Tensor  # int64 [B], the row of each record's last step
    alive: np.ndarray  # int64 [longest]


def event_batch(steps: Steps) -> EventBatch:
    """Tensors of all records of a packed column of `molkit.features.events`, each at least one step long."""
    lengths = np.diff(steps.offsets)
    starts = np.repeat(steps.offsets[:-1], lengths)
    row = np.arange(len(starts))
    time, values = steps.values[:, 0], steps.values[:, 1:]
    measured = ~np.isnan(values)
    latest = np.maximum.accumulate(np.where(measured, row[:, None], -1), axis=0)
    latest = np.where(latest < starts[:, None], -1, latest)  # what lies before the start is another record's
    known = np.where(latest < 0, np.nan, np.take_along_axis(values, np.maximum(latest, 0), axis=0))
    before = np.maximum(row - 1, starts)
    seen = np.where(latest[before] < 0, starts[:, None], latest[before])
    since = np.where((row > starts)[:, None], time[seen] - time[:, None], 0)
    gap = np.stack([time[before] - time, time], axis=1)
    order, last, alive = side_by_side(steps.offsets)
    return EventBatch(
        torch.from_numpy(known[order]),
        torch.from_numpy(measured[order].astype(np.float32)),
        torch.from_numpy(since[order].astype(np.float32)),
        torch.from_numpy(gap[order]),
        torch.from_numpy(last),
        alive,
    )


def side_by_side(offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The order that puts first steps first, where each sequence's last step then stands, how many have a t-th step."""
    lengths = np.diff(offsets)
    rank = np.argsort(np.argsort(-lengths, kind="stable"), kind="stable")
    owner = np.repeat(np.arange(len(lengths)), lengths)
    time = np.arange(len(owner)) - offsets[owner]
    alive = np.bincount(time)
    begin = np.cumsum(alive) - alive
    place = begin[time] + rank[owner]
    order = np.empty(len(place), np.int64)
    order[place] = np.arange(len(place))
    return order, begin[lengths - 1] + rank, alive
