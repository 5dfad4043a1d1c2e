"""Fitted decision trees as plain arrays, so that predicting needs no tree library."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from molkit.learners.tree_masks import BLOCK, TreeMasks, tree_masks

_FEWEST_FOR_MASKS = 64  # rows; fewer are sooner followed down one by one
_WALKED_AT_ONCE = 256  # rows; bounds the memory of rows x trees
_ARRAYS = ("roots", "feature", "threshold", "child", "value")


@dataclass(frozen=True)
class FlatTrees:
    """T binary trees in common node arrays.

    A row goes to `child` if its feature is at most `threshold`, else to `child + 1`; a leaf is its own child
    with an infinite threshold, so a row that arrived stays.
    """

    roots: np.ndarray  # int32 [T]
    feature: np.ndarray  # int16 or int32 [nodes]
    threshold: np.ndarray  # float32 [nodes]
    child: np.ndarray  # int32 [nodes]
    value: np.ndarray  # float32 [nodes], used at leaves

    def leaf_sum(self, features: np.ndarray) -> np.ndarray:
        """Sum over trees of the leaf values of each row; features float32 [n, F] to float64 [n]."""
        features = np.asarray(features, np.float32)
        masks = self._masks if len(features) >= _FEWEST_FOR_MASKS else None
        leaf_values, step = (self._walked, _WALKED_AT_ONCE) if masks is None else (masks.leaf_values, BLOCK)
        total = np.empty(len(features))
        for start in range(0, len(features), step):
            part = slice(start, start + step)
            total[part] = leaf_values(features[part]).sum(axis=1, dtype=np.float64)
        return total

    def arriving(self, features: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The sum of the weights [n] of the rows that end in each leaf, float64 [nodes]; 0 at inner nodes."""
        total = np.zeros(len(self.value))
        for start in range(0, len(features), _WALKED_AT_ONCE):
            part = slice(start, start + _WALKED_AT_ONCE)
            leaves = self._leaves(np.ascontiguousarray(features[part], np.float32))
            own = np.repeat(weights[part], len(self.roots))
            total += np.bincount(leaves, own, minlength=len(total))
        return total

    @cached_property
    def _masks(self) -> TreeMasks | None:
        return tree_masks(self)

    def _walked(self, features: np.ndarray) -> np.ndarray:
        """The value of each row's leaf in each tree, float32 [n, T], each row followed down."""
        leaves = self._leaves(np.ascontiguousarray(features))
        return self.value[leaves].reshape(len(features), len(self.roots))

    def _leaves(self, features: np.ndarray) -> np.ndarray:
        """The leaf of each row in each tree, row by row, int32 [n * T]."""
        rows, trees = len(features), len(self.roots)
        node = np.tile(self.roots, rows)
        first = np.repeat(np.arange(rows) * features.shape[1], trees)
        flat = features.ravel()
        active = np.arange(len(node))
        while len(active):
            at = node[active]
            right = flat[first[active] + self.feature[at]] > self.threshold[at]
            following = self.child[at] + right
            node[active] = following
            active = active[following != at]
        return node

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        """Named arrays for a model file."""
        return {f"{prefix}/{name}": getattr(self, name) for name in _ARRAYS}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], prefix: str) -> FlatTrees:
        """The trees that `arrays` were taken from; raises ValueError if they point outside themselves."""
        trees = cls(**{name: arrays[f"{prefix}/{name}"] for name in _ARRAYS})
        nodes = len(trees.child)
        own = np.arange(nodes)
        inner = trees.threshold < np.inf
        down = np.where(inner, (trees.child > own) & (trees.child < nodes - 1), trees.child == own)
        if not down.all() or not ((trees.roots >= 0) & (trees.roots < nodes)).all() or (trees.feature < 0).any():
            raise ValueError("a tree does not lead downwards")
        return trees


def join(trees: list[FlatTrees]) -> FlatTrees:
    """Several sets of trees as one."""
    sizes = np.cumsum([0] + [len(part.feature) for part in trees])
    shifted = list(zip(trees, sizes, strict=False))
    return FlatTrees(
        roots=np.concatenate([t.roots + s for t, s in shifted]).astype(np.int32),
        feature=np.concatenate([t.feature for t in trees]),
        threshold=np.concatenate([t.threshold for t in trees]),
        child=np.concatenate([t.child + s for t, s in shifted]).astype(np.int32),
        value=np.concatenate([t.value for t in trees]),
    )


def flatten(
    feature: np.ndarray, threshold: np.ndarray, left: np.ndarray, right: np.ndarray, value: np.ndarray
) -> FlatTrees:
    """One tree of child lists (-1 for none, root 0) in breadth-first order, brothers side by side."""
    order = [0]
    place = np.zeros(len(feature), np.int32)
    child: list[int] = []
    for node in order:  # grows while it is read
        place[node] = len(child)
        if left[node] < 0:
            child.append(len(child))
        else:
            child.append(len(order))
            order.extend((int(left[node]), int(right[node])))
    leaf = left[order] < 0
    return FlatTrees(
        roots=np.zeros(1, np.int32),
        feature=np.where(leaf, 0, feature[order]).astype(np.int32),
        threshold=np.where(leaf, np.inf, _round_down(threshold[order])).astype(np.float32),
        child=np.array(child, np.int32),
        value=value[order].astype(np.float32),
    )


def _round_down(threshold: np.ndarray) -> np.ndarray:
    """The largest float32 at most `threshold`: the same rows of float32 features go left."""
    single = threshold.astype(np.float32)
    return np.where(single > threshold, np.nextafter(single, np.float32(-np.inf)), single)


def from_forest(estimators: list[Any], column: int) -> FlatTrees:
    """The trees of a fitted scikit-learn forest; the value is the mean, or the share of class `column`."""
    parts = []
    for estimator in estimators:
        tree = estimator.tree_
        parts.append(
            flatten(
                tree.feature,
                tree.threshold,
                tree.children_left,
                tree.children_right,
                tree.value[:, 0, column],
            )
        )
    return join(parts)


def from_lightgbm(booster: Any) -> FlatTrees:
    """The trees of a fitted LightGBM booster with numerical splits; the values add up to the raw score."""
    return join([_lightgbm_tree(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]])


def _lightgbm_tree(root: dict[str, Any]) -> FlatTrees:
    nodes: list[tuple[int, float, int, int, float]] = []

    def add(node: dict[str, Any]) -> int:
        place = len(nodes)
        if "leaf_value" in node and "split_feature" not in node:
            nodes.append((0, 0.0, -1, -1, float(node["leaf_value"])))
            return place
        if node["decision_type"] != "<=":
            raise ValueError(f"expected numerical splits, got {node['decision_type']!r}")
        nodes.append((0, 0.0, -1, -1, 0.0))
        left, right = add(node["left_child"]), add(node["right_child"])
        nodes[place] = (int(node["split_feature"]), float(node["threshold"]), left, right, 0.0)
        return place

    add(root)
    feature, threshold, left, right, value = (np.array(column) for column in zip(*nodes, strict=True))
    return flatten(feature, threshold, left, right, value)
