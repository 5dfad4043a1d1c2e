"""A variational autoencoder of molecules as fingerprint bits and descriptors."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from molkit.features.bit_descriptors import BITS, BitDescriptorFeaturizer
from molkit.nn.record_autoencoder import RecordAutoencoder, RecordBatch


class FingerprintAutoencoder(nn.Module):
    """Rows of 1,024 bits, each with a Bernoulli, and descriptors, by `RecordAutoencoder`; it writes no molecules."""

    feature = "bits-descriptors"
    reduced = False

    def __init__(self, latent: int = 64, width: int = 512, depth: int = 2, hidden: float = 0.2) -> None:
        super().__init__()
        self.latent = latent
        layout = (("binary", BITS), ("number", len(BitDescriptorFeaturizer.names) - BITS))
        self.rows = RecordAutoencoder(latent, width, depth, layout, hidden)

    def prepare(self, values: np.ndarray) -> None:
        """Take the scales of the descriptors of training values float32 [n, F], NaN = missing, and draw new weights."""
        self.rows.prepare(values)

    def batch(self, values: np.ndarray) -> RecordBatch:
        """What the rest takes, from values float32 [B, F]."""
        return self.rows.batch(values)

    def corrupted(self, batch: RecordBatch, generator: torch.Generator | None = None) -> RecordBatch:
        """The same with some of each row hidden from the encoder: what is trained on."""
        return self.rows.corrupted(batch, generator)

    def encode(self, batch: RecordBatch) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the posterior, [B, latent] each."""
        return self.rows.encode(batch)

    def loss(self, batch: RecordBatch, z: Tensor) -> Tensor:
        """Negative log likelihood of bits and descriptors, [B] nats, given z [B, latent]."""
        return self.rows.loss(batch, z)
