"""The baselines of pairs against plain loops and the analysis of variance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import f_oneway

from molkit.learners.baselines import _prior_rows, degree_baseline, nearest_baseline

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
    found = [degree_baseline(LABELS, train, test, NUMBERS, (0, 1) if alike else ())
             for train in (TRAIN, TRAIN[:, ::-1]) for test in (TEST, TEST[:, ::-1])]  # fmt: skip
    same = [np.array_equal(found[0], other) for other in found[1:]]
    assert same == ([True] * 3 if alike else [False, False, True])


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("ties", [3, 10_000])
def test_the_nearest_answer(shared: bool, ties: int) -> None:
    similarity = np.round(RNG.random((40, 80)) * ties) / ties
    found = nearest_baseline(LABELS, similarity, shared)
    for row in range(40):
        for k in range(2):
            known = np.flatnonzero(~np.isnan(LABELS[:, k]))
            best = known[similarity[row, known] == similarity[row, known].max()]
            assert found[row, k] == pytest.approx(LABELS[best if shared else best[:1], k].mean())
