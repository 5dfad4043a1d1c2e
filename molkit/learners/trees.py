"""Gradient boosting and a random forest on fingerprints and descriptors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from molkit.data.batching import Columns
from molkit.imbalance import emphasis
from molkit.learners.censored import fit_censored
from molkit.learners.flat_trees import FlatTrees, from_forest, from_lightgbm
from molkit.learners.protocol import Progress, State, check_measured, stream_seed
from molkit.learners.selection import Selection, select
from molkit.learners.space import Space, Span
from molkit.types import Measurements


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
Options = BoostingOptions | ForestOptions
Grown = Callable[[int, int], None]  # trees grown, of how many
_FEATURES = ("drug/fingerprint", "drug/descriptors", "drug/pharmacophore")
FEATURES_OF_FORMAT_1 = _FEATURES[:2]
_TREES_BETWEEN_REPORTS = 25
_LIGHTGBM_OBJECTIVES = {"squared": "regression", "absolute": "regression_l1"}


@dataclass(frozen=True)
class Method:
    """How trees are grown on [n, F] for one target, and what the sum of their leaves means.

    `put_right` takes from the leaves what weights or resampling made of the odds of the positive class.
    """

    options: type[Options]
    grow: Callable[[np.ndarray, np.ndarray, np.ndarray, str, int, Any, Grown], FlatTrees]
    finish: Callable[[np.ndarray, int, str], np.ndarray]  # leaf sums, number of trees, kind of target
    put_right: Callable[[FlatTrees, float], FlatTrees]


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


def _put_boosting_right(trees: FlatTrees, odds: float) -> FlatTrees:
    """The sum is a logit: the first tree takes it off."""
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


def _put_forest_right(trees: FlatTrees, odds: float) -> FlatTrees:
    """Each leaf holds a share of positives."""
    share = trees.value.astype(np.float64)
    return replace(trees, value=(share / (share + odds * (1 - share))).astype(np.float32))


def _finish_forest(total: np.ndarray, trees: int, kind: str) -> np.ndarray:
    return total / trees


METHODS = {
    "boosting": Method(BoostingOptions, _grow_boosting, _finish_boosting, _put_boosting_right),
    "forest": Method(ForestOptions, _grow_forest, _finish_forest, _put_forest_right),
}


class TreeLearner:
    """One set of trees per target on fingerprints, descriptors and pharmacophores of the input `drug`.

    Only columns that vary in the training rows are kept; a missing value gets the training median. A censored
    value never counts as measured (see `fit_censored`).
    """

    def __init__(self, kind: str, kinds: Sequence[str], options: Options | None = None) -> None:
        self.kind = kind
        self.kinds = tuple(kinds)
        self.method = METHODS[kind]
        self.options = options or self.method.options()
        self.selection = Selection(_FEATURES, np.empty(0, np.int32), np.empty(0, np.float32))
        self.trees: list[FlatTrees] = []

    @property
    def needs(self) -> tuple[str, ...]:
        """Keys of the packed columns that `fit` and `predict` read."""
        return self.selection.needs

    def fit(
        self,
        columns: Columns,
        labels: Measurements,
        train: np.ndarray,
        valid: np.ndarray,
        seed: int,
        progress: Progress | None = None,
    ) -> None:
        """Grow the trees on rows `train`; rows `valid` are not read, nothing is chosen on them.

        Raises InputError if a target was never measured in the training rows.
        """
        check_measured(labels, train)
        self.selection, features = select(columns, self.needs, train)
        self.trees = []
        for k in range(len(self.kinds)):

            def grown(trees: int, of: int, k: int = k) -> None:
                if progress:
                    progress(k * of + trees, len(self.kinds) * of, {})

            self.trees.append(self._fit_target(features, labels, train, k, seed, grown))

    def _fit_target(
        self, features: np.ndarray, labels: Measurements, train: np.ndarray, k: int, seed: int, grown: Grown
    ) -> FlatTrees:
        kind, own_seed = self.kinds[k], stream_seed(seed, f"{self.kind} {k}")
        values, relations, weights = labels.values[train, k], labels.relations[train, k], labels.weights[train]

        def grow(rows: np.ndarray, targets: np.ndarray, number: int, fits: int) -> FlatTrees:
            def report(trees: int, of: int) -> None:
                grown(number * of + trees, fits * of)

            own = np.flatnonzero(rows)
            told = weights[own]
            if kind != "binary":
                return self.method.grow(features[own], targets[own], told, kind, own_seed, self.options, report)
            chosen = emphasis(self.options.imbalance, targets[own], told, own_seed)
            own, told = own[chosen.rows], (told * chosen.factors)[chosen.rows]
            trees = self.method.grow(features[own], targets[own], told, kind, own_seed, self.options, report)
            return trees if chosen.odds == 1 else self.method.put_right(trees, chosen.odds)

        return fit_censored(values, relations, grow, lambda trees: self._finish(trees, features, kind))

    def _finish(self, trees: FlatTrees, features: np.ndarray, kind: str) -> np.ndarray:
        return self.method.finish(trees.leaf_sum(features), len(trees.roots), kind)

    def predict(self, columns: Columns) -> np.ndarray:
        """Units or probabilities, float64 [B, K]; rows keep their order."""
        features = self.selection.matrix(columns)
        return np.stack(
            [self._finish(t, features, kind) for t, kind in zip(self.trees, self.kinds, strict=True)],
            axis=1,
        )

    def state(self) -> State:
        """Everything that `from_state` needs."""
        arrays = {"columns": self.selection.columns, "median": self.selection.median}
        for k, trees in enumerate(self.trees):
            arrays |= trees.arrays(str(k))
        needs, options = list(self.needs), asdict(self.options)
        return State({"kind": self.kind, "kinds": list(self.kinds), "options": options, "needs": needs}, arrays)

    @classmethod
    def from_state(cls, state: State) -> TreeLearner:
        """The learner that `state` was taken from."""
        kind = state.config["kind"]
        learner = cls(kind, tuple(state.config["kinds"]), METHODS[kind].options(**state.config["options"]))
        needs = tuple(state.config.get("needs", FEATURES_OF_FORMAT_1))
        learner.selection = Selection(needs, state.arrays["columns"], state.arrays["median"])
        learner.trees = [FlatTrees.from_arrays(dict(state.arrays), str(k)) for k in range(len(learner.kinds))]
        return learner
