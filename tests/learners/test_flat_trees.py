"""Flat trees against the libraries that grew them."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from molkit.learners.flat_trees import FlatTrees, from_forest, from_lightgbm, join

ROWS, FEATURES = 300, 12


def data(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Counts, halves and continuous values; the label needs several of them."""
    rng = np.random.default_rng(4)
    x = rng.integers(0, 4, (ROWS, FEATURES)).astype(np.float32)
    x[:, 6:9] = rng.integers(0, 9, (ROWS, 3)) / 2
    x[:, 9:] = rng.normal(size=(ROWS, 3)) * 10.0 ** rng.integers(-3, 4, (ROWS, 3))
    y = x[:, 0] + x[:, 6] * x[:, 1] + np.tanh(x[:, 9]) + rng.normal(size=ROWS) / 5
    return x, (y > np.median(y)).astype(float) if kind == "binary" else y


def boosted(kind: str) -> tuple[Any, np.ndarray]:
    x, y = data(kind)
    objective = {"binary": "binary", "regression": "regression", "absolute": "regression_l1"}[kind]
    parameters = {"objective": objective, "verbosity": -1, "min_data_in_leaf": 3, "num_leaves": 31, "seed": 1}
    return lightgbm.train(parameters, lightgbm.Dataset(x, label=y), num_boost_round=60), x


def grown(kind: str) -> tuple[Any, np.ndarray]:
    x, y = data(kind)
    forest = RandomForestClassifier if kind == "binary" else RandomForestRegressor
    return forest(n_estimators=30, min_samples_leaf=2, random_state=0, max_features=0.4).fit(x, y), x


def at_thresholds(trees: FlatTrees, x: np.ndarray, double: np.ndarray) -> np.ndarray:
    """Rows that stand exactly on, just below and just above the thresholds of the trees.

    LightGBM writes a cut beside zero as 1e-35 and reads values that small as zero; no feature has such values.
    """
    inner = np.flatnonzero(np.isfinite(trees.threshold) & (np.abs(trees.threshold) > 1e-30))
    chosen = np.random.default_rng(0).choice(inner, 400)
    rows = np.tile(x, (6, 1))[: 3 * len(chosen)].copy()
    for place, node in enumerate(chosen):
        edge = np.float32(trees.threshold[node])
        beside = (np.nextafter(edge, np.float32(-np.inf)), np.nextafter(edge, np.float32(np.inf)))
        for shift, value in enumerate((edge, *beside)):
            rows[3 * place + shift, trees.feature[node]] = value
    for place, (feature, value) in enumerate(double[np.abs(double[:, 1]) > 1e-30][:200]):
        rows[place, int(feature)] = np.float32(value)
    return rows


def splits(node: dict[str, Any]) -> list[tuple[float, float]]:
    if "split_feature" not in node:
        return []
    return [(node["split_feature"], node["threshold"]), *splits(node["left_child"]), *splits(node["right_child"])]


