"""The recurrent network against one that takes the tokens of one molecule step by step."""

from __future__ import annotations

import numpy as np
import torch
from rdkit import Chem
from torch import Tensor, nn

from molkit.features.tokens import TokenFeaturizer
from molkit.nn.recurrent import RecurrentNetwork, SignalRecurrentNetwork, step_batch
from molkit.types import Steps


def gated(layer: nn.GRU, states: Tensor, ending: str) -> Tensor:
    """Cho et al., equations 5 to 8, as torch's manual writes them, step by step."""
    w, u, b, c = (getattr(layer, f"{name}_l0{ending}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
    hidden, found = torch.zeros(layer.hidden_size), []
    for state in states:
        (r, z, n), (own_r, own_z, own_n) = (w @ state + b).chunk(3), (u @ hidden + c).chunk(3)
        reset, keep = torch.sigmoid(r + own_r), torch.sigmoid(z + own_z)
        hidden = (1 - keep) * torch.tanh(n + reset * own_n) + keep * hidden
        found.append(hidden)
    return torch.stack(found)


def looped(model: RecurrentNetwork, ids: np.ndarray) -> Tensor:
    states = model.embedding(torch.from_numpy(ids.astype(np.int64)))
    for layer in model.layers:
        assert isinstance(layer, nn.GRU)
        back = gated(layer, states.flip(0), "_reverse").flip(0)
        states = torch.cat([gated(layer, states, ""), back], dim=1)
    return torch.relu(model.output(states.mean(dim=0)))


def test_it_is_the_network_of_the_formula(varied: list[Chem.Mol]) -> None:
    torch.manual_seed(0)
    model = RecurrentNetwork(width=12, depth=2).eval()
    steps = TokenFeaturizer()(varied[::4])
    with torch.no_grad():
        found = model(model.batch(steps))
        expected = torch.stack(
            [looped(model, steps.values[a:b]) for a, b in zip(steps.offsets, steps.offsets[1:], strict=False)]
        )
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_a_batch_goes_through_all_sequences_side_by_side() -> None:
    steps = Steps(np.array([11, 12, 21, 31, 32, 33], np.int32), np.array([0, 2, 3, 6]))
    batch = step_batch(steps)
    assert batch.values.tolist() == [31, 11, 21, 32, 12, 33]
    assert batch.owner.tolist() == [2, 0, 1, 2, 0, 2]
    assert batch.alive.tolist() == [3, 2, 1]
    assert batch.counts.ravel().tolist() == [2, 1, 3]


def test_other_writings_are_not_read(varied: list[Chem.Mol]) -> None:
    torch.manual_seed(0)
    model = RecurrentNetwork(width=12).eval()
    one, other = (model(model.batch(TokenFeaturizer(variants)(varied))) for variants in (0, 3))
    assert torch.equal(one, other)


def test_an_odd_width_is_possible(varied: list[Chem.Mol]) -> None:
    model = RecurrentNetwork(width=7, depth=1)
    assert model(model.batch(TokenFeaturizer()(varied))).shape == (len(varied), 7)


def test_a_signal_is_read_on_the_scale_of_the_training_signals() -> None:
    """Whatever its unit, once the network was prepared."""
    samples = np.random.default_rng(0).normal(3, 2, size=(30, 16)).astype(np.float32)
    offsets = np.array([0, 10, 12, 30])
    found = []
    for factor in (1, 1000):
        torch.manual_seed(0)
        model, steps = SignalRecurrentNetwork(width=12).eval(), Steps(samples * factor, offsets)
        model.prepare(steps)
        found.append(model(model.batch(steps)))
    torch.testing.assert_close(*found, rtol=0, atol=1e-5)


def test_frames_go_through_the_same_network_as_tokens() -> None:
    torch.manual_seed(0)
    model = SignalRecurrentNetwork(width=12, depth=2).eval()
    samples = np.random.default_rng(0).normal(size=(7, 16)).astype(np.float32)
    with torch.no_grad():
        states = model.embedding(torch.from_numpy(samples))
        for layer in model.layers:
            assert isinstance(layer, nn.GRU)
            back = gated(layer, states.flip(0), "_reverse").flip(0)
            states = torch.cat([gated(layer, states, ""), back], dim=1)
        expected = torch.relu(model.output(states.mean(dim=0)))
        found = model(model.batch(Steps(samples, np.array([0, 7]))))
    torch.testing.assert_close(found[0], expected, rtol=0, atol=1e-5)
