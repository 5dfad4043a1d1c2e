"""Light attention over the residues of a protein (Stärk et al., Bioinformatics Advances 2021, 1, vbab035)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from molkit.nn.residue_batch import ResidueBatch
from molkit.nn.residue_cnn import ResidueConvolution


class ResidueAttention(ResidueConvolution):
    """protein = relu(W [sum of share * value, largest value]), a share of each residue for every channel.

    Shares are the softmax over the residues of a linear map of what `depth` convolutions found; the cost grows with the
    length, not its square. The paper starts from vectors of a language model. The first 1,200 residues are read.
    """

    def build(self, channels: int) -> None:
        """Make the linear map."""
        self.scores = nn.Conv1d(channels, channels, 1, bias=False)  # a softmax takes a bias away again

    def _pooled(self, batch: ResidueBatch) -> Tensor:
        values = self.convolutions(batch)
        spans = zip(batch.spans(values[0]), batch.spans(self.scores(values)[0]), strict=True)
        return torch.stack(
            [torch.cat([(torch.softmax(score, dim=1) * own).sum(dim=1), own.amax(dim=1)]) for own, score in spans]
        )
