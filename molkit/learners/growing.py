"""How gradient boosting and a random forest are grown, for one target, and what their leaves say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from molkit.learners.flat_trees import FlatTrees, from_forest, from_lightgbm
from molkit.learners.inputs import Inputs
from molkit.learners.space import Space, Span


@dataclass(frozen=True)
class BoostingOptions:
    """LightGBM's terms; a fifth of the columns per tree keeps single fingerprint bits from dominating.

    `objective`, for regression, is "squared" or "absolute" (leaves hold medians); `imbalance`, for classes, is one of
    `molkit.imbalance.METHODS`.
    """

    trees: int = 500
    learning_rate: float = 0.03
    leaves: int = 31
    columns_per_tree: float = 0.2
    rows_per_leaf: int = 5
    objective: str = "squared"
    imbalance: str = "none"


@dataclass(frozen=True)
class ForestOptions:
    """Scikit-learn's terms; the trees are those of one fold model, of which several are averaged.

    `imbalance`, for classes, is one of `molkit.imbalance.METHODS`.
    """

    trees: int = 100
    columns_per_split: float = 0.2
    rows_per_leaf: int = 2
    imbalance: str = "none"


Options = BoostingOptions | ForestOptions
# Of several inputs there are many rows, and what counts is which goes with which: on validation rows of Davis (20,037
# training rows) the mean squared error was 0.273 with these and 0.324 with the usual ones.
_OF_SEVERAL: dict[str, Options] = {"boosting": BoostingOptions(trees=1000, learning_rate=0.05, leaves=63)}
# Patients are few, and many trees make probabilities too sure. On half of PhysioNet 2012 set-a (five folds) the usual
# ones said 0.034 on average where 0.127 was true, with a log loss of 0.51; these 0.111 and 0.29, and ROC-AUC 0.851
# instead of 0.855. Of tables, log loss went from 0.179 to 0.106 (breast cancer), from 0.336 to 0.323 (3,000 patients of
# diabetes130) and from 0.3283 to 0.3286 (40,000).
_OF_HEALTH: dict[str, dict[str, Options]] = {
    "record": {
        "boosting": BoostingOptions(trees=400, learning_rate=0.02, leaves=7, columns_per_tree=0.1, rows_per_leaf=20)
    },
    "table": {"boosting": BoostingOptions(trees=300, rows_per_leaf=40)},
}
SPACES: dict[str, Space] = {
    "boosting": {
        "trees": Span(200, 1500, log=True, whole=True),
        "learning_rate": Span(0.01, 0.12, log=True),
        "leaves": Span(7, 127, log=True, whole=True),
        "columns_per_tree": Span(0.05, 0.6, log=True),
        "rows_per_leaf": Span(2, 30, log=True, whole=True),
    },
    # more trees are never worse, only slower (Probst and Boulesteix, JMLR 2018), so that their number is not searched
    "forest": {"columns_per_split": Span(0.02, 0.6, log=True), "rows_per_leaf": Span(1, 10, whole=True)},
}
Grown = Callable[[int, int], None]  # trees grown, of how many
_TREES_BETWEEN_REPORTS = 25
_LIGHTGBM_OBJECTIVES = {"squared": "regression", "absolute": "regression_l1"}


@dataclass(frozen=True)
class Method:
    """How trees are grown on [n, F] for one target, and what the sum of their leaves means.

    `put_right` takes from trees what weights or resampling, which multiplied the odds of the positive class, made of
    their leaves; given are the features, labels and plain weights of all rows.
    """

    options: type[Options]
    grow: Callable[[np.ndarray, np.ndarray, np.ndarray, str, int, Any, Grown], FlatTrees]
    finish: Callable[[np.ndarray, int, str], np.ndarray]  # leaf sums, number of trees, kind of target
    put_right: Callable[[FlatTrees, float, np.ndarray, np.ndarray, np.ndarray], FlatTrees]


def _grow_boosting(
    features: np.ndarray,
    values: np.ndarray,
    weights: np.ndarray,
    kind: str,
    seed: int,
    options: BoostingOptions,
    grown: Grown,
) -> FlatTrees:
    """LightGBM (Ke et al., NeurIPS 2017)."""
    import lightgbm

    parameters: dict[str, Any] = {
        "objective": "binary" if kind == "binary" else _LIGHTGBM_OBJECTIVES[options.objective],
        "learning_rate": options.learning_rate,
        "num_leaves": options.leaves,
        "feature_fraction": options.columns_per_tree,
        "min_data_in_leaf": min(options.rows_per_leaf, max(len(values) // 4, 1)),
        "seed": seed % (1 << 31),
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,  # fits run side by side; and on a busy machine threads wait for each other for minutes
        "verbosity": -1,
    }
    start = None
    if kind == "binary" and options.imbalance == "balanced-batches" and 0 < values.mean() < 1:
        parameters |= _balanced_bagging(values, parameters["seed"])
        start = np.zeros(len(values))  # from even odds, as those of each tree are, not from those of all rows
    data = lightgbm.Dataset(features, label=values, weight=weights, init_score=start, params={"verbosity": -1})

    def report(state: Any) -> None:
        grown(state.iteration + 1, options.trees)

    return from_lightgbm(lightgbm.train(parameters, data, num_boost_round=options.trees, callbacks=[report]))


def _balanced_bagging(values: np.ndarray, seed: int) -> dict[str, Any]:
    """LightGBM's terms for growing each tree from all rows of the rarer class and as many of the other."""
    positives, negatives = (values > 0.5).sum(), (values <= 0.5).sum()
    few = min(positives, negatives)
    return {
        "bagging_freq": 1,
        "bagging_seed": seed,
        "pos_bagging_fraction": float(few / max(positives, 1)),
        "neg_bagging_fraction": float(few / max(negatives, 1)),
    }


