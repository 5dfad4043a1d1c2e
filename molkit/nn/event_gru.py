"""Recurrent network with gated units (Cho et al., EMNLP 2014) on health records."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from molkit.nn.event_batch import EventBatch
from molkit.nn.event_encoder import EventEncoder


class EventNetwork(EventEncoder):
    """Record = state of `depth` GRUs at the last step; a step is [last values, which are new, log(1 + hours) of gaps].

    The gaps are to the step before and to the prediction.
    """

    def __init__(self, width: int = 64, depth: int = 1, dropout: float = 0.0) -> None:
        super().__init__(width, depth, dropout)

    def build(self, codes: int) -> None:
        """Layers, their weights not drawn yet."""
        sizes = [2 * codes + 2, *[self.width] * (self.depth - 1)]
        self.layers = nn.ModuleList(nn.GRU(size, self.width) for size in sizes)

    def forward(self, batch: EventBatch) -> Tensor:
        """Vectors [B, width]."""
        parts = (self.standardised(batch.known), batch.measured, torch.log1p(batch.gap))
        states, alive = torch.cat(parts, dim=1), torch.from_numpy(batch.alive)
        for layer in self.layers:
            states = layer(PackedSequence(self.dropout(states), alive))[0].data
        return states[batch.last]
