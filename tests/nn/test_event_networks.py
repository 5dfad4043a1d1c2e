"""The networks on health records against ones that take the steps of one record after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from molkit.data.records import Record
from molkit.features.events import EventFeaturizer
from molkit.learners.neural import NeuralLearner, NeuralOptions
from molkit.learners.protocol import State
from molkit.nn.event_batch import event_batch, side_by_side
from molkit.nn.event_gru import EventNetwork
from molkit.nn.grud import DecayNetwork
from molkit.training.fit import FitOptions
from molkit.types import Column, Measurements, Steps

CODES = ("a", "b", "c", "d")


@pytest.fixture
def steps(records: list[Record]) -> Steps:
    return EventFeaturizer(CODES)(records)


def parts(steps: Steps) -> list[np.ndarray]:
    return np.split(steps.values, steps.offsets[1:-1])


def walked(rows: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, list[float]]]:
    """Of each step: last known values, which are new, hours since the value before, gaps; from the definition."""
    known, since, found = np.full(rows.shape[1] - 1, np.nan), np.zeros(rows.shape[1] - 1), []
    for place, row in enumerate(rows):
        gap = rows[place - 1, 0] - row[0] if place else 0.0
        new = ~np.isnan(row[1:])
        known, since = np.where(new, row[1:], known), since + gap
        found.append((known, new, since, [gap, row[0]]))
        since = np.where(new, 0.0, since)
    return found


def far(scaled: np.ndarray) -> np.ndarray:
    return np.nan_to_num(np.sign(scaled) * np.log(1 + np.abs(scaled)))


def test_a_batch_knows_what_was_last_measured_and_when(steps: Steps) -> None:
    batch = event_batch(steps)
    expected = [walked(rows) for rows in parts(steps)]
    order = [
        found[place]
        for place in range(max(map(len, expected)))
        for found in sorted(expected, key=len, reverse=True)
        if len(found) > place
    ]
    for tensor, column in ((batch.known, 0), (batch.measured, 1), (batch.since, 2), (batch.gap, 3)):
        np.testing.assert_allclose(tensor.numpy(), np.array([own[column] for own in order], np.float32), rtol=1e-6)


def test_last_steps_are_found() -> None:
    order, last, alive = side_by_side(np.array([0, 2, 3, 6]))
    assert order.tolist() == [3, 0, 2, 4, 1, 5]
    assert order[last].tolist() == [1, 2, 5]
    assert alive.tolist() == [3, 2, 1]


def test_scales_are_those_of_what_was_measured(steps: Steps) -> None:
    encoder = EventNetwork(width=8)
    encoder.prepare(steps)
    values = steps.values[:, 1:].astype(np.float64)
    low, middle, high = np.nanquantile(values, [0.25, 0.5, 0.75], axis=0)
    np.testing.assert_allclose(encoder.median.numpy(), middle, rtol=1e-5)
    np.testing.assert_allclose(encoder.spread.numpy(), (high - low) / (2 * 0.67449), rtol=1e-4)


def test_a_code_that_was_never_measured_or_never_varied_does_no_harm() -> None:
    values = np.array([[1, np.nan, 5], [0, np.nan, 5]], np.float32)
    encoder = DecayNetwork(width=8)
    encoder.prepare(Steps(values, np.array([0, 2])))
    assert encoder.median.tolist() == [0, 5]
    assert encoder.spread.tolist() == [1, 1]
    assert torch.isfinite(encoder(encoder.batch(Steps(values, np.array([0, 2]))))).all()


def test_the_plain_network_is_torchs_gru_on_each_record_alone(steps: Steps) -> None:
    torch.manual_seed(0)
    model = EventNetwork(width=12, depth=2)
    model.prepare(steps)
    with torch.no_grad():
        found = model.eval()(model.batch(steps))
        for row, own in enumerate(parts(steps)):
            states = torch.tensor(
                np.array(
                    [
                        np.r_[
                            far((k - model.median.numpy()) / model.spread.numpy()),
                            new,
                            np.log1p(gap),
                        ]
                        for k, new, _, gap in walked(own)
                    ],
                    np.float32,
                )
            )
            for layer in model.layers:
                states = layer(states)[0]
            torch.testing.assert_close(found[row], states[-1], rtol=0, atol=1e-5)


def decayed(model: DecayNetwork, rows: np.ndarray) -> Tensor:
    """Che et al., step by step, with the changes that the module tells."""
    hidden = torch.zeros(model.width)
    for known, new, since, gap in walked(rows):
        gone = torch.log1p(torch.tensor(since, dtype=torch.float32))
        gaps = torch.log1p(torch.tensor(gap, dtype=torch.float32))
        scaled = torch.tensor(far((known - model.median.numpy()) / model.spread.numpy()), dtype=torch.float32)
        mask = torch.tensor(new, dtype=torch.float32)
        value = mask * scaled + (1 - mask) * torch.exp(-model.rate.abs() * gone) * scaled
        hidden = torch.exp(-torch.relu(model.fading(torch.cat([gone, gaps[:1]])))) * hidden
        (r, z, n), (own_r, own_z, own_n) = (
            model.input(torch.cat([value, mask, gaps])).chunk(3),
            model.state(hidden).chunk(3),
        )
        keep = torch.sigmoid(z + own_z)
        hidden = (1 - keep) * torch.tanh(n + torch.sigmoid(r + own_r) * own_n) + keep * hidden
    return hidden


def test_the_fading_network_is_the_one_of_the_formulas(steps: Steps) -> None:
    torch.manual_seed(0)
    model = DecayNetwork(width=12)
    model.prepare(steps)
    with torch.no_grad():
        found = model.eval()(model.batch(steps))
        expected = torch.stack([decayed(model, rows) for rows in parts(steps)])
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_without_gaps_nothing_fades() -> None:
    """All in one step: the fading network is then a plain one."""
    values = np.array([[0, 1.0, 2.0]], np.float32)
    steps = Steps(np.repeat(values, 3, axis=0), np.arange(4))
    model = DecayNetwork(width=6)
    model.prepare(steps)
    plain = nn.GRUCell(6, 6)
    plain.load_state_dict(
        {
            "weight_ih": model.input.weight,
            "bias_ih": model.input.bias,
            "weight_hh": model.state.weight,
            "bias_hh": model.state.bias,
        }
    )
    inputs = torch.tensor([[0.0, 0.0, 1.0, 1.0, 0.0, 0.0]])
    torch.testing.assert_close(model(model.batch(steps))[:1], plain(inputs, torch.zeros(1, 6)))


@pytest.mark.parametrize("new", [EventNetwork, DecayNetwork])
def test_a_stored_network_is_as_large_as_it_was(new: Any, steps: Steps) -> None:
    model, other = new(width=8, depth=2), new(width=8, depth=2)
    model.prepare(steps)
    other.load_state_dict(model.state_dict())
    torch.testing.assert_close(other(other.batch(steps)), model(model.batch(steps)), rtol=0, atol=0)


@pytest.mark.parametrize("new", [EventNetwork, DecayNetwork])
def test_first_weights_are_settled_when_it_is_built_and_draw_nothing_later(new: Any, steps: Steps) -> None:
    torch.manual_seed(1)
    one, other = new(width=8), new(width=8)
    torch.manual_seed(1)
    again = new(width=8)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    for model in (one, other, again):
        model.prepare(steps)
    assert torch.equal(torch.rand(3), expected)
    weights = [torch.cat([weight.flatten() for weight in model.parameters()]) for model in (one, other, again)]
    assert torch.equal(weights[0], weights[2])
    assert not torch.equal(weights[0], weights[1])


@pytest.mark.parametrize("kind", ["event-gru", "grud"])
def test_a_learner_takes_scales_from_its_training_rows_alone(kind: str, records: list[Record]) -> None:
    """Whatever stands in other rows; and its state holds them."""
    rows, train = len(records), np.arange(40)
    labels = Measurements(np.arange(rows)[:, None] % 2.0, np.zeros((rows, 1), np.int8), np.ones(rows))
    options = NeuralOptions(inputs={"record": kind}, width=8, depth=1, fit=FitOptions(epochs=2))

    def fitted(factor: float) -> NeuralLearner:
        steps = EventFeaturizer(CODES)(records)
        end = steps.offsets[len(train)]
        changed = np.r_[steps.values[:end], factor * steps.values[end:]]
        learner = NeuralLearner(("binary",), options)
        column = Column(Steps(changed, steps.offsets), np.arange(rows))
        learner.fit({"record/events": column}, labels, train, np.empty(0, np.int64), 0)
        return learner

    one, other = fitted(1.0), fitted(50.0)
    columns = {"record/events": Column(EventFeaturizer(CODES)(records), np.arange(rows))}
    np.testing.assert_array_equal(one.predict(columns), other.predict(columns))
    state = one.state()
    again = NeuralLearner.from_state(State(state.config, dict(state.arrays)))
    np.testing.assert_array_equal(again.predict(columns), one.predict(columns))
