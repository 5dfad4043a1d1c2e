"""A variational autoencoder of images of one size: convolutions down to latent factors, and up again."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from molkit.nn.cnn import ConvolutionalNetwork
from molkit.nn.gaussian import gaussian_losses, posterior
from molkit.nn.pixel_batch import PixelBatch, pixel_batch

_LEAK = 0.1  # of what is below 0, so that no map of the decoder dies out
_MAPS = (64, 32)  # after the first and the second convolution up


class ImageAutoencoder(nn.Module):
    """Encoder: convolutional network; decoder: a dense layer to maps of a quarter of each side, doubled in size twice.

    Doubling by copies and convolving after it leaves no chequered pattern, as a transposed convolution does (Odena et
    al., Distill 2016). Intensities from 0 to 1 are Gaussian around the decoded ones, with one learned spread (Rybkin et
    al., ICML 2021). `prepare` sets the size of the images.
    """

    feature = "pixels"
    reduced = False

    def __init__(self, latent: int = 32, width: int = 128, depth: int = 2, dropout: float = 0.0) -> None:
        super().__init__()
        self.latent, self.width = latent, width
        self.encoder = ConvolutionalNetwork(width, depth, dropout)
        self.factors = nn.Linear(width, 2 * latent)
        self.size: Tensor
        self._resize((1, 4, 4))
        self.register_load_state_dict_pre_hook(_resize_for)

    def _resize(self, size: tuple[int, int, int]) -> None:
        self.register_buffer("size", torch.tensor(size))
        channels, height, width = size
        self.small = (-(-height // 4), -(-width // 4))
        self.dense = nn.Linear(self.latent, _MAPS[0] * self.small[0] * self.small[1])
        self.up = nn.ModuleList([nn.Conv2d(_MAPS[0], _MAPS[0], 3, padding=1), nn.Conv2d(*_MAPS, 3, padding=1)])
        self.output = nn.Conv2d(_MAPS[1], channels, 3, padding=1)
        self.log_spread = nn.Parameter(torch.tensor(-1.0))

    def prepare(self, values: np.ndarray) -> None:
        """Take size and intensities of training pixels uint8 [n, C, H, W] and draw a new decoder."""
        channels, height, width = values.shape[1:]
        self._resize((channels, height, width))
        self.encoder.prepare(values)

    batch = staticmethod(pixel_batch)

    def encode(self, batch: PixelBatch) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the latent factors, each [B, latent]."""
        return posterior(self.factors(self.encoder(batch)))

    def decode(self, z: Tensor) -> Tensor:
        """Intensities from 0 to 1, [B, C, H, W]."""
        maps = functional.leaky_relu(self.dense(z), _LEAK).view(len(z), _MAPS[0], *self.small)
        for convolution in self.up:
            maps = functional.leaky_relu(convolution(functional.interpolate(maps, scale_factor=2)), _LEAK)
        _, height, width = self.size.tolist()
        return torch.sigmoid(self.output(maps[:, :, :height, :width]))

    def original(self, batch: PixelBatch) -> Tensor:
        """What `decode` should give, [B, C, H, W]."""
        return batch.pixels.to(self.log_spread.dtype) / 255

    def loss(self, batch: PixelBatch, z: Tensor) -> Tensor:
        """Negative log likelihood of the intensities of each image given z, nats [B]."""
        return gaussian_losses(self.original(batch), self.decode(z), self.log_spread).flatten(1).sum(dim=1)


def _resize_for(module: Any, state: dict[str, Tensor], prefix: str, *_: Any) -> None:
    """The size of the images is known from a state alone."""
    if f"{prefix}size" in state:
        channels, height, width = state[f"{prefix}size"].tolist()
        module._resize((channels, height, width))
