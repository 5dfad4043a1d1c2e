"""GRU-D: gated units whose memory fades with the time since each value was measured.

Che, Purushotham, Cho, Sontag and Liu, Scientific Reports 2018, 8, 6085. What differs: gaps enter as log(1 + hours); a
value fades by exp(-|w| gap), so that one just measured counts in full; each step is told the gap and the hours that are
left; and the reset gate acts after the product with the state, as in torch's own GRU: one product per step, not two.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from molkit.nn.event_batch import EventBatch
from molkit.nn.event_encoder import EventEncoder


class DecayNetwork(EventEncoder):
    """A missing value fades from the last one to the training median, the state to 0; further layers are plain GRUs."""

    def __init__(self, width: int = 64, depth: int = 1, dropout: float = 0.0) -> None:
        super().__init__(width, depth, dropout)

    def build(self, codes: int) -> None:
        """Layers, their weights not drawn yet."""
        self.input = nn.Linear(2 * codes + 2, 3 * self.width)
        self.state = nn.Linear(self.width, 3 * self.width)
        self.fading = nn.Linear(codes + 1, self.width)
        self.rate = nn.Parameter(torch.empty(codes))
        self.layers = nn.ModuleList(nn.GRU(self.width, self.width) for _ in range(self.depth - 1))

    def forward(self, batch: EventBatch) -> Tensor:
        """Vectors [B, width]."""
        gap, since = torch.log1p(batch.gap), torch.log1p(batch.since)
        left = torch.exp(-self.rate.abs() * since)
        values = self.standardised(batch.known) * torch.where(batch.measured > 0, 1.0, left)  # the training median is 0
        inputs = self.input(self.dropout(torch.cat([values, batch.measured, gap], dim=1)))
        fading = torch.exp(-torch.relu(self.fading(torch.cat([since, gap[:, :1]], dim=1))))
        states = self._states(inputs, fading, batch.alive.tolist())
        for layer in self.layers:
            states = layer(PackedSequence(self.dropout(states), torch.from_numpy(batch.alive)))[0].data
        return states[batch.last]

    def _states(self, inputs: Tensor, fading: Tensor, alive: list[int]) -> Tensor:
        """The state after every step [E, width], from the inputs' share of the gates [E, 3 width]."""
        state, found = inputs.new_zeros(alive[0], self.width), []
        for now, fade in zip(inputs.split(alive), fading.split(alive), strict=True):
            state = fade * state[: len(now)]
            (reset, keep, new), (own_reset, own_keep, own_new) = now.chunk(3, 1), self.state(state).chunk(3, 1)
            fresh = torch.tanh(new + torch.sigmoid(reset + own_reset) * own_new)
            state = fresh + torch.sigmoid(keep + own_keep) * (state - fresh)
            found.append(state)
        return torch.cat(found)
