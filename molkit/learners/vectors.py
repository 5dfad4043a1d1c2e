"""Encoded vectors of the distinct values of several inputs, each encoded once and, if it may come again, kept.

What is kept must not depend on what was asked before, or a run would not repeat: such a value is encoded alone, so that
its vector has the same bits in any company. Values are told by a digest of what they hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
import torch
from torch import Tensor

from molkit.data.batching import join_values, take_values
from molkit.learners.batches import by_size, on_device, predicting_batch
from molkit.types import Column, Graphs, Steps, Values

_MOST_KEPT = 4096
_OFTEN = 4  # rows per distinct value, from which on a value is likely to come again


class Vectors:
    """The vectors that were used last, at most `most`, by digest."""

    def __init__(self, most: int = _MOST_KEPT) -> None:
        self.most = most
        self._kept: dict[bytes, Tensor] = {}  # the last used at the end

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, digest: bytes) -> Tensor | None:
        """The vector, which is now the last to be forgotten."""
        found = self._kept.pop(digest, None)
        if found is not None:
            self._kept[digest] = found
        return found

    def keep(self, digest: bytes, vector: Tensor) -> None:
        """Keep a vector in place of the one that was not used for longest."""
        self._kept[digest] = vector
        while len(self._kept) > self.most:
            self._kept.pop(next(iter(self._kept)), None)


def encoded(
    encoders: Sequence[Any], kept: Sequence[Vectors], columns: Sequence[Column], device: torch.device
) -> tuple[list[Tensor], list[np.ndarray]]:
    """What each of the encoders, which read the same, makes of the distinct values of some columns.

    Vectors [n, width] of each encoder, and per column the vector of each row, int64 [B].
    """
    values, rows = _distinct(columns)
    often = sum(map(len, rows)) >= _OFTEN * len(values)
    with torch.inference_mode():
        if often or not isinstance(values, Graphs):
            return _alone(encoders, kept, values, device), rows
        return _together(encoders, values, device), rows


def _distinct(columns: Sequence[Column]) -> tuple[Values, list[np.ndarray]]:
    """The distinct values of all columns together, in the order of their digests, and per column those of the rows.

    So it does not matter in which of the columns a value stands, nor in which row.
    """
    used = [np.unique(column.index, return_inverse=True) for column in columns]
    values = join_values([take_values(column.values, own) for column, (own, _) in zip(columns, used, strict=True)])
    marks = np.array([mark.hex() for mark in digests(values)], "U32")
    _, first, place = np.unique(marks, return_index=True, return_inverse=True)
    starts = np.cumsum([0, *(len(own) for own, _ in used)])
    rows = [place[start + inverse] for start, (_, inverse) in zip(starts, used, strict=False)]
    return take_values(values, first), rows


def _alone(encoders: Sequence[Any], kept: Sequence[Vectors], values: Values, device: torch.device) -> list[Tensor]:
    """One value at a time, unless its vector is known."""
    found: list[list[Tensor]] = [[] for _ in encoders]
    for place, mark in enumerate(digests(values)):
        batch = None
        for own, encoder, store in zip(found, encoders, kept, strict=True):
            vector = store.get(mark)
            if vector is None:
                if batch is None:
                    batch = on_device(predicting_batch(encoder, take_values(values, np.array([place]))), device)
                vector = encoder(batch)[0]
                store.keep(mark, vector)
            own.append(vector)
    return [torch.stack(own) for own in found]


def _together(encoders: Sequence[Any], values: Values, device: torch.device) -> list[Tensor]:
    """Values that are not likely to come again, in batches that take about as long."""
    found: list[list[Tensor]] = [[] for _ in encoders]
    everything = np.arange(len(values))
    for part in by_size(Column(values, everything), everything):
        batch = on_device(predicting_batch(encoders[0], take_values(values, part)), device)
        for own, encoder in zip(found, encoders, strict=True):
            own.append(encoder(batch))
    return [torch.cat(own) for own in found]


def digests(values: Values) -> list[bytes]:
    """16 bytes for each value, equal if the values are; class tables of graphs do not matter."""
    if isinstance(values, Graphs):
        ends, bonds = values.atom_offsets, values.edge_offsets
        first = np.repeat(ends[:-1], np.diff(bonds))
        parts = [
            (values.atom_classes[values.atoms], ends),
            (values.bond_classes[values.bonds], bonds),
            (np.ascontiguousarray((values.edges - first).T), bonds),
        ]
        return [_digest(*(array[at[row] : at[row + 1]] for array, at in parts)) for row in range(len(values))]
    if isinstance(values, Steps):
        return [_digest(own) for own in np.split(values.values, values.offsets[1:-1])][: len(values)]
    return [_digest(own) for own in values]


def _digest(*arrays: np.ndarray) -> bytes:
    digest = blake2b(digest_size=16)
    for array in arrays:
        digest.update(len(array).to_bytes(8, "little"))
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.digest()
