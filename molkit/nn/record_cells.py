"""What the columns of a mixed vector are: which of them make up a cell, and of what kind it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

NUMBER, BINARY, CATEGORY = "number", "binary", "category"


@dataclass(frozen=True)
class Cells:
    """P cells over F columns; a category has as many columns as values, any other cell one."""

    count: int
    owner: Tensor  # int64 [F], the cell of each column
    is_number: Tensor  # bool [F]
    is_binary: Tensor  # bool [F]

    @property
    def numbers(self) -> np.ndarray:
        """The columns of numbers."""
        return np.flatnonzero(self.is_number.numpy())

    def columns(self, cell: int) -> np.ndarray:
        """The columns of a cell."""
        return np.flatnonzero(self.owner.numpy() == cell)

    def kind(self, cell: int) -> str:
        """What a cell is."""
        first = int(self.columns(cell)[0])
        return NUMBER if self.is_number[first] else BINARY if self.is_binary[first] else CATEGORY

    def summed(self, values: Tensor) -> Tensor:
        """Sums over the columns of each cell: [B, F] to [B, P]."""
        return values.new_zeros(len(values), self.count).index_add(1, self.owner, values)

    def known(self, values: Tensor) -> Tensor:
        """Which cells of values [B, F] are not missing, bool [B, P]: no NaN, and of a category one value."""
        there = torch.where(self.is_number | self.is_binary, ~torch.isnan(values), values > 0)
        return self.summed(there.to(torch.float32)) > 0

    def log_softmax(self, raw: Tensor) -> Tensor:
        """Logarithm of the softmax [B, F] of raw [B, F] over the columns of each cell."""
        index = self.owner.expand_as(raw)
        largest = raw.new_full((len(raw), self.count), -torch.inf).scatter_reduce(1, index, raw.detach(), "amax")
        shifted = raw - largest[:, self.owner]
        return shifted - self.summed(shifted.exp()).log()[:, self.owner]


def cells_of(layout: Sequence[tuple[str, int]]) -> Cells:
    """The cells of columns that are, in turn, so many numbers, so many binaries, a category of so many values.

    Raises ValueError for another kind.
    """
    owner: list[int] = []
    kinds: list[str] = []
    for kind, size in layout:
        if kind not in (NUMBER, BINARY, CATEGORY) or size < 1:
            raise ValueError(f"expected number, binary or category and how many columns, got {kind!r}, {size}")
        first = owner[-1] + 1 if owner else 0
        owner += [first] * size if kind == CATEGORY else range(first, first + size)
        kinds += [kind] * size
    return Cells(
        owner[-1] + 1,
        torch.tensor(owner),
        torch.tensor([kind == NUMBER for kind in kinds]),
        torch.tensor([kind == BINARY for kind in kinds]),
    )
