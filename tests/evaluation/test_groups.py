"""Groups with larger losses: exact enumeration, known error rates, intervals against closed forms."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from molkit.evaluation.groups import PERMUTATIONS, group_chances, mean_difference, mean_interval


def test_the_chance_of_one_group_is_that_of_all_ways_to_deal() -> None:
    rng = np.random.default_rng(1)
    loss = rng.exponential(size=9)
    members = np.isin(np.arange(9), [0, 3, 5])
    means = np.array([loss[list(rows)].mean() for rows in combinations(range(9), 3)])
    exact = (means >= loss[members].mean() - 1e-12).mean()
    assert group_chances(loss, [members], 0)[0] == pytest.approx(exact, abs=0.03)


def test_more_groups_make_every_chance_larger_and_the_worst_the_smallest() -> None:
    rng = np.random.default_rng(2)
    loss = rng.exponential(size=100)
    groups = [np.isin(np.arange(100), rng.choice(100, size, replace=False)) for size in (10, 20, 30, 40)]
    alone = [group_chances(loss, [members], 0)[0] for members in groups]
    together = group_chances(loss, groups, 0)
    assert (together >= np.array(alone) - 1e-12).all()
    assert together.argmin() == np.argmin(alone)


def test_where_no_group_differs_one_set_of_groups_in_twenty_is_found_at_fault() -> None:
    rng = np.random.default_rng(3)
    found = 0
    for seed in range(200):
        loss = rng.exponential(size=60) ** 2  # as skewed as errors are
        groups = [rng.permutation(60) < 12 for _ in range(8)]
        found += (group_chances(loss, groups, seed) <= 0.05).any()
    assert 1 <= found <= 22  # 10 expected; beyond 22 in one of 10,000 runs


def test_a_group_that_is_far_worse_is_found_and_a_better_one_is_not() -> None:
    loss = np.ones(50) + np.linspace(0, 0.1, 50)
    worse, better = np.arange(50) < 10, np.arange(50) >= 40
    loss[worse] += 5
    loss[better] -= 1
    chances = group_chances(loss, [worse, better], 0)
    assert chances[0] == 1 / (1 + PERMUTATIONS)
    assert chances[1] > 0.9


def test_equal_losses_and_no_groups_say_nothing() -> None:
    assert group_chances(np.ones(9), [np.arange(9) < 3], 0).tolist() == [1.0]
    assert group_chances(np.arange(9.0), [], 0).shape == (0,)


def test_intervals_are_those_of_normal_means() -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(3, 2, 4000)
    low, high = mean_interval(values, 0)
    half = 1.96 * values.std() / np.sqrt(4000)
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.15 * half)
    members = np.arange(4000) < 1000
    low, high = mean_difference(values, members, 0)
    difference = values[members].mean() - values[~members].mean()
    half = 1.96 * np.sqrt(values[members].var() / 1000 + values[~members].var() / 3000)
    assert (low, high) == pytest.approx((difference - half, difference + half), abs=0.15 * half)


def test_a_group_that_resamples_may_miss_still_has_an_interval() -> None:
    low, high = mean_difference(np.array([5.0, 1, 1, 1]), np.array([True, False, False, False]), 0)
    assert (low, high) == (4, 4)
