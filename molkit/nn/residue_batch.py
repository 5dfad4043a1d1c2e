"""Proteins one after the other with gaps between them, so that one convolution runs over all without padding each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from molkit.data.batching import ranges
from molkit.features.sequence import UNKNOWN
from molkit.nn.dropout import Dropout
from molkit.types import Steps

# Residues of a protein that are read, from its beginning: the longest of Öztürk et al. (Bioinformatics 2018, 34, i821).
LONGEST = 1200
KERNEL = 7
_GAP = KERNEL // 2
_PADDED_TO = 256  # oneDNN prepares itself for every length anew


@dataclass(frozen=True)
class ResidueBatch:
    """Residues of B proteins, each followed by a gap as wide as a convolution reaches."""

    residues: Tensor  # int64 [T], 0 in gaps
    starts: np.ndarray  # int64 [B]
    lengths: np.ndarray  # int64 [B]

    def spans(self, values: Tensor) -> Iterator[Tensor]:
        """The part of each protein of [C, T], [C, its length]."""
        for start, length in zip(self.starts.tolist(), self.lengths.tolist(), strict=True):
            yield values[:, start : start + length]


def residue_batch(steps: Steps) -> ResidueBatch:
    """Tensors of all proteins of a packed column, each at least one residue long."""
    lengths = np.minimum(np.diff(steps.offsets), LONGEST)
    ends = np.cumsum(lengths + _GAP)
    starts = ends - lengths - _GAP
    total = int(ends[-1]) if len(ends) else 0
    residues = np.zeros(-(-max(total, 1) // _PADDED_TO) * _PADDED_TO, np.int64)
    residues[ranges(starts, starts + lengths)] = steps.values[ranges(steps.offsets[:-1], steps.offsets[:-1] + lengths)]
    return ResidueBatch(torch.from_numpy(residues), starts, lengths)


class ResidueConvolutions(nn.Module):
    """x <- x + relu(convolution of x) along the residues, `depth` times, the first time from embedded residues.

    Gaps are zero before every convolution, so that a protein never hears its neighbours.
    """

    def __init__(self, channels: int, depth: int, dropout: float) -> None:
        super().__init__()
        embedded = min(channels, 32)
        self.embedding = nn.Embedding(UNKNOWN + 1, embedded, padding_idx=0)
        self.layers = nn.ModuleList(
            nn.Conv1d(embedded if place == 0 else channels, channels, KERNEL, padding=_GAP) for place in range(depth)
        )
        self.dropout = Dropout(dropout)

    def forward(self, batch: ResidueBatch) -> Tensor:
        """[1, channels, T]."""
        present = (batch.residues > 0).to(self.embedding.weight.dtype)
        values = self.embedding(batch.residues).t()[None]
        for place, layer in enumerate(self.layers):
            found = functional.relu(layer(self.dropout(values))) * present
            values = found if place == 0 else values + found
        return values
