"""Light attention over the residues of a protein (Stärk et al., Bioinformatics Advances 2021, 1, vbab035)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from molkit.nn.dropout import Dropout
from molkit.nn.residue_batch import ResidueBatch, ResidueConvolutions, Standardised, residue_batch
from molkit.types import Steps


class ResidueAttention(nn.Module):
    """protein = relu(W [sum of share * value, largest value]), a share of each residue for every channel.

    Shares are the softmax over the residues of a linear map of what `depth` convolutions found; the cost grows with the
    length, not its square. The paper starts from vectors of a language model. The first 1,200 residues are read.
    """

    feature = "residues"

    def __init__(self, width: int = 256, depth: int = 3, dropout: float = 0.0) -> None:
        super().__init__()
        self.width = width
        channels = max(width // 4, 1)
        self.convolutions = ResidueConvolutions(channels, depth, dropout)
        self.scores = nn.Conv1d(channels, channels, 1, bias=False)  # a softmax takes a bias away again
        self.scale = Standardised(2 * channels)
        self.output = nn.Linear(2 * channels, width)
        self.dropout = Dropout(dropout)

    @staticmethod
    def batch(steps: Steps) -> ResidueBatch:
        """What `forward` takes, from a packed column."""
        return residue_batch(steps)

    def prepare(self, steps: Steps) -> None:
        """Take the scale of training proteins."""
        self.scale.set_from(self._pooled, steps)

    def _pooled(self, batch: ResidueBatch) -> Tensor:
        values = self.convolutions(batch)
        spans = zip(batch.spans(values[0]), batch.spans(self.scores(values)[0]), strict=True)
        return torch.stack(
            [torch.cat([(torch.softmax(score, dim=1) * own).sum(dim=1), own.amax(dim=1)]) for own, score in spans]
        )

    def forward(self, batch: ResidueBatch) -> Tensor:
        """Vectors [B, width]."""
        return torch.relu(self.output(self.dropout(self.scale(self._pooled(batch)))))
