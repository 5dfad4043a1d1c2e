"""Bidirectional recurrent network with gated units (Cho et al., EMNLP 2014) on sequences of tokens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from molkit.features.tokens import VOCABULARY, one_writing
from molkit.nn.dropout import Dropout
from molkit.types import Steps


@dataclass(frozen=True)
class TokenBatch:
    """Sequences side by side: the first tokens of all, then the second, longer sequences first.

    The lengths are no tensor: torch wants them on the CPU wherever the tokens are.
    """

    tokens: Tensor  # int64 [T], rows of the vocabulary
    owner: Tensor  # int64 [T], the sequence of each
    counts: Tensor  # float32 [B, 1], tokens of each sequence
    alive: np.ndarray  # int64 [longest], sequences that have a first token, a second, ...


def token_batch(steps: Steps) -> TokenBatch:
    """Tensors of all sequences of a packed column, each at least one token long."""
    lengths = np.diff(steps.offsets)
    rank = np.argsort(np.argsort(-lengths, kind="stable"), kind="stable")
    owner = np.repeat(np.arange(len(steps)), lengths)
    time = np.arange(len(steps.values)) - steps.offsets[owner]
    order = np.lexsort((rank[owner], time))
    return TokenBatch(
        torch.from_numpy(steps.values[order].astype(np.int64)),
        torch.from_numpy(owner[order]),
        torch.from_numpy(lengths.astype(np.float32)[:, None]),
        np.bincount(time),
    )


class RecurrentNetwork(nn.Module):
    """x <- GRU of x in both directions, `depth` times;  molecule = relu(W mean over tokens)."""

    feature = "tokens"

    def __init__(self, width: int = 256, depth: int = 2, dropout: float = 0.0) -> None:
        super().__init__()
        self.width = width
        half = -(-width // 2)
        self.embedding = nn.Embedding(len(VOCABULARY), 2 * half)
        self.layers = nn.ModuleList(nn.GRU(2 * half, half, bidirectional=True) for _ in range(depth))
        self.output = nn.Linear(2 * half, width)
        self.dropout = Dropout(dropout)

    @staticmethod
    def batch(steps: Steps) -> TokenBatch:
        """What `forward` takes, from a packed column; of several writings of a molecule the canonical one."""
        return token_batch(one_writing(steps, np.zeros(len(steps))))

    def forward(self, batch: TokenBatch) -> Tensor:
        """Vectors [B, width]."""
        alive = torch.from_numpy(batch.alive)
        states = self.embedding(batch.tokens)
        for layer in self.layers:
            states = layer(PackedSequence(self.dropout(states), alive))[0].data
        sums = states.new_zeros(len(batch.counts), states.shape[1]).index_add(0, batch.owner, states)
        return torch.relu(self.output(self.dropout(sums / batch.counts)))
