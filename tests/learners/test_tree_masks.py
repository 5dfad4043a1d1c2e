"""Leaves by masks of rows against following every row down its trees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesRegressor

from molkit.learners.flat_trees import FlatTrees, flatten, from_forest, join
from molkit.learners.tree_masks import BLOCK, TreeMasks, tree_masks

FEATURES = 9


def random_tree(rng: np.random.Generator, leaves: int) -> FlatTrees:
    """A leaf at a time becomes a node with two of its own; thresholds are few, so that rows stand on them."""
    size = 2 * leaves - 1
    left, right = np.full(size, -1), np.full(size, -1)
    ends = [0]
    for node in range(1, size, 2):
        parent = ends.pop(int(rng.integers(len(ends))))
        left[parent], right[parent] = node, node + 1
        ends += [node, node + 1]
    feature, threshold = rng.integers(0, FEATURES, size), rng.integers(-2, 3, size) / 2
    return flatten(feature, threshold, left, right, rng.normal(size=size))


def random_trees(seed: int, leaves: list[int]) -> FlatTrees:
    rng = np.random.default_rng(seed)
    return join([random_tree(rng, count) for count in leaves])


def rows(count: int, seed: int = 0) -> np.ndarray:
    """Many of them on thresholds, beside them, infinite or missing."""
    rng = np.random.default_rng(seed)
    x = (rng.integers(-3, 4, (count, FEATURES)) / 2).astype(np.float32)
    beside = rng.random(x.shape)
    x = np.where(beside < 0.2, np.nextafter(x, np.float32(np.inf)), x)
    x[beside > 0.97], x[beside > 0.98], x[beside > 0.99] = np.inf, -np.inf, np.nan
    return x


def masks(trees: FlatTrees) -> TreeMasks:
    found = tree_masks(trees)
    assert found is not None
    return found


def followed(trees: FlatTrees, x: np.ndarray) -> np.ndarray:
    """The value of each row's leaf in each tree, [n, T], by the plainest of loops."""
    values = np.empty((len(x), len(trees.roots)), np.float32)
    for i, row in enumerate(x):
        for k, node in enumerate(trees.roots):
            while trees.child[node] != node:
                node = trees.child[node] + int(row[trees.feature[node]] > trees.threshold[node])
            values[i, k] = trees.value[node]
    return values


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("leaves", [[1], [1, 1, 1], [2], [5, 1, 31, 2, 16], [256, 3], [40] * 12])
def test_every_row_ends_in_the_leaf_that_a_loop_finds(seed: int, leaves: list[int]) -> None:
    trees, x = random_trees(seed, leaves), rows(70, seed)
    expected = followed(trees, x)
    np.testing.assert_array_equal(masks(trees).leaf_values(x), expected)
    np.testing.assert_array_equal(trees._walked(x), expected)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 63, 64, 65, BLOCK - 1, BLOCK])
@pytest.mark.parametrize("order", ["C", "F"])
def test_the_number_of_rows_and_their_order_in_memory_do_not_matter(count: int, order: str) -> None:
    trees, x = random_trees(1, [31] * 20), np.asarray(rows(BLOCK), order=order)[:count]  # type: ignore[call-overload]
    np.testing.assert_array_equal(masks(trees).leaf_values(x), trees._walked(x))


@pytest.mark.parametrize("trees", [1, 7, 120, 1500])
def test_sums_are_the_same_bits_for_one_row_and_for_a_thousand(trees: int) -> None:
    """One row is followed down its trees, many are not."""
    grown, x = random_trees(2, [8] * trees), rows(1000, 3)
    alone = np.array([grown.leaf_sum(x[i : i + 1])[0] for i in range(0, 1000, 37)])
    for many in (x, np.asfortranarray(x)):
        np.testing.assert_array_equal(grown.leaf_sum(many)[::37], alone)
    np.testing.assert_array_equal(grown.leaf_sum(x[37:])[::37], alone[1:])


def test_trees_of_very_many_leaves_are_left_to_the_plain_way() -> None:
    trees, x = random_trees(4, [257, 2]), rows(300)
    assert tree_masks(trees) is None
    np.testing.assert_array_equal(trees.leaf_sum(x), followed(trees, x).sum(axis=1, dtype=np.float64))


def test_nodes_that_are_reached_in_two_ways_are_left_to_the_plain_way() -> None:
    """Forty levels of two nodes that have the same children are a million million paths."""
    child = [1, *[2 * ((node - 1) // 2) + 3 for node in range(1, 79)], 79, 80]
    size = len(child)
    leaf = np.array(child) == np.arange(size)
    shared = FlatTrees(
        roots=np.zeros(1, np.int32),
        feature=np.zeros(size, np.int32),
        threshold=np.where(leaf, np.inf, 0).astype(np.float32),
        child=np.array(child, np.int32),
        value=np.arange(size, dtype=np.float32),
    )
    FlatTrees.from_arrays(shared.arrays("t"), "t")
    assert tree_masks(shared) is None
    assert shared.leaf_sum(np.repeat(rows(1), 100, axis=0)).tolist() in ([79.0] * 100, [80.0] * 100)


def test_trees_of_scikit_learn() -> None:
    x = np.random.default_rng(0).normal(size=(BLOCK, FEATURES)).astype(np.float32)
    forest = ExtraTreesRegressor(20, max_leaf_nodes=90, random_state=0).fit(x, x[:, 0] * x[:, 1])
    trees = from_forest(forest.estimators_, 0)
    found = masks(trees).leaf_values(x)
    for place, estimator in enumerate(forest.estimators_):
        np.testing.assert_array_equal(found[:, place], estimator.predict(x).astype(np.float32))


def test_equal_questions_are_asked_once() -> None:
    trees = random_trees(5, [31] * 50)
    pairs = {(int(f), float(t)) for f, t in zip(trees.feature, trees.threshold, strict=True) if t < np.inf}
    assert len(masks(trees).feature) == len(pairs) < (trees.threshold < np.inf).sum() / 10
    assert len(masks(replace(trees, feature=trees.feature % 2)).feature) < len(pairs)