@pytest.mark.parametrize("kind", ["regression", "absolute", "binary"])
def test_boosted_trees_add_up_to_the_raw_score_of_lightgbm(kind: str) -> None:
    booster, x = boosted(kind)
    trees = from_lightgbm(booster)
    double = np.array([s for tree in booster.dump_model()["tree_info"] for s in splits(tree["tree_structure"])])
    rows = np.concatenate([x, at_thresholds(trees, x, double)])
    expected = booster.predict(rows.astype(np.float64), raw_score=True)
    np.testing.assert_allclose(trees.leaf_sum(rows), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", ["regression", "binary"])
def test_forest_trees_average_to_the_prediction_of_scikit_learn(kind: str) -> None:
    forest, x = grown(kind)
    trees = from_forest(forest.estimators_, 1 if kind == "binary" else 0)
    fitted = [estimator.tree_ for estimator in forest.estimators_]
    double = np.concatenate([np.c_[tree.feature, tree.threshold][tree.feature >= 0] for tree in fitted])
    rows = np.concatenate([x, at_thresholds(trees, x, double)])
    expected = forest.predict_proba(rows)[:, 1] if kind == "binary" else forest.predict(rows)
    np.testing.assert_allclose(trees.leaf_sum(rows) / 30, expected, rtol=1e-6, atol=1e-6)


def test_a_tree_without_splits_gives_its_one_value() -> None:
    x = np.zeros((40, 2), np.float32)
    booster = lightgbm.train({"verbosity": -1, "objective": "regression"}, lightgbm.Dataset(x, np.full(40, 7.0)), 3)
    np.testing.assert_allclose(from_lightgbm(booster).leaf_sum(x), booster.predict(x, raw_score=True))
    forest = RandomForestRegressor(n_estimators=3).fit(x, np.full(40, 7.0))
    np.testing.assert_allclose(from_forest(forest.estimators_, 0).leaf_sum(x), 21.0)


def test_the_number_of_rows_at_once_does_not_matter() -> None:
    forest, x = grown("regression")
    trees = from_forest(forest.estimators_, 0)
    many = np.tile(x, (3, 1))
    np.testing.assert_array_equal(trees.leaf_sum(many)[:ROWS], [float(trees.leaf_sum(row[None])[0]) for row in x])
    assert len(trees.leaf_sum(x[:0])) == 0


def test_joined_trees_add_up() -> None:
    forest, x = grown("regression")
    parts = [from_forest(forest.estimators_[:10], 0), from_forest(forest.estimators_[10:], 0)]
    np.testing.assert_allclose(join(parts).leaf_sum(x), parts[0].leaf_sum(x) + parts[1].leaf_sum(x))


def test_arrays_give_the_same_trees_again() -> None:
    forest, x = grown("binary")
    trees = from_forest(forest.estimators_, 1)
    again = FlatTrees.from_arrays(trees.arrays("p"), "p")
    np.testing.assert_array_equal(again.leaf_sum(x), trees.leaf_sum(x))


@pytest.mark.parametrize(
    ("child", "why"), [([0, 1, 2], "own child"), ([2, 1, 0], "leaf elsewhere"), ([1, 2, 2], "leaf moved")]
)
def test_trees_that_turn_back_are_refused(child: list[int], why: str) -> None:
    """A root (threshold 1) and two leaves; its children must come after it, and a leaf is its own child."""
    good = FlatTrees(
        roots=np.zeros(1, np.int32),
        feature=np.zeros(3, np.int32),
        threshold=np.array([1, np.inf, np.inf], np.float32),
        child=np.array([1, 1, 2], np.int32),
        value=np.array([0, 5, 6], np.float32),
    )
    assert FlatTrees.from_arrays(good.arrays("t"), "t").leaf_sum(np.array([[0], [2]])).tolist() == [5, 6]
    arrays = {**good.arrays("t"), "t/child": np.array(child, np.int32)}
    with pytest.raises(ValueError, match="lead downwards"):
        FlatTrees.from_arrays(arrays, "t")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("child", [3, 1, 2]),
        ("child", [2, 1, 2]),
        ("roots", [7]),
        ("roots", [-1]),
        ("feature", [-1, 0, 0]),
        ("threshold", [np.nan] * 3),
    ],
)
def test_trees_that_point_outside_themselves_are_refused(name: str, values: list[float]) -> None:
    arrays = {
        "t/roots": np.zeros(1, np.int32),
        "t/feature": np.zeros(3, np.int32),
        "t/threshold": np.array([1, np.inf, np.inf], np.float32),
        "t/child": np.array([1, 1, 2], np.int32),
        "t/value": np.array([0, 5, 6], np.float32),
    }
    arrays[f"t/{name}"] = np.array(values, arrays[f"t/{name}"].dtype)
    with pytest.raises(ValueError, match="tree"):
        FlatTrees.from_arrays(arrays, "t")
