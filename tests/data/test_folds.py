"""Folds: a partition, nothing that belongs together on two sides, equal sizes and classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molkit.data.folds import fold_rows
from molkit.data.split import METHODS, Rows, row_groups


def drawn(size: int, seed: int, targets: int = 1) -> Rows:
    """Random rows with few and many groups of every kind, and sparse labels of both kinds."""
    rng = np.random.default_rng(seed)
    most = int(rng.integers(1, size + 1))
    values = rng.normal(size=(size, targets + 1))
    values[:, :targets] = rng.random((size, targets)) < rng.uniform(0.02, 0.6)
    values[rng.random(values.shape) < 0.2] = np.nan
    return Rows(
        rng.integers(0, most, size),
        [f"s{x}" if x % 3 else "" for x in rng.integers(0, most, size)],
        values=values,
        kinds=("binary",) * targets + ("regression",),
        groups=None if seed % 2 else rng.integers(0, most, size).tolist(),
        times=np.where(rng.random(size) < 0.1, np.nan, rng.normal(size=size)),
        clusters=rng.integers(0, most, size),
        nearest=rng.random(size),
    )


@settings(max_examples=120, deadline=None)
@given(st.integers(2, 60), st.integers(0, 9999), st.sampled_from(list(METHODS)), st.integers(2, 6))
def test_folds_are_a_partition_that_no_group_crosses(size: int, seed: int, method: str, folds: int) -> None:
    rows = drawn(size, seed)
    among = np.random.default_rng(seed).permutation(size)[: max(1, size * 3 // 4)]
    found = fold_rows(rows, among, method, folds, seed)
    groups = row_groups(rows, method)
    inside = len(set(groups[among].tolist()))
    assert len(found) == (min(folds, inside) if inside > 1 else 0) or (method == "time" and 2 <= len(found) <= folds)
    if found:
        assert sorted(np.concatenate(found).tolist()) == sorted(among.tolist())
    assert all(len(fold) and (np.diff(fold) > 0).all() and fold.dtype == np.int64 for fold in found)
    for key in (rows.leak, groups, *([np.array(rows.groups)] if rows.groups else [])):
        assert sum(len(np.unique(key[fold])) for fold in found) == (len(np.unique(key[among])) if found else 0)
    again = fold_rows(rows, among[::-1], method, folds, seed)
    assert [fold.tolist() for fold in found] == [fold.tolist() for fold in again]


@pytest.mark.parametrize("method", ["random", "scaffold", "stratified", "butina"])
def test_folds_of_small_groups_are_of_equal_size_and_of_the_rows_asked_for(method: str) -> None:
    rng = np.random.default_rng(4)
    keys = rng.integers(0, 150, 400)
    rows = Rows(
        np.arange(400), [f"s{x}" for x in keys], clusters=keys, values=rng.normal(size=(400, 1)), kinds=("regression",)
    )
    among = np.sort(rng.choice(400, 300, replace=False))
    sizes = [len(fold) for fold in fold_rows(rows, among, method, 5, 0)]
    assert sum(sizes) == 300
    assert max(sizes) - min(sizes) <= 2


def test_rows_sorted_by_scaffold_are_shuffled() -> None:
    """Neighbouring scaffolds in a sorted table must not make a fold, and a seed must matter."""
    rows = Rows(np.arange(500), [f"s{row // 5:03}" for row in range(500)])
    folds = fold_rows(rows, np.arange(500), "scaffold", 5, 0)
    assert all(100 < np.abs(np.subtract.outer(fold, fold)).mean() < 230 for fold in folds)
    other = fold_rows(rows, np.arange(500), "scaffold", 5, 1)
    assert any(a.tolist() != b.tolist() for a, b in zip(folds, other, strict=True))


@settings(max_examples=60, deadline=None)
@given(st.integers(30, 120), st.integers(0, 9999), st.integers(1, 4), st.sampled_from(["random", "scaffold", "time"]))
def test_outside_of_every_fold_are_both_classes_if_that_can_be(size: int, seed: int, targets: int, method: str) -> None:
    rows = drawn(size, seed, targets)
    folds = fold_rows(rows, np.arange(size), method, 5, seed)
    assert rows.values is not None
    groups = row_groups(rows, method)
    for k in range(targets):
        for label in (0, 1):
            holders = np.flatnonzero(rows.values[:, k] == label)
            both = (rows.values[:, k] == 1 - label).any()
            if both and len(np.unique(groups[holders])) > 1 and folds:
                assert all(len(np.setdiff1d(holders, fold)) for fold in folds)


def test_classes_are_spread_evenly_over_folds() -> None:
    rng = np.random.default_rng(3)
    values = (rng.random((600, 3)) < [0.02, 0.1, 0.5]).astype(float)
    rows = Rows(rng.integers(0, 400, 600), [""] * 600, values=values, kinds=("binary",) * 3)
    folds = fold_rows(rows, np.arange(600), "random", 5, 0)
    counts = np.array([values[fold].sum(axis=0) for fold in folds])
    assert np.abs(counts - values.sum(axis=0) / 5).max() <= 2.5
    assert np.ptp([len(fold) for fold in folds]) <= 3


def test_folds_of_time_are_consecutive() -> None:
    times = np.random.default_rng(0).permutation(100).astype(float)
    rows = Rows(np.arange(100), [""] * 100, times=times)
    folds = fold_rows(rows, np.arange(100), "time", 5, 0)
    assert [sorted(times[fold]) for fold in folds] == [list(range(start, start + 20)) for start in range(0, 100, 20)]


def test_one_group_has_no_folds() -> None:
    assert fold_rows(Rows(np.zeros(9, np.int64), [""] * 9), np.arange(9), "random", 5, 0) == []
    assert fold_rows(Rows(np.arange(9), [""] * 9), np.array([3]), "random", 5, 0) == []
    assert fold_rows(Rows(np.arange(9), [""] * 9), np.array([], np.int64), "random", 5, 0) == []
