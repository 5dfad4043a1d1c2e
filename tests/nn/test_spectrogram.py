"""Convolutions over time: frames that were filled up count for nothing, and the scale is that of the training rows."""

from __future__ import annotations

import numpy as np
import torch

from molkit.nn.spectrogram import SpectrogramConvolution
from molkit.nn.standardise import Standardise
from molkit.types import Steps


def steps(*lengths: int) -> Steps:
    values = np.random.default_rng(0).normal(-8, 3, size=(sum(lengths), 32)).astype(np.float32)
    return Steps(values, np.concatenate([[0], np.cumsum(lengths)]))


def test_a_batch_holds_the_frames_of_each_signal() -> None:
    packed = steps(3, 1, 5)
    batch = SpectrogramConvolution.batch(packed)
    assert batch.values.shape == (3, 5, 32)
    assert batch.real.sum(dim=1).tolist() == [3, 1, 5]
    np.testing.assert_array_equal(batch.values[batch.real].numpy(), packed.values)
    assert not batch.values[~batch.real].any()


def test_one_layer_is_a_convolution_of_the_signal_alone() -> None:
    torch.manual_seed(0)
    model, packed = SpectrogramConvolution(width=12, depth=1).eval(), steps(6, 9)
    model.prepare(packed)
    own = (packed.values[:6] - packed.values.mean(axis=0)) / packed.values.std(axis=0)
    weight, bias = model.layers[0].weight.detach().numpy(), model.layers[0].bias.detach().numpy()
    padded = np.pad(own, ((2, 2), (0, 0)))
    states = np.stack([np.einsum("tm,cmt->c", padded[at : at + 5], weight) + bias for at in range(6)])
    states -= states.mean(axis=1, keepdims=True)
    states /= np.sqrt((states**2).mean(axis=1, keepdims=True) + 1e-5)
    states = np.maximum(states, 0)
    pooled = torch.from_numpy(np.r_[states.mean(axis=0), states.max(axis=0)].astype(np.float32))
    expected = torch.relu(model.output(pooled))
    torch.testing.assert_close(model(model.batch(packed))[0], expected, rtol=0, atol=1e-5)


def test_the_scale_of_the_training_rows_is_kept_with_the_weights() -> None:
    model, other = SpectrogramConvolution(width=12), SpectrogramConvolution(width=12)
    model.prepare(steps(40))
    other.load_state_dict(model.state_dict())
    assert torch.equal(other.scale.mean, model.scale.mean)
    assert other.scale.mean.abs().min() > 1


def test_what_never_varies_is_not_blown_up() -> None:
    scale = Standardise(3)
    values = np.array([[1, 5, 0.1], [3, 5, 0.1]], np.float32)
    scale.take(values)
    found = scale(torch.from_numpy(values))
    torch.testing.assert_close(found, torch.tensor([[-1.0, 0, 0], [1, 0, 0]]), rtol=0, atol=1e-6)
