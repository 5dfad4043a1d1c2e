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
    width = steps.values.shape[1]
    time, measured = np.ascontiguousarray(steps.values[:, 0]), ~np.isnan(steps.values[:, 1:])
    row = np.arange(len(time), dtype=np.int32)
    starts = np.repeat(steps.offsets[:-1], np.diff(steps.offsets)).astype(np.int32)
    # before a value is known this is the record's first row, which has NaN in its place, never one of another record
    latest = np.maximum(np.maximum.accumulate(measured * row[:, None], axis=0), starts[:, None])
    order, last, alive = side_by_side(steps.offsets)
    before, now = np.maximum(row - 1, starts)[order], time[order]
    place = latest[order] * np.int64(width) + np.arange(1, width)
    return EventBatch(
        torch.from_numpy(steps.values.reshape(-1).take(place)),
        torch.from_numpy(measured[order].astype(np.float32)),
        torch.from_numpy(time.take(latest[before]) - now[:, None]),
        torch.from_numpy(np.stack([time[before] - now, now], axis=1)),
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
