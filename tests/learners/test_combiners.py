"""Weights of learners: shares whatever the combiner, each of them what its name says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.metrics import log_loss, mean_squared_error

from molkit.learners.combiners import COMBINERS, FEWEST_FOR_WEIGHTS, fit_weights

NUMBERS = np.zeros(2, bool)


def members(rows: int, spreads: tuple[float, ...], seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    """Unbiased members of known error, two targets; and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(5, 2, (rows, 2))
    return [truth + rng.normal(0, spread, (rows, 2)) for spread in spreads], truth


def test_weights_are_shares_and_favour_the_better_member() -> None:
    predictions, truth = members(2000, (0.2, 1.0, 3.0))
    weights = fit_weights(predictions, truth, NUMBERS)
    assert weights.shape == (3, 2)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=0), 1)
    assert (np.diff(weights, axis=0) < 0).all()


def test_weights_solve_the_constrained_least_squares_problem() -> None:
    predictions, truth = members(600, (0.5, 0.7, 2.0))
    weights = fit_weights(predictions, truth, NUMBERS)
    for k in range(2):
        y = truth[:, k] - truth[:, k].mean()
        x = np.stack([p[:, k] for p in predictions], axis=1) - truth[:, k].mean()
        found = minimize(lambda w, x=x, y=y: ((x @ w - y) ** 2).sum(), np.ones(3), bounds=[(0, None)] * 3, tol=1e-12).x
        np.testing.assert_allclose(weights[:, k], found / found.sum(), atol=1e-3)


def test_equal_weights_where_labels_are_few_target_by_target() -> None:
    predictions, truth = members(FEWEST_FOR_WEIGHTS + 10, (0.1, 5.0))
    truth[:11, 1] = np.nan
    weights = fit_weights(predictions, truth, NUMBERS)
    assert weights[:, 1].tolist() == [0.5, 0.5]
    assert weights[0, 0] > 0.9
    truth[10, 1] = 5.0
    assert fit_weights(predictions, truth, NUMBERS)[0, 1] > 0.9


def test_missing_labels_are_left_out() -> None:
    predictions, truth = members(1200, (0.5, 1.0))
    gaps = truth.copy()
    gaps[600:] = np.nan
    cut = fit_weights([p[:600] for p in predictions], truth[:600], NUMBERS)
    assert cut[0, 0] > 0.6
    np.testing.assert_allclose(fit_weights(predictions, gaps, NUMBERS), cut)


@pytest.mark.parametrize("combiner", COMBINERS)
@pytest.mark.parametrize("rows", [10, 600])
def test_one_member_has_all_the_weight(rows: int, combiner: str) -> None:
    predictions, truth = members(rows, (1.0,))
    np.testing.assert_array_equal(fit_weights(predictions, truth, NUMBERS, combiner), np.ones((1, 2)))


def test_members_that_predict_against_the_labels_share_equally() -> None:
    predictions, truth = members(600, (0.1, 0.1))
    weights = fit_weights([10 - p for p in predictions], truth + 5 - truth.mean(axis=0), NUMBERS)
    np.testing.assert_array_equal(weights, np.full((2, 2), 0.5))


def classes(rows: int, seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    """Probabilities of three members, the last without information, and classes of two targets, some unmeasured."""
    rng = np.random.default_rng(seed)
    logit = rng.normal(0, 2, (rows, 2))
    truth = (rng.random((rows, 2)) < 1 / (1 + np.exp(-logit))).astype(float)
    truth[rng.random((rows, 2)) < 0.2] = np.nan
    noisy = [logit + rng.normal(0, spread, (rows, 2)) for spread in (0.8, 1.2)]
    return [*(1 / (1 + np.exp(-each)) for each in noisy), rng.random((rows, 2))], truth


def loss(labels: np.ndarray, predictions: np.ndarray, binary: bool) -> float:
    """What greedy and best make small, by scikit-learn."""
    rows = ~np.isnan(labels)
    return float((log_loss if binary else mean_squared_error)(labels[rows], predictions[rows]))


@pytest.mark.parametrize("combiner", COMBINERS)
@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("rows", [25, 700])
def test_weights_of_every_combiner_are_shares_whatever_the_order_of_rows(
    combiner: str, binary: bool, rows: int
) -> None:
    predictions, truth = classes(rows) if binary else members(rows, (0.5, 0.6, 2.0))
    kinds = np.full(2, binary)
    weights = fit_weights(predictions, truth, kinds, combiner)
    assert weights.shape == (3, 2)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=0), 1)
    order = np.random.default_rng(1).permutation(rows)
    again = fit_weights([p[order] for p in predictions], truth[order], kinds, combiner)
    np.testing.assert_allclose(again, weights, atol=1e-12)
    nothing = fit_weights(predictions, np.full_like(truth, np.nan), kinds, combiner)
    np.testing.assert_array_equal(nothing, np.full((3, 2), 1 / 3))


@pytest.mark.parametrize("binary", [False, True])
def test_best_is_the_member_with_the_least_loss_and_greedy_never_worse(binary: bool) -> None:
    for seed in range(5):
        predictions, truth = classes(60, seed) if binary else members(60, (1.0, 0.9, 0.9), seed)
        best, greedy = (fit_weights(predictions, truth, np.full(2, binary), name) for name in ("best", "greedy"))
        for k in range(2):
            losses = [loss(truth[:, k], p[:, k], binary) for p in predictions]
            assert best[:, k].tolist() == np.eye(3)[int(np.argmin(losses))].tolist()
            combined = sum(p[:, k] * w for p, w in zip(predictions, greedy[:, k], strict=True))
            assert loss(truth[:, k], combined, binary) <= min(losses) + 1e-12


@pytest.mark.parametrize("binary", [False, True])
def test_greedy_picks_come_near_the_least_loss_that_shares_can_have(binary: bool) -> None:
    """Losses are convex in the shares, and 50 picks place them to 0.02."""
    predictions, truth = classes(400) if binary else members(400, (0.6, 0.7, 1.5))
    weights = fit_weights(predictions, truth, np.full(2, binary), "greedy")
    for k in range(2):
        said = np.stack([p[:, k] for p in predictions], axis=1)
        limits = {"type": "eq", "fun": lambda w: w.sum() - 1}
        found = minimize(lambda w, said=said, k=k: loss(truth[:, k], said @ w, binary), np.full(3, 1 / 3),
                         bounds=[(0, 1)] * 3, constraints=limits)  # fmt: skip
        np.testing.assert_allclose(weights[:, k], found.x, atol=0.04)


def test_greedy_of_two_members_is_the_best_of_all_shares_of_few_picks() -> None:
    """The optimum at a third is a share of three picks, which no other share of up to 50 beats."""
    rng = np.random.default_rng(3)
    truth, error = rng.normal(size=(300, 1)), rng.normal(size=(300, 1))
    predictions = [truth + 2 * error, truth - error]
    weights = fit_weights(predictions, truth, np.zeros(1, bool), "greedy")
    shares = {first / picks for picks in range(1, 51) for first in range(picks + 1)}
    mixed = {w: loss(truth[:, 0], (w * predictions[0] + (1 - w) * predictions[1])[:, 0], False) for w in shares}
    assert weights[0, 0] == pytest.approx(min(mixed, key=lambda w: mixed[w])) == pytest.approx(1 / 3)


def test_ties_go_to_the_member_named_first() -> None:
    predictions, truth = members(600, (1.0,))
    for combiner in ("best", "greedy"):
        weights = fit_weights([predictions[0]] * 3, truth, NUMBERS, combiner)
        assert weights.tolist() == [[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]]
