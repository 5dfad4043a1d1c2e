"""The autoencoder of images: sizes, likelihood, neighbours."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from autoencoded import trained
from sklearn.datasets import load_digits
from torch.distributions import Normal

from molkit.nn.image_autoencoder import ImageAutoencoder


def pictures(count: int = 16, channels: int = 1, height: int = 8, width: int = 8) -> np.ndarray:
    rng = np.random.default_rng(0)
    return (255 * (rng.random((count, channels, height, width)) < 0.3)).astype(np.uint8)


@pytest.mark.parametrize("size", [(1, 8, 8), (3, 17, 6), (1, 1, 1)])
def test_images_of_any_size_come_back_in_their_size(size: tuple[int, int, int]) -> None:
    module = ImageAutoencoder(latent=4, width=16)
    values = pictures(3, *size)
    module.prepare(values)
    batch = module.batch(values)
    decoded = module.decode(module.encode(batch)[0])
    assert decoded.shape == (3, *size)
    assert (decoded >= 0).all()
    assert (decoded <= 1).all()


def test_the_loss_is_that_of_intensities() -> None:
    torch.manual_seed(0)
    module = ImageAutoencoder(latent=4, width=16)
    module.prepare(pictures())
    batch, z = module.batch(pictures()), torch.randn(16, 4)
    with torch.no_grad():
        expected = -Normal(module.decode(z), module.log_spread.exp()).log_prob(batch.pixels / 255)
        torch.testing.assert_close(module.loss(batch, z), expected.flatten(1).sum(dim=1))


def test_images_do_not_depend_on_their_neighbours() -> None:
    torch.manual_seed(0)
    module = ImageAutoencoder(latent=4, width=16).eval()
    module.prepare(pictures())
    together = module.encode(module.batch(pictures()))[0]
    alone = torch.cat([module.encode(module.batch(pictures()[row : row + 1]))[0] for row in range(16)])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)


def test_a_state_brings_the_size_of_the_images() -> None:
    module = ImageAutoencoder(latent=4, width=16)
    module.prepare(pictures(2, 3, 9, 5))
    other = ImageAutoencoder(latent=4, width=16)
    other.load_state_dict(module.state_dict())
    z = torch.randn(2, 4)
    assert torch.equal(other.decode(z), module.decode(z))


def test_16_images_are_learned_by_heart() -> None:
    torch.manual_seed(0)
    digits = (255 / 16 * load_digits().images[:16, None]).astype(np.uint8)
    module = trained(ImageAutoencoder(latent=16, width=64), digits, 300, 16, 0.0, 3e-3)
    with torch.no_grad():
        decoded = module.decode(module.encode(module.batch(digits))[0]).numpy()
    assert np.mean((decoded - digits / 255) ** 2) < 0.05 * np.var(digits / 255)
