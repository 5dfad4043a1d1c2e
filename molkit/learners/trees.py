"""Gradient boosting and a random forest on fingerprints, descriptors and other arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np

from molkit.data.batching import Columns
from molkit.imbalance import emphasis
from molkit.learners.censored import fit_censored
from molkit.learners.flat_trees import FlatTrees
from molkit.learners.growing import METHODS, Grown, Options
from molkit.learners.inputs import DRUG, arrays_of, column_keys
from molkit.learners.protocol import Progress, State, check_measured, stream_seed
from molkit.learners.selection import Joined, Selection, join, select
from molkit.types import Measurements

FEATURES_OF_FORMAT_1 = ("drug/fingerprint", "drug/descriptors")


class TreeLearner:
    """One set of trees per target on the array features of all inputs, of a molecule its fingerprint and descriptors.

    Only columns that vary in the training rows are kept; a missing value gets the training median. A censored
    value never counts as measured (see `fit_censored`).
    """

    def __init__(
        self, kind: str, kinds: Sequence[str], options: Options | None = None, arrays: Sequence[str] = arrays_of(DRUG)
    ) -> None:
        self.kind = kind
        self.kinds = tuple(kinds)
        self.method = METHODS[kind]
        self.options = options or self.method.options()
        self.selection = Selection(tuple(arrays), np.empty(0, np.int32), np.empty(0, np.float32))
        self.trees: list[FlatTrees] = []  # their features are columns of all that `needs` hold

    @property
    def needs(self) -> tuple[str, ...]:
        """Keys of the packed columns that `fit` and `predict` read."""
        return column_keys(self.selection.arrays)

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
        self.selection, features = select(columns, self.selection.arrays, train)
        self.trees = []
        for k in range(len(self.kinds)):

            def grown(trees: int, of: int, k: int = k) -> None:
                if progress:
                    progress(k * of + trees, len(self.kinds) * of, {})

            trees = self._fit_target(features, labels, train, k, seed, grown)
            self.trees.append(replace(trees, feature=self.selection.columns[trees.feature]))

    def _fit_target(
        self, features: np.ndarray, labels: Measurements, train: np.ndarray, k: int, seed: int, grown: Grown
    ) -> FlatTrees:
        kind, own_seed = self.kinds[k], stream_seed(seed, f"{self.kind} {k}")
        values, relations, weights = labels.values[train, k], labels.relations[train, k], labels.weights[train]

        def grow(rows: np.ndarray, targets: np.ndarray, number: int, fits: int) -> FlatTrees:
            def report(trees: int, of: int) -> None:
                grown(number * of + trees, fits * of)

            x, y, w = features[rows], targets[rows], weights[rows]
            if kind != "binary":
                return self.method.grow(x, y, w, kind, own_seed, self.options, report)
            chosen = emphasis(self.options.imbalance, y, w, own_seed)
            taken = slice(None) if (chosen.counts == 1).all() else chosen.rows  # a copy of all features is large
            heavier = w * chosen.factors
            trees = self.method.grow(x[taken], y[taken], heavier[taken], kind, own_seed, self.options, report)
            return trees if chosen.odds == 1 else self.method.put_right(trees, chosen.odds, x, y, w)

        return fit_censored(values, relations, grow, lambda trees: self._finish(trees, features, kind))

    def _finish(self, trees: FlatTrees, features: np.ndarray, kind: str) -> np.ndarray:
        return self.method.finish(trees.leaf_sum(features), len(trees.roots), kind)

    def predict(self, columns: Columns) -> np.ndarray:
        """Units or probabilities, float64 [B, K]; rows keep their order."""
        return self.predict_alike([self], columns)[0]

    @staticmethod
    def predict_alike(models: Sequence[TreeLearner], columns: Columns) -> list[np.ndarray]:
        """What several models that read the same features say, each [B, K]; these are joined once."""
        joined = join(columns, models[0].selection.arrays)
        return [model._said(joined) for model in models]

    def _said(self, joined: Joined) -> np.ndarray:
        features = self.selection.filled(joined)
        said = [self._finish(trees, features, kind) for trees, kind in zip(self.trees, self.kinds, strict=True)]
        return np.stack(said, axis=1)

    def state(self) -> State:
        """Everything that `from_state` needs."""
        arrays = {"columns": self.selection.columns, "median": self.selection.median}
        for k, trees in enumerate(self.trees):
            place = np.searchsorted(self.selection.columns, trees.feature).astype(np.int32)
            arrays |= replace(trees, feature=place).arrays(str(k))
        needs, options = list(self.selection.arrays), asdict(self.options)
        return State({"kind": self.kind, "kinds": list(self.kinds), "options": options, "needs": needs}, arrays)

    @classmethod
    def from_state(cls, state: State) -> TreeLearner:
        """The learner that `state` was taken from."""
        kind = state.config["kind"]
        learner = cls(kind, tuple(state.config["kinds"]), METHODS[kind].options(**state.config["options"]))
        arrays = tuple(state.config.get("needs", FEATURES_OF_FORMAT_1))
        learner.selection = Selection(arrays, state.arrays["columns"], state.arrays["median"])
        for k in range(len(learner.kinds)):
            trees = FlatTrees.from_arrays(dict(state.arrays), str(k))
            learner.trees.append(replace(trees, feature=learner.selection.columns[trees.feature]))
        return learner
