"""Similar rows, against comparing all of them one by one."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.data.folds import plain_folds
from molkit.neighbours import RowIndex, Sketches, held_out_similarity


def tanimoto(one: np.ndarray, other: np.ndarray) -> float:
    """Of two packed fingerprints, by definition."""
    a, b = np.unpackbits(one), np.unpackbits(other)
    return float((a & b).sum() / max((a | b).sum(), 1))


def brute(rows: Sketches, others: Sketches) -> np.ndarray:
    """Similarity of every row to every other."""
    found = np.empty((len(rows), len(others)))
    for i, own in enumerate(rows.index):
        for j, their in enumerate(others.index):
            found[i, j] = alike(rows, own, others, their)
            if rows.swaps:
                order = list(range(len(own)))
                order[rows.swaps[0]], order[rows.swaps[1]] = rows.swaps[1], rows.swaps[0]
                found[i, j] = max(found[i, j], alike(rows, own, others, their, tuple(order)))
    return found


def alike(rows: Sketches, own: np.ndarray, others: Sketches, their: np.ndarray, order: tuple[int, ...] = ()) -> float:
    order = order or tuple(range(len(own)))
    pairs = enumerate(order)
    return float(np.mean([tanimoto(rows.bits[p][own[p]], others.bits[q][their[q]]) for q, p in pairs]))


def sketches(
    rng: np.random.Generator, rows: int, inputs: int, swaps: tuple[int, ...] = (), things: int = 9
) -> Sketches:
    bits = tuple(rng.integers(0, 256, (things, 8), dtype=np.uint8) for _ in range(inputs))
    return Sketches(bits, rng.integers(0, things, (rows, inputs)), swaps)


@pytest.mark.parametrize(("inputs", "swaps"), [(1, ()), (2, ()), (2, (0, 1)), (3, ()), (3, (0, 2))])
def test_similarity_is_the_mean_over_inputs_in_the_better_order(inputs: int, swaps: tuple[int, ...]) -> None:
    rng = np.random.default_rng(inputs)
    known, asked = sketches(rng, 40, inputs, swaps), sketches(rng, 15, inputs, swaps)
    index, expected = RowIndex(known), brute(asked, known)
    np.testing.assert_allclose(index.similarity(asked), expected, atol=1e-6)
    rows, similarity = index.nearest(asked)
    np.testing.assert_allclose(similarity, expected.max(axis=1), atol=1e-6)
    np.testing.assert_allclose(expected[np.arange(15), rows], similarity, atol=1e-6)


def test_swapping_alike_inputs_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    known, asked = sketches(rng, 40, 2, (0, 1)), sketches(rng, 15, 2, (0, 1))
    swapped = Sketches(asked.bits[::-1], asked.index[:, ::-1], (0, 1))
    np.testing.assert_array_equal(RowIndex(known).similarity(asked), RowIndex(known).similarity(swapped))


def test_some_rows_keep_what_they_have() -> None:
    rng = np.random.default_rng(1)
    whole, rows = sketches(rng, 30, 2), np.array([7, 3, 3, 20])
    part = whole.take(rows)
    for place, row in enumerate(rows):
        for number in range(2):
            own = part.bits[number][part.index[place, number]]
            np.testing.assert_array_equal(own, whole.bits[number][whole.index[row, number]])


@pytest.mark.parametrize("inputs", [1, 2])
def test_held_out_rows_are_compared_with_what_is_fitted_on(inputs: int) -> None:
    whole = sketches(np.random.default_rng(2), 60, inputs, things=50)
    folds = plain_folds(np.arange(50), [np.arange(0, 50, 2), np.arange(1, 50, 2)])
    found, expected = held_out_similarity(whole, folds), brute(whole, whole)
    for fold in folds:
        nearest = expected[np.ix_(fold.held_out, fold.train)].max(axis=1)
        np.testing.assert_allclose(found[fold.held_out], nearest, atol=1e-6)
    assert np.isnan(found[50:]).all()
