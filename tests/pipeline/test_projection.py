"""Vectors in a plane: a seeded sample of a stream, its main axes against NumPy's, neighbourhoods kept."""

from __future__ import annotations

import numpy as np
import pytest

from molkit.pipeline.projection import Sample, plane_of

VECTORS = np.random.default_rng(0).normal(size=(300, 12)).astype(np.float32)


def sampled(cuts: list[int], most: int = 40, seed: int = 0) -> Sample:
    vectors = VECTORS.copy()
    vectors[[7, 100]] = np.nan
    sample = Sample(most, seed)
    for rows in np.split(np.arange(len(vectors)), cuts):
        sample.add({"id": [str(row) for row in rows]}, [f"C{row}" for row in rows], vectors[rows])
    return sample


def test_a_sample_does_not_depend_on_the_pieces() -> None:
    one, other = sampled([]), sampled([1, 5, 120, 299])
    assert one.rows.tolist() == other.rows.tolist() == sorted(one.rows.tolist())
    np.testing.assert_array_equal(one.vectors, VECTORS[one.rows - 1])
    assert one.columns["id"] == other.columns["id"] == [str(row - 1) for row in one.rows]
    assert one.structures == [f"C{row - 1}" for row in one.rows]
    assert one.seen == other.seen == 298
    assert one.rows.tolist() != sampled([], seed=1).rows.tolist()


def test_a_sample_is_of_all_rows_alike_and_of_no_bad_one() -> None:
    counts = np.zeros(301)
    for seed in range(200):
        counts[sampled([50], seed=seed).rows] += 1
    assert counts[[8, 101]].tolist() == [0, 0]
    assert counts[1:].sum() == 200 * 40
    first, second = counts[1:151].mean(), counts[151:].mean()
    assert abs(first - second) < 2
    assert len(sampled([9], most=1000).rows) == 298


def test_few_rows_lie_on_their_principal_components() -> None:
    few = VECTORS[:30]
    found = plane_of(few)
    _, values, axes = np.linalg.svd(few - few.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(found.points), np.abs((few - few.mean(axis=0)) @ axes[:2].T), atol=1e-5)
    share = values[0] ** 2 / (values**2).sum()
    assert found.axes[0] == f"principal component 1 ({share:.0%} of the variance)"


def test_clusters_stay_together_and_a_seed_repeats() -> None:
    centres = np.repeat(np.eye(3, 12) * 20, 40, axis=0).astype(np.float32)
    vectors = centres + VECTORS[:120]
    found, again = plane_of(vectors, 3), plane_of(vectors, 3)
    np.testing.assert_array_equal(found.points, again.points)
    distance = np.linalg.norm(found.points[:, None] - found.points[None], axis=2) + np.diag([np.inf] * 120)
    assert (distance.argmin(axis=1) // 40 == np.arange(120) // 40).all()
    assert "near points are alike" in found.sentence


@pytest.mark.parametrize("shape", [(0, 5), (1, 5), (2, 1), (60, 1), (60, 0)])
def test_next_to_nothing_can_be_drawn(shape: tuple[int, int]) -> None:
    found = plane_of(np.arange(np.prod(shape), dtype=np.float32).reshape(shape))
    assert found.points.shape == (shape[0], 2)
    assert np.isfinite(found.points).all()
    assert not plane_of(np.ones(shape, np.float32)).points.any()
