"""Bidirectional recurrent network with gated units (Cho et al., EMNLP 2014) on sequences of tokens or of numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from molkit.features.signal import WaveformFeaturizer
from molkit.features.tokens import VOCABULARY, one_writing
from molkit.nn.dropout import Dropout
from molkit.nn.standardise import Standardise
from molkit.types import Steps


@dataclass(frozen=True)
class StepBatch:
    """Sequences side by side: the first steps of all, then the second, longer sequences first.

    The lengths are no tensor: torch wants them on the CPU wherever the steps are.
    """

    values: Tensor  # int64 [T], rows of a vocabulary, or float32 [T, F]
    owner: Tensor  # int64 [T], the sequence of each
    counts: Tensor  # float32 [B, 1], steps of each sequence
    alive: np.ndarray  # int64 [longest], sequences that have a first step, a second, ...


def step_batch(steps: Steps) -> StepBatch:
    """Tensors of all sequences of a packed column, each at least one step long."""
    lengths = np.diff(steps.offsets)
    rank = np.argsort(np.argsort(-lengths, kind="stable"), kind="stable")
    owner = np.repeat(np.arange(len(steps)), lengths)
    time = np.arange(len(steps.values)) - steps.offsets[owner]
    order = np.lexsort((rank[owner], time))
    values = steps.values[order]
    return StepBatch(
        torch.from_numpy(values if values.dtype == np.float32 else values.astype(np.int64)),
        torch.from_numpy(owner[order]),
        torch.from_numpy(lengths.astype(np.float32)[:, None]),
        np.bincount(time),
    )


class RecurrentNetwork(nn.Module):
    """x <- GRU of x in both directions, `depth` times;  vector = relu(W mean over steps).

    The first x are embedded tokens of a molecule, or what `embedding` makes of steps [T, F]: [T, width rounded up to
    an even number].
    """

    feature = "tokens"

    def __init__(
        self, width: int = 256, depth: int = 2, dropout: float = 0.0, embedding: nn.Module | None = None
    ) -> None:
        super().__init__()
        self.width = width
        half = -(-width // 2)
        self.embedding = nn.Embedding(len(VOCABULARY), 2 * half) if embedding is None else embedding
        self.layers = nn.ModuleList(nn.GRU(2 * half, half, bidirectional=True) for _ in range(depth))
        self.output = nn.Linear(2 * half, width)
        self.dropout = Dropout(dropout)

    @staticmethod
    def batch(steps: Steps) -> StepBatch:
        """What `forward` takes, from a packed column; of several writings of a molecule the canonical one."""
        return step_batch(one_writing(steps, np.zeros(len(steps))))

    def forward(self, batch: StepBatch) -> Tensor:
        """Vectors [B, width]."""
        alive = torch.from_numpy(batch.alive)
        states = self.embedding(batch.values)
        for layer in self.layers:
            states = layer(PackedSequence(self.dropout(states), alive))[0].data
        sums = states.new_zeros(len(batch.counts), states.shape[1]).index_add(0, batch.owner, states)
        return torch.relu(self.output(self.dropout(sums / batch.counts)))


class SignalRecurrentNetwork(RecurrentNetwork):
    """The same on frames of samples, standardised by the training rows."""

    feature = "waveform"

    def __init__(self, width: int = 128, depth: int = 2, dropout: float = 0.0) -> None:
        frame, even = WaveformFeaturizer().frame, 2 * -(-width // 2)
        super().__init__(width, depth, dropout, nn.Sequential(Standardise(frame), nn.Linear(frame, even)))

    @staticmethod
    def batch(steps: Steps) -> StepBatch:
        """What `forward` takes, from a packed column."""
        return step_batch(steps)

    def prepare(self, steps: Steps) -> None:
        """Take mean and spread from the training signals; all samples of a frame share them."""
        self.embedding[0].take(steps.values.reshape(-1, 1))  # type: ignore[index]
