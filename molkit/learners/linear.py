"""Ridge and logistic regression on fingerprints, descriptors and pharmacophores: good with few compounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np

from molkit.data.batching import Columns
from molkit.imbalance import emphasis
from molkit.learners.censored import fit_censored
from molkit.learners.inputs import DRUG, arrays_of, column_keys
from molkit.learners.protocol import Progress, State, check_measured, stream_seed
from molkit.learners.selection import Joined, Selection, join, select
from molkit.learners.space import Space, Span
from molkit.types import Measurements

_COUNTED, _AS_THEY_ARE = "/fingerprint", "/pharmacophore"
# With fewer rows there is nothing to choose a penalty by, and the mean is predicted.
_FEWEST_ROWS = 3
_STEPS = 2000
Line = tuple[np.ndarray, float]  # coefficients [F], intercept


@dataclass(frozen=True)
class LinearOptions:
    """Penalties (on the sum of squared coefficients) are tried from `weakest` to `strongest`.

    `count_weight` multiplies the logarithm of a fingerprint count against descriptors of unit spread. No
    feature goes beyond `clip`, so that a strange compound is not extrapolated without limit. `folds` choose
    the penalty for binary targets; `imbalance` for these is one of `molkit.imbalance.METHODS` (balanced batches are
    class weights to a model that takes all rows at once).
    """

    weakest: float = 1e-1
    strongest: float = 1e5
    penalties: int = 13
    count_weight: float = 2.0
    clip: float = 5.0
    folds: int = 5
    imbalance: str = "none"

    def tried(self) -> np.ndarray:
        """The penalties, evenly spaced in their logarithm."""
        return np.geomspace(self.weakest, self.strongest, self.penalties)


# The penalty is chosen by every fit for itself, so that what is left is how the features are scaled.
SPACE: Space = {"count_weight": Span(0.2, 10.0, log=True), "clip": Span(1.5, 15.0, log=True)}


@dataclass(frozen=True)
class _Counts:
    """The fingerprint counts of some rows that are not 0, of `width` features."""

    width: int
    feature: np.ndarray  # intp [n]
    row: np.ndarray  # intp [n]
    logs: np.ndarray  # float64 [n], log(1 + count)


class LinearLearner:
    """One linear model per target on log(1 + count), pharmacophores as they are, and all else standardised.

    Ridge regression with the penalty of the least leave-one-out error (Golub, Heath and Wahba, Technometrics
    1979, 21, 215), logistic regression with the penalty of the least log loss over inner folds. Squared
    error is what both make small, whatever objective a run has. Censored values: see `fit_censored`.
    """

    kind: ClassVar[str] = "linear"

    def __init__(
        self, kinds: Sequence[str], options: LinearOptions = LinearOptions(), arrays: Sequence[str] = arrays_of(DRUG)
    ) -> None:
        self.kinds = tuple(kinds)
        self.options = options
        self.selection = Selection(tuple(arrays), np.empty(0, np.int32), np.empty(0, np.float32))
        self.counts = 0  # the first so many of the selected columns are fingerprint counts
        self.mean, self.scale = np.empty(0), np.empty(0)
        self.coefficients, self.intercepts = np.empty((len(kinds), 0)), np.empty(len(kinds))

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
        """Fit rows `train`; rows `valid` are not read, nothing is chosen on them.

        Raises InputError if a target was never measured in the training rows.
        """
        check_measured(labels, train)
        self.selection, selected = select(columns, self.selection.arrays, train)
        self._set_scale(columns, selected.astype(np.float64))
        features = self._scaled(selected.astype(np.float64))
        lines = []
        for k in range(len(self.kinds)):
            lines.append(self._fit_target(features, labels, train, k, seed))
            if progress:
                progress(k + 1, len(self.kinds), {})
        self.coefficients = np.stack([coefficients for coefficients, _ in lines])
        self.intercepts = np.array([intercept for _, intercept in lines])

    def _set_scale(self, columns: Columns, values: np.ndarray) -> None:
        """What is taken from each selected feature, and what the rest is divided by."""
        keys = self.selection.arrays
        feature = np.repeat(np.arange(len(keys)), _widths(columns, keys))[self.selection.columns]
        self.counts = int(np.array([key.endswith(_COUNTED) for key in keys])[feature].sum())
        described = np.array([not key.endswith((_COUNTED, _AS_THEY_ARE)) for key in keys])[feature]
        spread = values.std(axis=0)
        self.mean = np.where(described, values.mean(axis=0), 0.0)
        self.scale = np.where(described & (spread > 0), spread, 1.0)
        self.scale[: self.counts] = 1 / self.options.count_weight

    def _scaled(self, values: np.ndarray) -> np.ndarray:
        """The selected features as the lines take them; `values` is written over."""
        values[:, : self.counts] = np.log1p(values[:, : self.counts])
        return np.clip((values - self.mean) / self.scale, -self.options.clip, self.options.clip)

    def _fit_target(self, features: np.ndarray, labels: Measurements, train: np.ndarray, k: int, seed: int) -> Line:
        values, relations, weights = labels.values[train, k], labels.relations[train, k], labels.weights[train]
        binary, own_seed = self.kinds[k] == "binary", stream_seed(seed, f"linear {k}")

        def fit(rows: np.ndarray, targets: np.ndarray, number: int, fits: int) -> Line:
            x, y, share = features[rows], targets[rows], weights[rows] / weights[rows].mean()
            return _balanced(x, y, share, self.options, own_seed) if binary else _ridge(x, y, share, self.options)

        return fit_censored(values, relations, fit, lambda line: features @ line[0] + line[1])

    def predict(self, columns: Columns) -> np.ndarray:
        """Units or probabilities, float64 [B, K]; rows keep their order."""
        return self.predict_alike([self], columns)[0]

    @staticmethod
    def predict_alike(models: Sequence[LinearLearner], columns: Columns) -> list[np.ndarray]:
        """What several models that read the same features say, each [B, K]; these are joined once."""
        keys = models[0].selection.arrays
        joined, width = join(columns, keys), sum(_widths(columns, [key for key in keys if key.endswith(_COUNTED)]))
        feature, row = np.nonzero(joined.values[:width])
        counts = _Counts(width, feature, row, np.log1p(joined.values[feature, row].astype(np.float64)))
        return [model._said(joined, counts) for model in models]

    def _said(self, joined: Joined, counts: _Counts) -> np.ndarray:
        """The sum over the counts that are not 0, and over all other features whether chosen or not."""
        features, chosen, clip = self.selection.filled(joined).T, self.selection.columns, self.options.clip
        mean, scale = np.zeros(len(features)), np.ones(len(features))
        coefficients = np.zeros((len(self.kinds), len(features)))
        mean[chosen], scale[chosen], coefficients[:, chosen] = self.mean, self.scale, self.coefficients
        others = slice(counts.width, None)
        rest = np.clip((features[others] - mean[others, None]) / scale[others, None], -clip, clip)
        raw = np.einsum("fb,kf->bk", rest, coefficients[:, others]) + self.intercepts
        steps = np.clip(counts.logs / scale[counts.feature], -clip, clip)
        for k, own in enumerate(coefficients):
            raw[:, k] += np.bincount(counts.row, own[counts.feature] * steps, minlength=len(raw))
        binary = np.array([kind == "binary" for kind in self.kinds])
        return np.where(binary, 1 / (1 + np.exp(-np.where(binary, raw, 0))), raw)

    def state(self) -> State:
        """Everything that `from_state` needs; no structure and no row of the training table."""
        arrays = {
            "columns": self.selection.columns,
            "median": self.selection.median,
            "mean": self.mean,
            "scale": self.scale,
            "coefficients": self.coefficients,
            "intercepts": self.intercepts,
        }
        config = {"kinds": list(self.kinds), "options": asdict(self.options), "needs": list(self.selection.arrays)}
        return State({**config, "counts": self.counts}, arrays)

    @classmethod
    def from_state(cls, state: State) -> LinearLearner:
        """The learner that `state` was taken from."""
        config, arrays = state.config, state.arrays
        learner = cls(tuple(config["kinds"]), LinearOptions(**config["options"]))
        learner.selection = Selection(tuple(config["needs"]), arrays["columns"], arrays["median"])
        learner.counts = config["counts"]
        learner.mean, learner.scale = arrays["mean"], arrays["scale"]
        learner.coefficients, learner.intercepts = arrays["coefficients"], arrays["intercepts"]
        return learner


def _widths(columns: Columns, arrays: Sequence[str]) -> list[int]:
    """How many features each of the arrays has."""
    return [sum(columns[key].values.shape[1] for key in column_keys([own])) for own in arrays]  # type: ignore[union-attr]


def _ridge(features: np.ndarray, values: np.ndarray, weights: np.ndarray, options: LinearOptions) -> Line:
    from sklearn.linear_model import RidgeCV

    if len(values) < _FEWEST_ROWS:
        return np.zeros(features.shape[1]), float(np.average(values, weights=weights))
    model = RidgeCV(alphas=options.tried()).fit(features, values, sample_weight=weights)
    return model.coef_, float(model.intercept_)


def _balanced(features: np.ndarray, values: np.ndarray, weights: np.ndarray, options: LinearOptions, seed: int) -> Line:
    """Logistic regression after what the imbalance method makes of the rows, put right by its intercept."""
    method = "class-weights" if options.imbalance == "balanced-batches" else options.imbalance
    chosen = emphasis(method, values, weights, seed)
    rows = np.flatnonzero(chosen.counts)  # a repeated row is a heavier one: no copies on both sides of inner folds
    share = (weights * chosen.factors * chosen.counts)[rows]
    coefficients, intercept = _logistic(features[rows], values[rows], share, options, seed)
    return coefficients, intercept - float(np.log(chosen.odds))


def _logistic(features: np.ndarray, values: np.ndarray, weights: np.ndarray, options: LinearOptions, seed: int) -> Line:
    """One class alone gives no line: the chance of the other is (none + 1) / (rows + 2), as Laplace had it."""
    from sklearn.linear_model import LogisticRegression

    positives = int(values.sum())
    if positives in (0, len(values)):
        return np.zeros(features.shape[1]), float(np.log((positives + 1) / (len(values) - positives + 1)))
    # with more features than rows the solution lies in the space of the rows, which has fewer dimensions
    basis = np.linalg.svd(features, full_matrices=False)[2] if features.shape[1] > len(values) else None
    inner = features if basis is None else features @ basis.T
    penalty = _best_penalty(inner, values, weights, options, seed)
    model = LogisticRegression(C=1 / penalty, max_iter=_STEPS).fit(inner, values, sample_weight=weights)
    coefficients = model.coef_[0] if basis is None else model.coef_[0] @ basis
    return coefficients, float(model.intercept_[0])


def _best_penalty(
    features: np.ndarray, values: np.ndarray, weights: np.ndarray, options: LinearOptions, seed: int
) -> float:
    """The penalty of the least log loss over inner folds; the middle one if a class has a single row."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    tried = options.tried()
    folds = min(options.folds, int(values.sum()), int(len(values) - values.sum()))
    if folds < 2:
        return float(tried[len(tried) // 2])
    cuts = list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(features, values))
    losses = []
    for penalty in tried:
        raw = np.empty(len(values))
        for train, rest in cuts:
            model = LogisticRegression(C=1 / penalty, max_iter=_STEPS)
            model.fit(features[train], values[train], sample_weight=weights[train])
            raw[rest] = model.decision_function(features[rest])
        losses.append(weights @ np.logaddexp(0, np.where(values == 1, -raw, raw)))
    return float(tried[int(np.argmin(losses))])
