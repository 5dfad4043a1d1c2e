"""The baselines of pairs against plain loops and the analysis of variance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import f_oneway

from molkit.learners.baselines import _prior_rows, degree_baseline, nearest_pair_baseline

RNG = np.random.default_rng(0)
TRAIN, TEST = RNG.integers(0, 6, (80, 2)), RNG.integers(0, 8, (40, 2))  # 6 and 7 are unseen
LABELS = np.stack([TRAIN.sum(axis=1) + RNG.normal(0, 2, 80), RNG.random(80) < 0.1 + 0.1 * TRAIN[:, 0]], axis=1)
LABELS[::7, 0] = np.nan
NUMBERS = [False, True]


def shrunk_mean(entity: int, entities: np.ndarray, y: np.ndarray, prior: float) -> float:
    own = y[entities == entity]
    return float((own.sum() + prior * y.mean()) / (len(own) + prior)) if len(own) else float(y.mean())


def prior_by_f(y: np.ndarray, entities: np.ndarray) -> float:
    """Of equal groups of m rows the F ratio is 1 + m / prior."""
    groups = [y[entities == e] for e in np.unique(entities)]
    return len(groups[0]) / (f_oneway(*groups).statistic - 1)


def test_the_prior_is_that_of_the_analysis_of_variance() -> None:
    entities = np.repeat(np.arange(12), 9)
    y = RNG.normal(size=12)[entities] + RNG.normal(0, 2, 108)
    assert _prior_rows(y, entities) == pytest.approx(prior_by_f(y, entities))
    assert _prior_rows(np.tile([0.0, 1.0], 54), np.repeat(np.arange(54), 2)) == 1000  # no entity differs from another
    assert _prior_rows(y, np.arange(108)) == 1


def test_degrees_are_added_up() -> None:
    found = degree_baseline(LABELS, TRAIN, TEST, NUMBERS)
    known = ~np.isnan(LABELS[:, 0])
    for k, rows in enumerate((known, np.ones(80, bool))):
        y, seen = LABELS[rows, k], TRAIN[rows]
        priors = [_prior_rows(y, seen[:, c]) for c in (0, 1)]
        for row, pair in enumerate(TEST):
            means = [shrunk_mean(pair[c], seen[:, c], y, priors[c]) for c in (0, 1)]
            if k == 0:
                assert found[row, 0] == pytest.approx(means[0] + means[1] - y.mean())
            else:
                odds = np.prod([m / (1 - m) for m in means]) / (y.mean() / (1 - y.mean()))
                assert found[row, 1] == pytest.approx(odds / (1 + odds))


def test_pairs_of_unseen_entities_get_the_mean() -> None:
    found = degree_baseline(LABELS, TRAIN, np.array([[6, 7]]), NUMBERS)
    np.testing.assert_allclose(found[0], np.nanmean(LABELS, axis=0))
    one_class = degree_baseline(np.ones((80, 1)), TRAIN, TEST, [True])
    assert (one_class == 1).all()


@pytest.mark.parametrize("alike", [True, False])
def test_degrees_of_alike_inputs_know_no_order(alike: bool) -> None:
    found = [degree_baseline(LABELS, train, test, NUMBERS, alike)
             for train in (TRAIN, TRAIN[:, ::-1]) for test in (TEST, TEST[:, ::-1])]  # fmt: skip
    same = [np.array_equal(found[0], other) for other in found[1:]]
    assert same == ([True] * 3 if alike else [False, False, True])


def tables(ties: int) -> list[np.ndarray]:
    """Similarities of 8 test to 6 training entities of each input, in few steps so that there are ties."""
    return [np.round(RNG.random((8, 6)) * ties) / ties for _ in range(2)]


@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("ties", [3, 10_000])
def test_the_nearest_pairs_answer(alike: bool, ties: int) -> None:
    similarity = tables(ties)
    found = nearest_pair_baseline(LABELS, TRAIN, TEST, similarity[:1] if alike else similarity, alike)
    for row, (a, b) in enumerate(TEST):
        for k in range(2):
            known = np.flatnonzero(~np.isnan(LABELS[:, k]))
            if alike:
                s = similarity[0]
                near = [max(s[a, c] + s[b, d], s[a, d] + s[b, c]) for c, d in TRAIN[known]]
            else:
                near = [similarity[0][a, c] + similarity[1][b, d] for c, d in TRAIN[known]]
            best = known[np.array(near) == max(near)]
            assert found[row, k] == pytest.approx(LABELS[best, k].mean())


def test_a_known_pair_is_nearest_to_itself() -> None:
    pairs = np.unique(TRAIN, axis=0)
    labels = RNG.normal(size=(len(pairs), 1))
    similarity = [np.eye(6) * 0.5 + 0.5 * np.exp(-np.abs(np.subtract.outer(range(6), range(6))))] * 2
    np.testing.assert_allclose(nearest_pair_baseline(labels, pairs, pairs, similarity), labels)
    once = nearest_pair_baseline(labels, pairs, pairs[:, ::-1], similarity[:1], alike=True)
    both = nearest_pair_baseline(labels, pairs, pairs, similarity[:1], alike=True)
    np.testing.assert_array_equal(once, both)