def _put_boosting_right(
    trees: FlatTrees, odds: float, features: np.ndarray, values: np.ndarray, weights: np.ndarray
) -> FlatTrees:
    """The sum is a logit: the first tree takes the logarithm of the odds off."""
    end = trees.roots[1] if len(trees.roots) > 1 else len(trees.value)
    value = trees.value.copy()
    value[:end] -= np.float32(np.log(odds))
    return replace(trees, value=value)


def _finish_boosting(total: np.ndarray, trees: int, kind: str) -> np.ndarray:
    return 1 / (1 + np.exp(-total)) if kind == "binary" else total


def _grow_forest(
    features: np.ndarray,
    values: np.ndarray,
    weights: np.ndarray,
    kind: str,
    seed: int,
    options: ForestOptions,
    grown: Grown,
) -> FlatTrees:
    """Random forest (Breiman, Machine Learning 2001, 45, 5)."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    if kind == "binary" and options.imbalance == "balanced-batches" and 0 < values.mean() < 1:
        return _grow_balanced_forest(features, values, weights, seed, options, grown)
    model = (RandomForestClassifier if kind == "binary" else RandomForestRegressor)(
        n_estimators=0,
        warm_start=True,  # more trees in steps, so that progress can be told; the same trees as in one go
        max_features=options.columns_per_split,
        min_samples_leaf=options.rows_per_leaf,
        random_state=seed,
        n_jobs=1,  # fits run side by side
    )
    for count in range(_TREES_BETWEEN_REPORTS, options.trees + _TREES_BETWEEN_REPORTS, _TREES_BETWEEN_REPORTS):
        model.n_estimators = min(count, options.trees)
        model.fit(features, values, sample_weight=weights)
        grown(model.n_estimators, options.trees)
    if kind != "binary":
        return from_forest(model.estimators_, 0)
    trees = from_forest(model.estimators_, len(model.classes_) - 1)
    # of one class alone scikit-learn knows only that class, whose share is 1
    return trees if len(model.classes_) > 1 else replace(trees, value=trees.value * np.float32(values[0]))


def _grow_balanced_forest(
    features: np.ndarray, values: np.ndarray, weights: np.ndarray, seed: int, options: ForestOptions, grown: Grown
) -> FlatTrees:
    """Each tree from as many rows of either class as the rarer one has, drawn with replacement.

    Chen, Liaw and Breiman, Technical Report 666, University of California, Berkeley, 2004.
    """
    from sklearn.tree import DecisionTreeClassifier

    rng = np.random.default_rng(seed)
    classes = [np.flatnonzero(values == code) for code in (0, 1)]
    size = min(map(len, classes))
    grown_trees = []
    for place in range(options.trees):
        rows = np.concatenate([rng.choice(own, size) for own in classes])
        tree = DecisionTreeClassifier(
            max_features=options.columns_per_split,
            min_samples_leaf=options.rows_per_leaf,
            random_state=int(rng.integers(1 << 31)),
        )
        grown_trees.append(tree.fit(features[rows], values[rows], sample_weight=weights[rows]))
        if (place + 1) % _TREES_BETWEEN_REPORTS == 0 or place + 1 == options.trees:
            grown(place + 1, options.trees)
    return from_forest(grown_trees, 1)


def _put_forest_right(
    trees: FlatTrees, odds: float, features: np.ndarray, values: np.ndarray, weights: np.ndarray
) -> FlatTrees:
    """Every leaf says the share of positives among all rows that end in it; as grown, most leaves hold one class."""
    counts, positive = trees.arriving(features, weights), trees.arriving(features, weights * values)
    share = np.divide(positive, counts, out=trees.value.astype(np.float64), where=counts > 0)
    return replace(trees, value=share.astype(np.float32))


def _finish_forest(total: np.ndarray, trees: int, kind: str) -> np.ndarray:
    return total / trees


METHODS = {
    "boosting": Method(BoostingOptions, _grow_boosting, _finish_boosting, _put_boosting_right),
    "forest": Method(ForestOptions, _grow_forest, _finish_forest, _put_forest_right),
}


def usual_options(kind: str, inputs: Inputs) -> Options:
    """The options that suit these inputs."""
    kinds = list(inputs.values())
    suited = _OF_SEVERAL if len(kinds) > 1 else _OF_HEALTH.get(kinds[0], {})
    return suited.get(kind) or METHODS[kind].options()
