"""A variational autoencoder of signals of about one length, such as single heartbeats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from molkit.features.signal import WaveformFeaturizer
from molkit.nn.gaussian import gaussian_losses, posterior
from molkit.nn.recurrent import SignalRecurrentNetwork, StepBatch, step_batch
from molkit.types import Steps

_MOST_FRAMES = 1024  # of a signal that has a number for each sample; 2 seconds at 8,000 samples per second


@dataclass(frozen=True)
class SignalBatch:
    """Signals for the recurrent encoder, and side by side."""

    steps: StepBatch
    frames: Tensor  # float32 [B, T, frame], 0 behind the end of a signal
    there: Tensor  # bool [B, T]


class SignalAutoencoder(nn.Module):
    """Encoder: recurrent network of frames; decoder: a perceptron that gives all samples at once.

    In a beat cut out around its peak every sample has its place, which a perceptron learns at once and a recurrent
    decoder slowly. The longest training signal says how many samples there are; of a longer one only the
    beginning is decoded. Samples are Gaussian around the decoded ones, with a spread for each place (sigma-VAE, Rybkin
    et al., ICML 2021).
    """

    feature = "waveform"
    reduced = False

    def __init__(self, latent: int = 16, width: int = 64, depth: int = 1, dropout: float = 0.0) -> None:
        super().__init__()
        self.latent, self.width = latent, width
        self.frame = WaveformFeaturizer().frame
        self.encoder = SignalRecurrentNetwork(width, depth, dropout)
        self.factors = nn.Linear(width, 2 * latent)
        self.count: Tensor
        self._resize(1)
        self.register_load_state_dict_pre_hook(_resize_for)

    def _resize(self, frames: int) -> None:
        self.register_buffer("count", torch.tensor(frames))
        samples = frames * self.frame
        self.hidden = nn.Sequential(nn.Linear(self.latent, 2 * self.width), nn.ReLU())
        self.output = nn.Linear(2 * self.width, samples)
        self.linear_output = nn.Linear(self.latent, samples)
        self.log_spread = nn.Parameter(torch.zeros(samples))

    def prepare(self, steps: Steps) -> None:
        """Take scale and length of training signals and draw a new decoder.

        Raises ValueError if one is longer than 1,024 frames of 16 samples.
        """
        longest = int(np.diff(steps.offsets).max(initial=1))
        if longest > _MOST_FRAMES:
            raise ValueError(
                f"expected signals of at most {_MOST_FRAMES * self.frame:,} samples, got one of"
                f" {longest * self.frame:,}; cut them into windows, or lower their rate"
            )
        self._resize(longest)
        self.encoder.prepare(steps)

    def batch(self, steps: Steps) -> SignalBatch:
        """What the rest takes, from a packed column."""
        count, lengths = int(self.count), np.diff(steps.offsets)
        place = np.arange(len(steps.values)) - np.repeat(steps.offsets[:-1], lengths)
        owner, kept = np.repeat(np.arange(len(steps)), lengths), place < count
        frames = np.zeros((len(steps), count, self.frame), np.float32)
        there = np.zeros((len(steps), count), bool)
        frames[owner[kept], place[kept]] = steps.values[kept]
        there[owner[kept], place[kept]] = True
        return SignalBatch(step_batch(steps), torch.from_numpy(frames), torch.from_numpy(there))

    def encode(self, batch: SignalBatch) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the latent factors, each [B, latent]."""
        return posterior(self.factors(self.encoder(batch.steps)))

    def decode(self, z: Tensor) -> Tensor:
        """Samples [B, T * frame] in the unit of the signals."""
        scale: Any = self.encoder.embedding[0]  # type: ignore[index]
        return self._scaled(z) * scale.spread[0] + scale.mean[0]

    def original(self, batch: SignalBatch) -> Tensor:
        """What `decode` should give, [B, T * frame]; NaN where there is nothing."""
        return torch.where(batch.there[:, :, None], batch.frames, torch.nan).flatten(1)

    def _scaled(self, z: Tensor) -> Tensor:
        return self.output(self.hidden(z)) + self.linear_output(z)

    def sample_losses(self, batch: SignalBatch, z: Tensor) -> Tensor:
        """Negative log likelihood of each standardised sample given z, nats [B, T * frame]; 0 where there is none."""
        scale: Any = self.encoder.embedding[0]  # type: ignore[index]
        losses = gaussian_losses(scale(batch.frames).flatten(1), self._scaled(z), self.log_spread)
        return torch.where(batch.there.repeat_interleave(self.frame, dim=1), losses, 0.0)

    def loss(self, batch: SignalBatch, z: Tensor) -> Tensor:
        """Negative log likelihood of the samples of each signal given z, nats [B]."""
        return self.sample_losses(batch, z).sum(dim=1)


def _resize_for(module: Any, state: dict[str, Tensor], prefix: str, *_: Any) -> None:
    """The number of samples is known from a state alone."""
    if f"{prefix}count" in state:
        module._resize(int(state[f"{prefix}count"]))
