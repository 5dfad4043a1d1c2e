"""The autoencoder of mixed rows: likelihoods, what is missing or hidden, columns, neighbours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from autoencoded import trained
from torch.distributions import Bernoulli, Categorical, Normal

from molkit.nn.record_autoencoder import RecordAutoencoder

LAYOUT = (("number", 2), ("category", 3), ("binary", 2))


def rows(count: int = 16) -> np.ndarray:
    """Mixed rows, a fifth of the cells missing."""
    rng = np.random.default_rng(0)
    found = np.zeros((count, 7), np.float32)
    found[:, :2] = rng.lognormal(2, 1, (count, 2))
    found[np.arange(count), 2 + rng.integers(0, 3, count)] = 1
    found[:, 5:] = rng.random((count, 2)) < 0.4
    missing = rng.random((count, 5)) < 0.2
    found[:, [0, 1, 5, 6]] = np.where(missing[:, [0, 1, 3, 4]], np.nan, found[:, [0, 1, 5, 6]])
    found[missing[:, 2], 2:5] = 0
    return found


def prepared(**options: float) -> RecordAutoencoder:
    torch.manual_seed(0)
    module = RecordAutoencoder(latent=4, width=16, layout=LAYOUT, **options)  # type: ignore[arg-type]
    module.prepare(rows())
    return module.eval()


def test_the_loss_of_each_cell_is_the_likelihood_of_its_kind() -> None:
    module, values = prepared(), rows()
    batch = module.batch(values)
    z = torch.randn(len(values), 4)
    with torch.no_grad():
        module.log_spread.normal_()
        found, raw = module.cell_losses(batch, z), module.decode(z)
        spread = module.spreads(module.cells.known(batch.values))
        scaled = module.scaled(batch.values)
        for row in range(len(values)):
            for cell, column in ((0, 0), (1, 1), (3, 5), (4, 6)):
                own, wide = scaled[row, column], spread[row, cell]
                if torch.isnan(own):
                    assert found[row, cell] == 0
                elif cell < 2:
                    expected = -Normal(raw[row, column], wide, validate_args=False).log_prob(own)
                    torch.testing.assert_close(found[row, cell], expected)
                else:
                    expected = -Bernoulli(logits=raw[row, column] / wide).log_prob(own)
                    torch.testing.assert_close(found[row, cell], expected)
            group = values[row, 2:5]
            likelihood = Categorical(logits=raw[row, 2:5] / spread[row, 2])
            value = -likelihood.log_prob(torch.tensor(int(group.argmax()))) if group.any() else torch.tensor(0.0)
            torch.testing.assert_close(found[row, 2], value)
        torch.testing.assert_close(module.loss(batch, z), found.sum(dim=1))


def test_nothing_depends_on_a_hidden_value() -> None:
    module, values = prepared(), rows()
    other = values.copy()
    other[:, 0], other[:, 2:5], other[:, 6] = 1e6, [0, 0, 1], 1 - np.nan_to_num(values[:, 6])
    hidden = torch.zeros(len(values), 5, dtype=torch.bool)
    hidden[:, [0, 2, 4]] = True
    one, two = (module.encode(replace(module.batch(own), hidden=hidden)) for own in (values, other))
    assert torch.equal(one[0], two[0])
    assert torch.equal(one[1], two[1])


def test_a_hidden_cell_is_to_the_encoder_as_a_missing_one() -> None:
    module, values = prepared(), rows()
    missing = values.copy()
    missing[:, 1], missing[:, 2:5] = np.nan, 0
    hidden = torch.zeros(len(values), 5, dtype=torch.bool)
    hidden[:, [1, 2]] = True
    assert torch.equal(
        module.encode(replace(module.batch(values), hidden=hidden))[0], module.encode(module.batch(missing))[0]
    )


def test_a_missing_cell_costs_nothing_and_gives_no_gradient() -> None:
    module, values = prepared(), rows(2)
    values[:, 0] = np.nan
    batch = module.batch(values)
    module.loss(batch, module.encode(batch)[0]).sum().backward()
    assert module.output.bias.grad is not None
    assert module.output.bias.grad[0] == 0
    assert torch.isfinite(module.output.weight.grad).all()  # type: ignore[arg-type]


def test_rows_do_not_depend_on_their_neighbours() -> None:
    module, values = prepared(), rows()
    together = module.encode(module.batch(values))[0]
    alone = torch.cat([module.encode(module.batch(values[row : row + 1]))[0] for row in range(len(values))])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)


def test_cells_are_hidden_in_shares_up_to_the_largest_and_repeat_with_the_seed() -> None:
    module = prepared(hidden=0.5)
    batch = module.batch(np.repeat(rows(), 500, axis=0))
    one, other = (module.corrupted(batch, torch.Generator().manual_seed(seed)).hidden for seed in (1, 1))
    assert torch.equal(one, other)
    assert not torch.equal(module.corrupted(batch, torch.Generator().manual_seed(2)).hidden, one)
    assert abs(float(one.float().mean()) - 0.25) < 0.01
    assert float(one.float().mean(dim=1).std()) > 0.2  # more than by cells alone


def test_scaling_is_undone() -> None:
    module = prepared()
    values = torch.tensor([[1.0, 300.0, 0, 1, 0, 1, 0]])
    torch.testing.assert_close(module.unscaled(module.scaled(values))[:, :2], values[:, :2])
    assert torch.equal(module.scaled(values)[:, 2:], values[:, 2:])


def test_far_values_do_not_blow_up() -> None:
    module, values = prepared(), rows()
    values[:, 0] = 3e38
    batch = module.batch(values)
    assert torch.isfinite(module.loss(batch, module.encode(batch)[0])).all()


def test_a_state_brings_its_number_of_columns() -> None:
    torch.manual_seed(0)
    module = RecordAutoencoder(latent=3, width=8)
    module.prepare(rows())
    other = RecordAutoencoder(latent=3, width=8)
    other.load_state_dict(module.state_dict())
    batch = module.batch(rows())
    assert torch.equal(other.encode(batch)[0], module.encode(batch)[0])


def test_columns_that_do_not_fit_the_layout_are_refused() -> None:
    with pytest.raises(ValueError, match="expected 7 columns"):
        prepared().prepare(rows()[:, :5])


def test_16_rows_are_learned_by_heart() -> None:
    torch.manual_seed(0)
    module = trained(RecordAutoencoder(latent=8, width=64, layout=LAYOUT, hidden=0.0), rows(), 400, 16, 0.0)
    batch = module.batch(rows())
    with torch.no_grad():
        raw = module.decode(module.encode(batch)[0])
    known, scaled = module.cells.known(batch.values)[:, module.cells.owner], module.scaled(batch.values)
    numbers, others = module.cells.is_number & known, ~module.cells.is_number & known
    assert float((raw - scaled)[numbers].square().mean()) < 0.01
    assert (raw[:, 2:5].argmax(1) == scaled[:, 2:5].argmax(1))[known[:, 2]].all()
    assert ((raw > 0) == (scaled > 0.5))[:, 5:][others[:, 5:]].all()


def test_the_order_of_columns_does_not_matter() -> None:
    """Two categories and two numbers, exchanged with the weights that read and write them."""
    torch.manual_seed(0)
    module = RecordAutoencoder(latent=4, width=16, layout=(("number", 1), ("category", 2), ("number", 1)))
    other = RecordAutoencoder(latent=4, width=16, layout=(("category", 2), ("number", 2)))
    values = np.array([[1.0, 0, 1, 5.0], [2.0, 1, 0, np.nan]], np.float32)
    module.prepare(values)
    columns, cells = [1, 2, 0, 3], [1, 0, 2]
    state = module.state_dict()
    inputs = [*columns, *(4 + cell for cell in cells)]
    for name in ("encoder.0.weight", "linear_factors.weight"):
        state[name] = state[name][:, inputs]
    for name in ("middle", "unit", "output.weight", "output.bias", "linear_output.weight", "linear_output.bias"):
        state[name] = state[name][columns]
    state["log_spread"] = state["log_spread"][:, cells]
    other.load_state_dict(state)
    one, two = module.batch(values), other.batch(values[:, columns])
    torch.testing.assert_close(module.encode(one)[0], other.encode(two)[0])
    z = torch.randn(2, 4)
    torch.testing.assert_close(module.cell_losses(one, z)[:, cells], other.cell_losses(two, z))


def test_bits_and_descriptors_of_molecules_are_described_by_the_layout() -> None:
    rng = np.random.default_rng(0)
    values = np.hstack([rng.random((20, 64)) < 0.2, rng.normal(size=(20, 5))]).astype(np.float32)
    torch.manual_seed(0)
    module = RecordAutoencoder(latent=4, width=16, layout=(("binary", 64), ("number", 5)))
    module.prepare(values)
    batch = module.batch(values)
    assert module.cells.count == 69
    assert module.loss(batch, module.encode(batch)[0]).shape == (20,)
