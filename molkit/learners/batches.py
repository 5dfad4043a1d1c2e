"""Rows of packed columns as batches that an encoder takes, each distinct value once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from molkit.data.batching import take_values
from molkit.types import Column, Graphs, Steps, Values

# Directed bonds, or steps, per batch when predicting; the activations of more do not stay in a core's cache.
_EDGES_PER_BATCH = 6000
_ROWS_PER_BATCH = 256


def row_batch(
    column: Column,
    new_batch: Callable[[Values], Any],
    rows: np.ndarray,
    device: torch.device | None = None,
    apart: bool = False,
) -> tuple[Any, Tensor | None]:
    """The distinct values of some rows as an encoder's batch, and the value of each row.

    Rows of one value share it, unless they are to be told `apart`, as those are of which each is augmented by itself.
    """
    wanted = column.index[rows]
    wanted, inverse = (wanted, np.arange(len(wanted))) if apart else np.unique(wanted, return_inverse=True)
    batch, index = new_batch(take_values(column.values, wanted)), torch.from_numpy(inverse)
    if device is None or device.type == "cpu":
        return batch, index
    return on_device(batch, device), index.to(device)


def predicting_batch(encoder: Any, values: Values) -> Any:
    """An encoder's batch, in few shapes if it can."""
    return getattr(encoder, "padded_batch", encoder.batch)(values)


def on_device(batch: Any, device: torch.device) -> Any:
    """The tensors of a batch on a torch device."""
    if isinstance(batch, Tensor):
        return batch.to(device)
    return replace(
        batch, **{name: value.to(device) for name, value in vars(batch).items() if isinstance(value, Tensor)}
    )


def by_size(column: Column, rows: np.ndarray) -> list[np.ndarray]:
    """The rows in parts that take about as long."""
    if isinstance(column.values, np.ndarray):
        return np.array_split(rows, -(-len(rows) // _ROWS_PER_BATCH))
    offsets = column.values.edge_offsets if isinstance(column.values, Graphs) else column.values.offsets
    sizes = np.diff(offsets)[column.index[rows]] + 8
    return np.split(rows, np.flatnonzero(np.diff(np.cumsum(sizes) // _EDGES_PER_BATCH)) + 1)


def dear(values: Values) -> bool:
    """Whether a value takes so long to encode that this should happen seldom: sequences and images."""
    return isinstance(values, Steps) or (isinstance(values, np.ndarray) and values.ndim > 2)


def dearest(columns: Sequence[Column], rows: np.ndarray) -> Column | None:
    """The column of dear values that has most distinct ones in these rows."""
    counts = [len(np.unique(column.index[rows])) if dear(column.values) else 0 for column in columns]
    return columns[int(np.argmax(counts))] if any(counts) else None


def in_blocks(rows: np.ndarray, column: Column, rng: np.random.Generator, blocks: int = 1) -> np.ndarray:
    """The rows in another order: those of one value of the column lie together in `blocks` places, blocks at random.

    Batches cut from this hold few distinct values, so that an epoch encodes each about `blocks` times.
    """
    place = column.index[rows] * blocks + rng.integers(0, blocks, len(rows))
    rank = rng.permutation(len(column.values) * blocks)
    return rows[np.argsort(rank[place], kind="stable")]
