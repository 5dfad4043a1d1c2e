"""Which rows are most alike, by sketches of what stands in each of their inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from molkit.data.folds import Fold
from molkit.domain import SimilarityIndex
from molkit.features.inputs import Input, alike_places, sketch_bits, sketch_key
from molkit.types import Column

_PAIRS_AT_ONCE = 4_000_000  # of rows that are compared: 16 MB


@dataclass(frozen=True)
class Sketches:
    """Of n rows with one or several inputs: packed bits of the distinct things of each, and which each row has.

    `swaps` are the places of the two inputs that are alike, so that their order means nothing; none: ().
    """

    bits: tuple[np.ndarray, ...]  # uint8 [distinct, bytes], one for each input
    index: np.ndarray  # int64 [n, inputs]
    swaps: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.index)

    def take(self, rows: np.ndarray) -> Sketches:
        """Those of some rows, with the things that these have alone."""
        bits, index = [], []
        for own, places in zip(self.bits, self.index[rows].T, strict=True):
            kept, renumbered = np.unique(places, return_inverse=True)
            bits.append(own[kept])
            index.append(renumbered.reshape(-1))
        return Sketches(tuple(bits), np.stack(index, axis=1).astype(np.int64), self.swaps)


def sketches_of(inputs: Sequence[Input], columns: Mapping[str, Column]) -> Sketches | None:
    """Those of rows with these features; None where an input has nothing to tell similarity by."""
    keys = [key for one in inputs if (key := sketch_key(one)) is not None and key in columns]
    if len(keys) < len(inputs):
        return None
    bits = tuple(sketch_bits(one, columns[key].values) for one, key in zip(inputs, keys, strict=True))
    index = np.stack([columns[key].index for key in keys], axis=1)
    return Sketches(bits, index, alike_places(inputs)).take(np.arange(len(index)))


class RowIndex:
    """The rows that others are compared with.

    Two rows are as similar as their inputs are on average, by Tanimoto coefficient; alike inputs in the better order.
    """

    def __init__(self, sketches: Sketches) -> None:
        self.sketches = sketches
        self.parts = [SimilarityIndex(own) for own in sketches.bits]

    @property
    def alone(self) -> SimilarityIndex | None:
        """The index of the one input of rows that each have a thing of their own."""
        index = self.sketches.index
        return self.parts[0] if len(self.parts) == 1 and (index[:, 0] == np.arange(len(index))).all() else None

    def similarity(self, rows: Sketches) -> np.ndarray:
        """Coefficients, float32 [n, N], of n rows with all N."""
        return self._compared(self._parts(rows), rows.index)

    def _parts(self, rows: Sketches) -> list[np.ndarray]:
        """Coefficients of the distinct things of each input, then those of either with the other's if these swap."""
        straight = [part.similarity(own) for part, own in zip(self.parts, rows.bits, strict=True)]
        if not self.sketches.swaps:
            return straight
        order, swapped = self._swapped(), list(straight)
        for place in self.sketches.swaps:
            swapped[place] = self.parts[place].similarity(rows.bits[order[place]])
        return straight + swapped

    def _swapped(self) -> list[int]:
        """The places of the inputs, those that are alike exchanged."""
        order, (first, second) = list(range(len(self.parts))), self.sketches.swaps
        order[first], order[second] = second, first
        return order

    def _compared(self, parts: Sequence[np.ndarray], rows: np.ndarray) -> np.ndarray:
        """Means over the inputs, float32 [n, N], for rows that have these things."""
        count = rows.shape[1]
        found = _mean(parts[:count], rows, self.sketches.index)
        if not self.sketches.swaps:
            return found
        return np.maximum(found, _mean(parts[count:], rows[:, self._swapped()], self.sketches.index))

    def nearest(self, rows: Sketches) -> tuple[np.ndarray, np.ndarray]:
        """Row number (the first of equals) and similarity of the most similar row, [n] and [n]."""
        alone = self.alone
        if alone is not None:
            found = alone.nearest(rows.bits[0])
            return found[0][rows.index[:, 0]], found[1][rows.index[:, 0]]
        parts, size = self._parts(rows), max(1, _PAIRS_AT_ONCE // len(self.sketches))
        nearest, best = np.empty(len(rows), np.int64), np.empty(len(rows))
        for start in range(0, len(rows), size):
            part = slice(start, start + size)
            compared = self._compared(parts, rows.index[part])
            nearest[part] = compared.argmax(axis=1)
            best[part] = compared[np.arange(len(compared)), nearest[part]]
        return nearest, best


def _mean(parts: Sequence[np.ndarray], rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Mean over inputs of the coefficients `parts`, each [things, other things], for rows [n, I] and others [N, I]."""
    total = parts[0][rows[:, 0]][:, others[:, 0]]
    for part, own, other in zip(parts[1:], rows.T[1:], others.T[1:], strict=True):
        total += part[own][:, other]
    return total / np.float32(len(parts))


def held_out_similarity(sketches: Sketches, folds: Sequence[Fold]) -> np.ndarray:
    """Similarity of each row of a fold to the nearest row that is fitted on then, [n]; NaN for rows outside of them."""
    found = np.full(len(sketches), np.nan)
    for fold in folds:
        index = RowIndex(sketches.take(fold.train))
        found[fold.held_out] = index.nearest(sketches.take(fold.held_out))[1]
    return found
