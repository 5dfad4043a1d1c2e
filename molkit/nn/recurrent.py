"""Bidirectional recurrent network with gated units (Cho et al., EMNLP 2014) on sequences of tokens or of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from molkit.features.selfies import SELFIES_VOCABULARY
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
        states = self.embedding(batch.values)
        for layer in self.layers:
            states = _through(layer, self.dropout(states), batch.alive)
        sums = states.new_zeros(len(batch.counts), states.shape[1]).index_add(0, batch.owner, states)
        return torch.relu(self.output(self.dropout(sums / batch.counts)))


def _through(layer: Any, states: Tensor, alive: np.ndarray) -> Tensor:
    """The states [T, width] of a layer."""
    if not torch.is_grad_enabled():
        return layer(PackedSequence(states, torch.from_numpy(alive)))[0].data
    return _in_blocks(layer, states, alive)


def _in_blocks(layer: Any, states: Tensor, alive: np.ndarray) -> Tensor:
    """The same by a block of all sequences for each direction, to whose ends nothing that counts is added.

    Matrix libraries prepare a product for every number of sequences that they meet, of which packed ones have many.
    """
    longest, size = len(alive), int(alive[0])
    there = np.arange(size) < alive[:, None]
    turned = (there.sum(axis=0) - 1 - np.arange(longest)[:, None]) * size + np.arange(size)
    found = []
    for places, ending in ((np.flatnonzero(there), ""), (turned[there], "_reverse")):
        where = torch.from_numpy(places)
        block = states.new_zeros(longest * size, states.shape[1]).index_copy(0, where, states)
        weights = [getattr(layer, f"{name}_l0{ending}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        first = states.new_zeros(1, size, layer.hidden_size)
        after = torch.gru(block.view(longest, size, -1), first, weights, True, 1, 0.0, False, False, False)[0]
        found.append(after.flatten(0, 1)[where])
    return torch.cat(found, dim=1)


class SelfiesRecurrentNetwork(RecurrentNetwork):
    """The same on the tokens of SELFIES."""

    feature = "selfies"

    def __init__(self, width: int = 256, depth: int = 2, dropout: float = 0.0) -> None:
        super().__init__(width, depth, dropout, nn.Embedding(len(SELFIES_VOCABULARY), 2 * -(-width // 2)))

    @staticmethod
    def batch(steps: Steps) -> StepBatch:
        """What `forward` takes, from a packed column."""
        return step_batch(steps)


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
