"""What imbalance methods make of training labels, against counts, scikit-learn and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from sklearn.utils.class_weight import compute_sample_weight

from molkit.imbalance import (
    FOCUS,
    METHODS,
    balanced_draws,
    class_strata,
    draws_of,
    emphasis,
    positive_odds,
    unfocused,
)

LABELS = st.lists(st.booleans(), min_size=2, max_size=60).map(lambda labels: np.array(labels, float))


def odds(y: np.ndarray, w: np.ndarray) -> float:
    return float(w[y == 1].sum() / w[y == 0].sum())


@pytest.mark.parametrize("method", METHODS)
@given(LABELS, st.integers(0, 5))
def test_the_odds_are_those_of_what_is_learned_over_those_of_the_rows(method: str, y: np.ndarray, seed: int) -> None:
    weights = np.random.default_rng(seed).uniform(0.5, 2, len(y))
    found = emphasis(method, y, weights, seed)
    assert found.counts.shape == found.factors.shape == y.shape
    if len(set(y)) < 2:
        assert (found.counts == 1).all()
        assert found.odds == 1
    elif method == "balanced-batches":
        assert found.odds == pytest.approx((y == 0).sum() / (y == 1).sum())
    else:
        learned = (found.factors * weights)[found.rows]
        assert found.odds == pytest.approx(odds(y[found.rows], learned) / odds(y, weights))


@given(LABELS.filter(lambda y: len(set(y)) == 2))
def test_class_weights_are_those_of_scikit_learn(y: np.ndarray) -> None:
    np.testing.assert_allclose(emphasis("class-weights", y, np.ones(len(y)), 0).factors,
                               compute_sample_weight("balanced", y))  # fmt: skip


@pytest.mark.parametrize("method", ["over", "under"])
@given(LABELS.filter(lambda y: len(set(y)) == 2), st.integers(0, 5))
def test_resampling_makes_classes_equal_and_only_touches_one(method: str, y: np.ndarray, seed: int) -> None:
    found = emphasis(method, y, np.ones(len(y)), seed)
    sums = np.bincount(y[found.rows].astype(int))
    assert sums[0] == sums[1]
    changed = set(y[found.counts != 1])
    assert len(changed) <= 1
    own = found.counts[y == (changed.pop() if changed else 1)]
    assert own.max() - own.min() <= 1  # no row has more say than another of its class
    assert (found.counts >= 1).all() if method == "over" else (found.counts <= 1).all()


def test_a_seed_repeats_its_draws_and_another_differs() -> None:
    y = np.r_[np.ones(5), np.zeros(42)]
    for method in ("over", "under"):
        one, again, other = (emphasis(method, y, np.ones(47), seed).counts for seed in (0, 0, 1))
        np.testing.assert_array_equal(one, again)
        assert (one != other).any()


def test_any_piece_of_balanced_draws_holds_every_class_equally() -> None:
    rng = np.random.default_rng(0)
    values = np.c_[rng.random(400) < 0.03, rng.random(400) < 0.4].astype(float)
    values[rng.random((400, 2)) < 0.3] = np.nan
    strata = class_strata(values, np.array([True, True]))
    assert [len(rows) for rows in strata] == [int((values[:, k] == c).sum()) for k in (0, 1) for c in (0, 1)]
    drawn = balanced_draws(strata, 400, rng).reshape(-1, 4)
    for place, rows in enumerate(strata):
        assert np.isin(drawn[:, place], rows).all()
        counts = np.bincount(drawn[:, place], minlength=400)[rows]
        assert counts.max() - counts.min() <= 1


def test_the_expected_draws_are_those_of_many_epochs() -> None:
    rng = np.random.default_rng(0)
    values = np.c_[rng.random(90) < 0.1, rng.normal(size=90)].astype(float)
    values[::7, 1] = np.nan
    strata = class_strata(values, np.array([True, False]))
    drawn = np.concatenate([balanced_draws(strata, 90, rng) for _ in range(2000)])
    often = np.bincount(drawn, minlength=90) / 2000
    np.testing.assert_allclose(often, draws_of(strata, 90), rtol=0.06)
    assert draws_of(strata, 90).mean() == pytest.approx(1)
    y = values[:, 0]
    expected = (often[y == 1].sum() / often[y == 0].sum()) / ((y == 1).sum() / (y == 0).sum())
    assert positive_odds(y, draws_of(strata, 90)) == pytest.approx(expected, rel=0.02)


@given(st.floats(0.001, 0.999))
def test_the_focal_loss_is_least_where_its_probability_means_the_true_one(chance: float) -> None:
    def loss(q: float) -> float:
        return float(-(chance * (1 - q) ** FOCUS * np.log(q) + (1 - chance) * q**FOCUS * np.log(1 - q)))

    least = minimize_scalar(loss, bounds=(1e-9, 1 - 1e-9), method="bounded", options={"xatol": 1e-12}).x
    assert unfocused(np.array([least]))[0] == pytest.approx(chance, abs=1e-4)


def test_put_right_probabilities_keep_their_order_and_range() -> None:
    q = np.linspace(0, 1, 1001)
    found = unfocused(q)
    assert (np.diff(found) > 0).all()
    assert found[0] == pytest.approx(0, abs=1e-9)
    assert found[-1] == pytest.approx(1, abs=1e-9)
