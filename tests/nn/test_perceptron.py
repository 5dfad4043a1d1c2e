"""Perceptrons: scales of training rows, missing values, counts."""

from __future__ import annotations

import numpy as np
import torch

from molkit.nn.perceptron import FingerprintPerceptron, TablePerceptron


def table() -> np.ndarray:
    rng = np.random.default_rng(0)
    values = rng.lognormal(2, 1, (50, 4))
    values[rng.random((50, 4)) < 0.3] = np.nan
    values[:, 2], values[:, 3] = np.nan, 7.0
    return values.astype(np.float32)


def prepared() -> TablePerceptron:
    torch.manual_seed(0)
    encoder = TablePerceptron(8)
    encoder.prepare(table())
    return encoder


def test_scales_are_those_of_the_known_training_values() -> None:
    encoder, known = prepared(), table()[:, :2].astype(np.float64)
    np.testing.assert_allclose(encoder.median[:2], np.nanmedian(known, axis=0), rtol=1e-6)
    np.testing.assert_allclose(encoder.mean[:2], np.nanmean(known, axis=0), rtol=1e-6)
    np.testing.assert_allclose(encoder.spread[:2], np.nanstd(known, axis=0), rtol=1e-6)
    assert encoder.spread[2:].tolist() == [1.0, 1.0]  # of a column without values, and of one that never varies


def test_a_missing_value_is_the_median_with_a_flag() -> None:
    encoder, row = prepared(), table()[:1].copy()
    row[0] = [np.nan, 3.0, np.nan, 7.0]
    given: list[torch.Tensor] = []
    encoder.layers.register_forward_pre_hook(lambda _, taken: given.append(taken[0]))
    assert torch.isfinite(encoder(encoder.batch(row))).all()
    filled = np.array([float(encoder.median[0]), 3.0, 0.0, 7.0])
    scaled = (filled - encoder.mean.numpy()) / encoder.spread.numpy()
    np.testing.assert_allclose(given[0][0], [*scaled, 1, 0, 1, 0], rtol=1e-5)


def test_a_value_beyond_all_others_is_not_extrapolated() -> None:
    encoder, rows = prepared(), np.full((2, 4), 7.0, np.float32)
    rows[:, 0] = 1e6, 1e30
    said = encoder(encoder.batch(rows))
    assert torch.equal(said[0], said[1])


def test_a_state_brings_its_number_of_columns() -> None:
    encoder = prepared()
    other = TablePerceptron(8)
    other.load_state_dict(encoder.state_dict())
    batch = encoder.batch(table())
    assert torch.equal(other(batch), encoder(batch))


def test_counts_enter_as_logarithms() -> None:
    counts = np.array([[0, 1, 255]], np.uint8)
    np.testing.assert_allclose(FingerprintPerceptron.batch(counts), np.log([[1.0, 2.0, 256.0]]), rtol=1e-6)
