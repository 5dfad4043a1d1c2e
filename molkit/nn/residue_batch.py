"""Proteins one after the other with gaps between them, so that one convolution runs over all without padding each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from molkit.data.batching import ranges, take_steps
from molkit.features.sequence import UNKNOWN
from molkit.nn.dropout import Dropout
from molkit.types import Steps

# Residues of a protein that are read, from its beginning: the longest of Öztürk et al. (Bioinformatics 2018, 34, i821).
LONGEST = 1200
KERNEL = 7
_GAP = KERNEL // 2
_MOST_LOOKED_AT = 512
_SMALLEST_SPREAD = 1e-6
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


class Standardised(nn.Module):
    """(x - mean) / spread, both of the first weights' vectors of training proteins, and the same ever after.

    Pooled over hundreds of residues, random convolutions say nearly the same of every protein, and a network would
    spend its epochs on telling them apart. Start values from data: Salimans and Kingma, NeurIPS 2016.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mean: Tensor
        self.spread: Tensor
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("spread", torch.ones(width))

    def set_from(self, pooled: Callable[[ResidueBatch], Tensor], steps: Steps) -> None:
        """Take the scale of what `pooled` makes of the proteins, at most 512 of them."""
        rows = np.linspace(0, len(steps) - 1, min(len(steps), _MOST_LOOKED_AT)).astype(np.int64)
        with torch.no_grad():
            parts = [
                pooled(residue_batch(take_steps(steps, part))) for part in np.array_split(rows, -(-len(rows) // 8))
            ]
        found = torch.cat(parts)
        self.mean.copy_(found.mean(dim=0))
        spread = found.std(dim=0, correction=0)
        self.spread.copy_(torch.where(spread > _SMALLEST_SPREAD, spread, torch.ones_like(spread)))

    def forward(self, values: Tensor) -> Tensor:
        """The same shape."""
        return (values - self.mean) / self.spread
