"""How a network goes through unbalanced rows: whose rows, how often, with what weight."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.imbalance import METHODS, emphasis
from molkit.learners.balance import Balance, balance_rows
from molkit.types import Measurements

N = 300
KINDS = ("binary", "binary", "regression")


@pytest.fixture(scope="module")
def labels() -> Measurements:
    rng = np.random.default_rng(0)
    values = np.c_[rng.random(N) < 0.05, rng.random(N) < 0.3, rng.normal(size=N)].astype(float)
    values[rng.random((N, 3)) < 0.2] = np.nan
    return Measurements(values, np.zeros((N, 3), np.int8), rng.uniform(0.5, 2, N))


def of(method: str, labels: Measurements, targets: int) -> Balance:
    own = Measurements(labels.values[:, :targets], labels.relations[:, :targets], labels.weights)
    return balance_rows(method, own, KINDS[:targets], np.arange(200), 7)


@pytest.mark.parametrize("method", METHODS)
def test_rows_outside_training_are_neither_visited_nor_read(method: str, labels: Measurements) -> None:
    other = labels.values.copy()
    other[200:] = 1 - other[200:]
    for targets in (1, 3):
        found = of(method, labels, targets)
        again = of(method, Measurements(other, labels.relations, labels.weights), targets)
        epochs = [balance.epoch(np.random.default_rng(1)) for balance in (found, again)]
        np.testing.assert_array_equal(*epochs)
        assert epochs[0].max() < 200
        np.testing.assert_array_equal(found.weights, again.weights)
        np.testing.assert_array_equal(found.gained, again.gained)


@pytest.mark.parametrize("method", ["class-weights", "over", "under"])
def test_classes_of_every_target_weigh_the_same(method: str, labels: Measurements) -> None:
    for targets in (1, 3):
        found = of(method, labels, targets)
        rows = found.epoch(np.random.default_rng(0))
        for k in range(min(targets, 2)):
            y, w = labels.values[rows, k], found.weights[rows, k]
            plain = labels.weights[rows] if method != "class-weights" else 1.0
            share = (w / plain)[y == 1].sum() / (w / plain)[y == 0].sum()
            assert share == pytest.approx(1, rel=1e-9)


def test_one_target_alone_has_its_rows_repeated(labels: Measurements) -> None:
    found = of("over", labels, 1)
    measured = np.flatnonzero(~np.isnan(labels.values[:200, 0]))
    expected = emphasis("over", labels.values[measured, 0], labels.weights[measured], 7).counts
    counts = np.bincount(found.epoch(np.random.default_rng(0)), minlength=200)
    np.testing.assert_array_equal(counts[measured], expected)


@pytest.mark.parametrize("method", METHODS)
def test_no_target_gets_more_say_among_the_others(method: str, labels: Measurements) -> None:
    if method == "balanced-batches":
        return  # draws, not weights, decide there
    found = of(method, labels, 3)
    measured = ~np.isnan(labels.values[:200])
    before = (measured * labels.weights[:200, None]).sum(axis=0)
    after = (measured * found.weights[:200]).sum(axis=0)
    np.testing.assert_allclose(after, before, rtol=0.2)
    assert after[2] == pytest.approx(before[2])


def test_without_a_method_nothing_changes(labels: Measurements) -> None:
    found = of("none", labels, 3)
    np.testing.assert_array_equal(found.weights, np.repeat(labels.weights[:, None], 3, axis=1))
    np.testing.assert_array_equal(found.start, 0)
    np.testing.assert_array_equal(found.gained, 0)
    drawn = found.epoch(np.random.default_rng(3))
    np.testing.assert_array_equal(drawn, np.random.default_rng(3).permutation(np.arange(200)))


def test_logit_adjusted_starts_from_the_share_of_positives(labels: Measurements) -> None:
    start = of("logit-adjusted", labels, 3).start
    for k in (0, 1):
        assert 1 / (1 + np.exp(-start[k])) == pytest.approx(np.nanmean(labels.values[:200, k]), abs=0.01)
    assert start[2] == 0
