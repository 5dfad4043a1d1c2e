"""What every autoencoder promises."""

from __future__ import annotations

import copy
import inspect
import json
from typing import Any

import numpy as np
import pytest
import torch
from rdkit import Chem
from samples import new_featurizer, odd_things

from molkit.data.images import Image
from molkit.data.signals import Signal
from molkit.features import KIND_OF
from molkit.learners.autoencoder import Autoencoder, AutoencoderOptions
from molkit.nn import AUTOENCODERS
from molkit.training.fit import Checkpoint
from molkit.training.variational import variational_loss

SMALL: dict[str, dict[str, Any]] = {name: {"latent": 6, "width": 48, "hidden": 128} for name in ("selfies", "smiles")}
SMALL |= {name: {"latent": 6, "width": 48} for name in ("record", "signal", "image", "fingerprint")}


def made(kind: str, things: list[Any]) -> tuple[Any, Any]:
    """An autoencoder that has taken its scales, and the values of these things."""
    torch.manual_seed(0)
    model: Any = AUTOENCODERS[kind](**SMALL[kind])
    values = new_featurizer(model.feature, things)(things)
    if hasattr(model, "prepare"):
        model.prepare(values)
    return model, values


@pytest.fixture(params=AUTOENCODERS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def things(kind: str, nci: list[Chem.Mol]) -> list[Any]:
    feature = AUTOENCODERS[kind].feature
    if feature == "waveform":  # odd ones are long, and one is louder by far than all others
        rng = np.random.default_rng(0)
        return [Signal(rng.normal(size=90 + 3 * n).astype(np.float32), 1) for n in range(24)]
    if feature == "pixels":  # odd ones are mostly noise
        rng = np.random.default_rng(0)
        levels = rng.integers(0, 256, (24, 1, 4, 4), np.uint8)
        return [Image(f"{n}.png", own) for n, own in enumerate(levels.repeat(3, axis=2).repeat(3, axis=3))]
    return odd_things(KIND_OF[feature], nci[:24])[:24]


def test_posterior_and_loss_have_their_shapes(kind: str, things: list[Any]) -> None:
    model, values = made(kind, things)
    batch = model.batch(values)
    mean, log_variance = model.encode(batch)
    assert mean.shape == log_variance.shape == (24, 6)
    assert (mean.dtype, log_variance.dtype) == (torch.float32, torch.float32)
    losses = model.loss(batch, mean)
    assert losses.shape == (24,)
    assert torch.isfinite(losses).all()


def test_every_weight_has_a_gradient(kind: str, things: list[Any]) -> None:
    model, values = made(kind, things)
    variational_loss(model, model.batch(values), 0.5, 0.0, torch.Generator().manual_seed(0)).backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert torch.isfinite(weight.grad).all(), name
        assert weight.grad.abs().sum() > 0, name


def test_a_sample_does_not_depend_on_its_batch(kind: str, things: list[Any]) -> None:
    model, values = made(kind, things)
    model.eval()
    with torch.no_grad():
        together = model.encode(model.batch(values))[0]
        feature = new_featurizer(model.feature, things)
        alone = torch.cat([model.encode(model.batch(feature([one])))[0] for one in things])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)


def test_it_can_learn_16_samples_by_heart(kind: str, things: list[Any]) -> None:
    model, values = made(kind, things[:16])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    batch, losses = model.batch(values), []
    for _ in range(400):
        optimizer.zero_grad()
        loss = model.loss(batch, model.encode(batch)[0]).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        losses.append(float(loss.detach()))
        if losses[-1] < 0.05 * losses[0]:
            break
    assert losses[-1] < 0.05 * losses[0]


def test_a_killed_run_goes_on_to_the_same_bits(kind: str, things: list[Any]) -> None:
    _, values = made(kind, things)
    whole, killed, again = (Autoencoder(kind, AutoencoderOptions(module=SMALL[kind], epochs=2)) for _ in range(3))
    whole.fit(values)
    kept: list[tuple[Checkpoint, float]] = []

    def keep(found: Checkpoint, seconds: float) -> None:
        kept.append((copy.deepcopy(found), seconds))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed.fit(values, keep=keep)
    again.fit(values, start=kept[0])
    assert len(kept[0][0].train) == 1
    vectors = whole.encode(values)
    np.testing.assert_array_equal(again.encode(values), vectors)
    np.testing.assert_array_equal(again.surprise(values, vectors), whole.surprise(values, vectors))


def test_a_file_names_every_option(kind: str) -> None:
    """So that it can still be opened when a later version has other defaults."""
    state = Autoencoder(kind, AutoencoderOptions(module=SMALL[kind])).state()
    assert state.config["module"].keys() == inspect.signature(AUTOENCODERS[kind]).parameters.keys()
    assert state.config["module"].items() >= SMALL[kind].items()
    json.dumps(state.config)
