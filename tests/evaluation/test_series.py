"""Scores within series against pairs counted one by one and SciPy's ranks."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from molkit.evaluation import series
from molkit.evaluation.series import series_scores

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from(["", "a", "b", "c"])), max_size=30)


def by_key(keys: list[str]) -> list[list[int]]:
    return [[i for i, key in enumerate(keys) if key == wanted] for wanted in sorted(set(keys) - {""})]


@given(ROWS)
def test_pair_order_counts_pairs_of_one_series(rows: list[tuple[int, int, str]]) -> None:
    y, p, keys = [a for a, _, _ in rows], [b for _, b, _ in rows], [c for _, _, c in rows]
    pairs = [(i, j) for members in by_key(keys) for i, j in combinations(members, 2) if y[i] != y[j]]
    right = sum(0.5 if p[i] == p[j] else float((y[i] > y[j]) == (p[i] > p[j])) for i, j in pairs)
    found = series_scores(np.array(y, float), np.array(p, float), keys, 0)[1]
    assert found.value == (pytest.approx(right / len(pairs)) if pairs else None)
    assert bool(found.reason) == (not pairs)


@given(ROWS)
def test_series_spearman_is_a_mean_weighted_by_size(rows: list[tuple[int, int, str]]) -> None:
    y, p, keys = np.array([a for a, _, _ in rows]), np.array([b for _, b, _ in rows]), [c for _, _, c in rows]
    values, sizes = [], []
    for members in by_key(keys):
        if len(members) > 2 and len(set(y[members])) > 1:
            values.append(spearmanr(y[members], p[members]).statistic if len(set(p[members])) > 1 else 0.0)
            sizes.append(len(members))
    found = series_scores(y.astype(float), p.astype(float), keys, 0)[0]
    assert (found.n, found.series) == (sum(sizes), len(sizes))
    assert found.value == (pytest.approx(np.average(values, weights=sizes)) if sizes else None)


def test_an_order_between_series_counts_for_nothing() -> None:
    """Right on average over series and wrong within each: what an overall correlation hides."""
    y = np.r_[1.0, 2, 3, 11, 12, 13]
    p = np.r_[3.0, 2, 1, 13, 12, 11]
    ranks, order = series_scores(y, p, list("aaabbb"), 0)
    assert (ranks.value, order.value) == (pytest.approx(-1), 0)
    assert spearmanr(y, p).statistic > 0.5


def test_an_interval_needs_two_series_and_resamples_whole_ones() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=60)
    one = series_scores(y, y, ["a"] * 60, 0)[1]
    assert (one.value, one.low, one.high) == (1.0, None, None)
    half = series_scores(y, np.r_[y[:30], -y[30:]], ["a"] * 30 + ["b"] * 30, 0)[1]
    assert (half.value, half.low, half.high) == (0.5, 0.0, 1.0)


def test_large_series_are_counted_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 20, 50) * 1.0, rng.integers(0, 20, 50) * 1.0
    whole = series_scores(y, p, ["a"] * 50, 0)
    monkeypatch.setattr(series, "_BLOCK", 7)
    assert series_scores(y, p, ["a"] * 50, 0) == whole
