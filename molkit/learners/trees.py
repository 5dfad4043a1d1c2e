"""Gradient boosting and a random forest on fingerprints and descriptors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from molkit.data.batching import Columns, dense
from molkit.learners.flat_trees import FlatTrees, from_forest, from_lightgbm
from molkit.learners.protocol import Progress, State, check_measured, stream_seed
from molkit.types import Measurements


@dataclass(frozen=True)
class BoostingOptions:
    """LightGBM's terms; a fifth of the columns per tree keeps single fingerprint bits from dominating."""

    trees: int = 500
    learning_rate: float = 0.03
    leaves: int = 31
    columns_per_tree: float = 0.2
    rows_per_leaf: int = 5


@dataclass(frozen=True)
class ForestOptions:
    """Scikit-learn's terms."""

    trees: int = 300
    columns_per_split: float = 0.2
    rows_per_leaf: int = 2


Options = BoostingOptions | ForestOptions
Grown = Callable[[int, int], None]  # trees grown, of how many
_TREES_BETWEEN_REPORTS = 25
_FEWEST_ROWS_FOR_THREADS = 20_000


@dataclass(frozen=True)
class Method:
    """How trees are grown on [n, F] for one target, and what the sum of their leaves means."""

    options: type[Options]
    grow: Callable[[np.ndarray, np.ndarray, np.ndarray, str, int, Any, Grown], FlatTrees]
    finish: Callable[[np.ndarray, int, str], np.ndarray]  # leaf sums, number of trees, kind of target


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

    parameters = {
        "objective": "binary" if kind == "binary" else "regression",
        "learning_rate": options.learning_rate,
        "num_leaves": options.leaves,
        "feature_fraction": options.columns_per_tree,
        "min_data_in_leaf": min(options.rows_per_leaf, max(len(values) // 4, 1)),
        "seed": seed % (1 << 31),
        "deterministic": True,
        "force_row_wise": True,
        # with few rows threads only wait for each other, and on a busy machine they do so for minutes
        "num_threads": 1 if len(values) < _FEWEST_ROWS_FOR_THREADS else 0,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(features, label=values, weight=weights, params={"verbosity": -1})

    def report(state: Any) -> None:
        grown(state.iteration + 1, options.trees)

    return from_lightgbm(lightgbm.train(parameters, data, num_boost_round=options.trees, callbacks=[report]))


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

    model = (RandomForestClassifier if kind == "binary" else RandomForestRegressor)(
        n_estimators=0,
        warm_start=True,  # more trees in steps, so that progress can be told; the same trees as in one go
        max_features=options.columns_per_split,
        min_samples_leaf=options.rows_per_leaf,
        random_state=seed,
        n_jobs=-1,
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


def _finish_forest(total: np.ndarray, trees: int, kind: str) -> np.ndarray:
    return total / trees


METHODS = {
    "boosting": Method(BoostingOptions, _grow_boosting, _finish_boosting),
    "forest": Method(ForestOptions, _grow_forest, _finish_forest),
}


class TreeLearner:
    """One set of trees per target on the columns `drug/fingerprint` and `drug/descriptors`.

    Only columns that vary in the training rows are kept; a missing descriptor gets the training median.
    A censored value never counts as measured: trees are first grown without it, then again with the larger
    (for "above") or smaller (for "below") of its limit and their prediction, as Buckley and James did for
    linear models (Biometrika 1979, 66, 429).
    """

    def __init__(self, kind: str, kinds: Sequence[str], options: Options | None = None) -> None:
        self.kind = kind
        self.kinds = tuple(kinds)
        self.method = METHODS[kind]
        self.options = options or self.method.options()
        self.columns = np.empty(0, np.int32)
        self.median = np.empty(0, np.float32)
        self.trees: list[FlatTrees] = []

    @property
    def needs(self) -> tuple[str, ...]:
        """Keys of the packed columns that `fit` and `predict` read."""
        return ("drug/fingerprint", "drug/descriptors")

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
        rows = {key: column for key, column in columns.items() if key in self.needs}
        features = _matrix(rows)[train]
        with np.errstate(all="ignore"):
            median = np.nanmedian(np.where(np.isnan(features).all(axis=0), 0, features), axis=0)
        features = np.where(np.isnan(features), median, features)
        self.columns = np.flatnonzero((features != features[:1]).any(axis=0)).astype(np.int32)
        if not len(self.columns):
            self.columns = np.zeros(1, np.int32)
        self.median = median[self.columns].astype(np.float32)
        features = features[:, self.columns].astype(np.float32)
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
        measured = ~np.isnan(values)
        exact = measured & (relations == 0)
        passes = 1 if exact.sum() == measured.sum() else 2

        def grow(rows: np.ndarray, targets: np.ndarray, before: int = 0) -> FlatTrees:
            def report(trees: int, of: int) -> None:
                grown(before * of + trees, passes * of)

            return self.method.grow(features[rows], targets[rows], weights[rows], kind, own_seed, self.options, report)

        trees = grow(exact, values)
        if passes == 1:
            return trees
        guess = self._finish(trees, features, kind)
        filled = np.where(relations > 0, np.maximum(values, guess), np.minimum(values, guess))
        filled = np.where(relations == 0, values, filled)
        return grow(measured, filled, before=1)

    def _finish(self, trees: FlatTrees, features: np.ndarray, kind: str) -> np.ndarray:
        return self.method.finish(trees.leaf_sum(features), len(trees.roots), kind)

    def predict(self, columns: Columns) -> np.ndarray:
        """Units or probabilities, float64 [B, K]; rows keep their order."""
        features = _matrix(columns)[:, self.columns].astype(np.float32)
        features = np.where(np.isnan(features), self.median, features)
        return np.stack(
            [self._finish(t, features, kind) for t, kind in zip(self.trees, self.kinds, strict=True)],
            axis=1,
        )

    def state(self) -> State:
        """Everything that `from_state` needs."""
        arrays = {"columns": self.columns, "median": self.median}
        for k, trees in enumerate(self.trees):
            arrays |= trees.arrays(str(k))
        config = {"kind": self.kind, "kinds": list(self.kinds), "options": asdict(self.options)}
        return State(config, arrays)

    @classmethod
    def from_state(cls, state: State) -> TreeLearner:
        """The learner that `state` was taken from."""
        kind = state.config["kind"]
        learner = cls(kind, tuple(state.config["kinds"]), METHODS[kind].options(**state.config["options"]))
        learner.columns, learner.median = state.arrays["columns"], state.arrays["median"]
        learner.trees = [FlatTrees.from_arrays(dict(state.arrays), str(k)) for k in range(len(learner.kinds))]
        return learner


def _matrix(columns: Columns) -> np.ndarray:
    parts = [dense(columns["drug/fingerprint"]).astype(np.float32), dense(columns["drug/descriptors"])]
    return np.concatenate(parts, axis=1)
