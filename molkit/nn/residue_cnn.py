"""Convolutions along the residues of a protein, as in DeepDTA (Öztürk et al., Bioinformatics 2018, 34, i821)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from molkit.nn.dropout import Dropout
from molkit.nn.residue_batch import ResidueBatch, ResidueConvolutions, Standardised, residue_batch
from molkit.types import Steps


class ResidueConvolution(nn.Module):
    """Convolutions of 7 residues, then protein = relu(W [largest, mean] of each channel over the residues).

    The paper takes the largest alone and widens the reach from layer to layer. Of a protein the first 1,200 residues
    are read.
    """

    feature = "residues"

    def __init__(self, width: int = 256, depth: int = 3, dropout: float = 0.0) -> None:
        super().__init__()
        self.width = width
        channels = max(width // 4, 1)
        self.convolutions = ResidueConvolutions(channels, depth, dropout)
        self.build(channels)
        self.scale = Standardised(2 * channels)
        self.output = nn.Linear(2 * channels, width)
        self.dropout = Dropout(dropout)

    def build(self, channels: int) -> None:
        """Make what pooling needs; nothing here."""

    @staticmethod
    def batch(steps: Steps) -> ResidueBatch:
        """What `forward` takes, from a packed column."""
        return residue_batch(steps)

    def prepare(self, steps: Steps) -> None:
        """Take the scale of training proteins."""
        self.scale.set_from(self._pooled, steps)

    def _pooled(self, batch: ResidueBatch) -> Tensor:
        values = self.convolutions(batch)[0]
        return torch.stack([torch.cat([span.amax(dim=1), span.mean(dim=1)]) for span in batch.spans(values)])

    def forward(self, batch: ResidueBatch) -> Tensor:
        """Vectors [B, width]."""
        return torch.relu(self.output(self.dropout(self.scale(self._pooled(batch)))))
