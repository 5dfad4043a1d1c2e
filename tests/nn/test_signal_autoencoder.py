"""The autoencoder of signals: lengths, what is not there, neighbours."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from autoencoded import trained
from torch.distributions import Normal

from molkit.data.signals import Signal
from molkit.features.signal import WaveformFeaturizer
from molkit.nn.signal_autoencoder import SignalAutoencoder
from molkit.types import Steps


def waves(count: int = 16, samples: int = 70) -> Steps:
    """Sines of several phases, speeds and heights."""
    rng = np.random.default_rng(0)
    time = np.arange(samples) / samples
    made = [5 + rng.normal() * np.sin(2 * np.pi * (time * rng.uniform(1, 3) + rng.random())) for _ in range(count)]
    return WaveformFeaturizer()([Signal(own.astype(np.float32), 1) for own in made])


def prepared() -> SignalAutoencoder:
    torch.manual_seed(0)
    module = SignalAutoencoder(latent=4, width=16)
    module.prepare(waves())
    return module.eval()


def test_the_loss_is_that_of_standardised_samples() -> None:
    module = prepared()
    batch, z = module.batch(waves()), torch.randn(16, 4)
    with torch.no_grad():
        module.log_spread.normal_()
        scale = module.encoder.embedding[0]
        decoded = (module.decode(z) - scale.mean[0]) / scale.spread[0]
        own = (batch.frames.flatten(1) - scale.mean[0]) / scale.spread[0]
        expected = -Normal(decoded, module.log_spread.exp()).log_prob(own).sum(dim=1)
        torch.testing.assert_close(module.loss(batch, z), expected, rtol=1e-4, atol=1e-4)


def test_shorter_signals_cost_nothing_behind_their_end_and_longer_ones_are_cut() -> None:
    module = prepared()
    short, z = waves(samples=30), torch.randn(16, 4)
    batch = module.batch(short)
    losses = module.sample_losses(batch, z)
    assert batch.there.sum(dim=1).tolist() == [2] * 16
    assert (losses[:, 32:] == 0).all()
    assert (losses[:, :32] != 0).all()
    assert module.batch(waves(samples=200)).frames.shape == (16, 5, 16)


def test_signals_do_not_depend_on_their_neighbours() -> None:
    module = prepared()
    some = Steps(np.concatenate([waves(2).values, waves(2, 30).values]), np.array([0, 5, 10, 12, 14]))
    batch = module.batch(some)
    together = module.loss(batch, module.encode(batch)[0])
    for row in range(4):
        start, stop = some.offsets[row : row + 2]
        alone = module.batch(Steps(some.values[start:stop], np.array([0, stop - start])))
        torch.testing.assert_close(
            module.loss(alone, module.encode(alone)[0]), together[row : row + 1], rtol=1e-4, atol=1e-4
        )


def test_a_state_brings_the_number_of_samples() -> None:
    module = prepared()
    other = SignalAutoencoder(latent=4, width=16)
    other.load_state_dict(module.state_dict())
    z = torch.randn(3, 4)
    assert torch.equal(other.decode(z), module.decode(z))


def test_recordings_that_are_too_long_are_refused() -> None:
    with pytest.raises(ValueError, match="cut them into windows"):
        SignalAutoencoder().prepare(waves(1, 20_000))


def test_16_signals_are_learned_by_heart() -> None:
    torch.manual_seed(0)
    module = trained(SignalAutoencoder(latent=16, width=64), waves(), 500, 16, 0.0, 5e-3)
    batch = module.batch(waves())
    with torch.no_grad():
        decoded = module.decode(module.encode(batch)[0])
    missed = (decoded - batch.frames.flatten(1)).square().mean() / batch.frames.var()
    assert float(missed) < 0.02
