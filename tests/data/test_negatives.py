"""Degree-matched negatives of scripts/negatives.py: as frequent as asked, none that is known, none twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loaded import load

_negatives = load("scripts/negatives.py")
degree_matched, degree_matched_blocks = _negatives.degree_matched, _negatives.degree_matched_blocks

PAIRS = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), min_size=0, max_size=40)


def positives_of(pairs: list[tuple[int, int]]) -> np.ndarray:
    """Distinct pairs of two, in any order."""
    return np.array(sorted({(min(p), max(p)) for p in pairs if p[0] != p[1]}), np.int64).reshape(-1, 2)


def sorted_set(pairs: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(sorted(pair)) for pair in pairs.tolist()}


def sparse(entities: int = 200, rows: int = 1000) -> np.ndarray:
    """Distinct pairs of some frequent and many rare entities."""
    rng = np.random.default_rng(1)
    return positives_of((rng.random((rows, 2)) ** 1.3 * entities).astype(int).tolist())


@given(pairs=PAIRS, more=PAIRS, count=st.integers(0, 40), seed=st.integers(0, 3))
def test_no_negative_is_known_or_given_twice(
    pairs: list[tuple[int, int]], more: list[tuple[int, int]], count: int, seed: int
) -> None:
    positives, forbidden = positives_of(pairs), np.array(more, np.int64).reshape(-1, 2)
    found = degree_matched(positives, count, seed, forbidden)
    assert len(found) <= count
    assert len(sorted_set(found)) == len(found)
    assert (found[:, 0] != found[:, 1]).all()
    assert not sorted_set(found) & (sorted_set(positives) | sorted_set(forbidden))
    np.testing.assert_array_equal(found, degree_matched(positives, count, seed, forbidden))


@given(pairs=PAIRS, seed=st.integers(0, 3))
def test_no_entity_is_more_frequent_than_among_positives(pairs: list[tuple[int, int]], seed: int) -> None:
    positives = positives_of(pairs)
    found = degree_matched(positives, len(positives), seed)
    excess = np.bincount(found.reshape(-1), minlength=16) - np.bincount(positives.reshape(-1), minlength=16)
    assert (excess <= 0).all()
    assert excess.sum() == -2 * (len(positives) - len(found))


def test_in_a_sparse_list_every_entity_is_as_frequent() -> None:
    positives = sparse()
    found = degree_matched(positives, len(positives), 0)
    np.testing.assert_array_equal(*(np.bincount(p.reshape(-1), minlength=200) for p in (found, positives)))
    half = degree_matched(positives, len(positives) // 2, 0)
    degrees = [np.bincount(p.reshape(-1), minlength=200) for p in (half, positives)]
    assert np.abs(degrees[0] - degrees[1] * len(half) / len(positives)).max() < 1


def test_inputs_that_are_not_alike_are_matched_by_column() -> None:
    positives = np.unique(sparse() % (200, 80), axis=0)
    found = degree_matched(positives, len(positives), 0, alike=False)
    assert len(found) == len(positives)
    for column in (0, 1):
        np.testing.assert_array_equal(np.bincount(found[:, column]), np.bincount(positives[:, column]))
    assert not set(map(tuple, found.tolist())) & set(map(tuple, positives.tolist()))


def test_where_all_pairs_are_positive_there_are_no_negatives() -> None:
    everything = np.stack(np.triu_indices(8, 1), axis=1)
    assert len(degree_matched(everything, 10, 0)) == 0


def test_partners_are_exchanged_where_drawing_fails() -> None:
    """A hub that interacts with all but 20 of 60: at random, nearly all of its 39 pairs would be known or repeated."""
    hub = np.stack([np.zeros(20, int), np.arange(1, 21)], axis=1)
    ring = np.stack([np.arange(21, 60), np.r_[np.arange(22, 60), 21]], axis=1)
    positives = np.concatenate([hub, ring])
    found = degree_matched(positives, len(positives), 0)
    assert (found == 0).any(axis=1).sum() == 20
    assert len(found) == len(positives)


@pytest.mark.parametrize("seed", range(3))
def test_blocks_pair_as_positives_do(seed: int) -> None:
    positives, blocks = sparse(), (np.arange(200) % 5 == 0).astype(np.int64)
    found = degree_matched_blocks(positives, blocks, seed)
    assert len(found) == len(positives)
    assert not sorted_set(found) & sorted_set(positives)
    assert len(sorted_set(found)) == len(found)
    for kind in (0, 1, 2):
        rows = [pairs[blocks[pairs].sum(axis=1) == kind] for pairs in (found, positives)]
        np.testing.assert_array_equal(*(np.bincount(r.reshape(-1), minlength=200) for r in rows))
