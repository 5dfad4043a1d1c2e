"""molkit's models as scikit-learn estimators on SMILES."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import Tags, check_array, check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

from molkit.api import Model
from molkit.config import RunConfig, config_from_dict
from molkit.data.quantities import class_name, quantities
from molkit.data.table import Table, frame_to_table
from molkit.data.write import clash_names
from molkit.estimators.inputs import (
    LabelColumns,
    check_on_error,
    class_labels,
    regression_labels,
    same_class,
    smiles_texts,
    takes_smiles,
    told,
    value_errors,
)
from molkit.estimators.model_file import ModelFile
from molkit.features.inputs import molecules
from molkit.pipeline.features import structure_problems
from molkit.pipeline.progress import quiet
from molkit.pipeline.train import train_table


class _MolEstimator(BaseEstimator):
    """What both estimators share: parameters, training, and predictions as columns."""

    def __init__(
        self,
        learners: str | Sequence[str] = "auto",
        *,
        metric: str | None = None,
        fold_models: int = 5,
        ensemble_size: int | None = None,
        combine: str = "stack",
        budget: float | None = None,
        epochs: int | None = None,
        workers: int = 1,
        random_state: Any = 0,
        on_error: str = "warn",
    ) -> None:
        self.learners = learners
        self.metric = metric
        self.fold_models = fold_models
        self.ensemble_size = ensemble_size
        self.combine = combine
        self.budget = budget
        self.epochs = epochs
        self.workers = workers
        self.random_state = random_state
        self.on_error = on_error

    @property
    def model_(self) -> Model:
        """The fitted model: its card, its out-of-fold scores, its targets."""
        check_is_fitted(self)
        model: Model = self._file.model
        return model

    def predict_table(self, X: Any) -> pd.DataFrame:  # noqa: N803  scikit-learn's name
        """All that molkit says of each of n SMILES: n rows with the index of `X`, if it has one.

        Columns are those of `molkit predict`: predictions, intervals, domain, nearest training compound,
        status and reason. Unreadable structures have a status and a reason, and never raise.
        """
        texts = smiles_texts(X, type(self).__name__)
        found = self.model_.predict({"smiles": texts}, workers=self.workers)
        return pd.DataFrame(dict(found.columns), index=X.index if hasattr(X, "iloc") else None)

    def save(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write the model file, for `molkit.load` and `molkit predict`; raises MolkitError if it cannot be."""
        check_is_fitted(self)
        self._file.save(path, overwrite)

    def _train(self, X: Any, labels: LabelColumns, task: str, sample_weight: Any, groups: Any) -> None:  # noqa: N803
        """Train on one table of all that was given and keep the model file; sets what every fit sets."""
        owner = type(self).__name__
        check_on_error(self.on_error, owner)
        texts = smiles_texts(X, owner)
        check_consistent_length(texts, labels.columns[0], sample_weight, groups)
        if len(texts) < 2:
            raise ValueError(f"{owner}: n_samples = {len(texts)}; a model needs at least 20 compounds")
        with value_errors(owner), TemporaryDirectory(prefix="molkit-") as folder:
            table, columns = _table(texts, labels, sample_weight, groups, owner)
            config = self._config(labels.names, task, columns)
            if self.on_error == "raise":  # before the time of a training is spent
                problems = structure_problems(texts, config.workers)
                told({row: p.sentence(row + 1) for row, p in problems.items()}, len(texts), owner, "raise", "")
            path = Path(folder) / "model.molkit"
            inputs = molecules(columns["smiles"])
            cells = {inputs[0].name: table.columns[columns["smiles"]]}
            result = train_table(table, inputs, cells, path, config, False, quiet, [])
            told(result.rejected, len(texts), owner, "warn", "were left out")
            self._file = ModelFile(path.read_bytes())
        self.n_features_in_ = 1

    def _config(self, targets: tuple[str, ...], task: str, columns: dict[str, str]) -> RunConfig:
        """The run that the parameters ask for; raises InputError for one of another type."""
        given = self.get_params(deep=False)
        names = ("learners", "metric", "imbalance", "threshold", "fold_models", "ensemble_size", "combine", "budget",
                 "epochs", "workers", "log")  # fmt: skip
        options = {name: _plain(given[name]) for name in names if name in given}
        options |= {"targets": targets, "task": task, "split": "none", "relation": "none"}
        options |= {"weight": columns.get("weight"), "group": columns.get("group")}
        return config_from_dict({**options, "seed": _seed(self.random_state)}, "parameter")

    def _predicted(self, X: Any, on_error: str) -> dict[str, list[Any]]:  # noqa: N803
        """Predictions, classes and statuses of SMILES [n], by column; unreadable ones are told of."""
        owner = type(self).__name__
        check_is_fitted(self)
        with value_errors(owner):
            cells = {"smiles": smiles_texts(X, owner)}
            found = self.model_.predict(cells, columns=("pred", "label", "status"), workers=self.workers)
        problems = {row: text for row, text in enumerate(found["reason"]) if text is not None}
        told(problems, len(found), owner, on_error, "have NaN")
        return {name: list(values) for name, values in found.columns.items()}

    def __sklearn_tags__(self) -> Tags:
        return takes_smiles(super().__sklearn_tags__())


class MolRegressor(RegressorMixin, _MolEstimator):
    """Numbers from SMILES: molkit's learners, stacked, behind scikit-learn's interface.

    `X` is a list, array, Series or one-column frame of SMILES; `y` is [n], or [n, K] for several targets,
    in which NaN means "not measured". The names of a Series or frame become the target names. All rows are
    fitted on (split "none"); `model_.scores` and `model_.card` tell the out-of-fold scores. Equal structures
    become one compound with their median value. At least 20 compounds are needed.

    Parameters
    ----------
    learners : "auto", or names such as "boosting", "forest", "linear", "dmpnn", stacked if several.
    metric : the score that matters, such as "RMSE" or "MAE"; None leaves it to molkit.
    fold_models : grouped folds, each with a model of every learner.
    ensemble_size : models of each learner, folds times seeds; None for one a fold.
    combine : weights of several learners: "stack", "mean", "greedy" or "best".
    budget : core-minutes that the plan is made to fit; None for no limit.
    epochs : of the networks; None lets the number of compounds decide.
    log : model log10 of the values; None decides by the metric and the values.
    workers : processes and threads; 0 for as many as there are processors.
    random_state : an int gives the same model every time; None or a RandomState draws a seed.
    on_error : what to do about unreadable structures. "warn": an UnreadableWarning that names the first, in
        `fit` they are left out, in `predict` they are NaN, which scikit-learn's scorers refuse: keep those for
        which `molkit.estimators.readable` is true. "raise": ValueError.

    The checks of scikit-learn's `check_estimator` that cannot apply to SMILES are listed in `molkit.estimators`.

    >>> from sklearn.model_selection import cross_val_score
    >>> cross_val_score(MolRegressor("boosting"), smiles, solubility)  # doctest: +SKIP
    """

    def __init__(
        self,
        learners: str | Sequence[str] = "auto",
        *,
        metric: str | None = None,
        fold_models: int = 5,
        ensemble_size: int | None = None,
        combine: str = "stack",
        budget: float | None = None,
        epochs: int | None = None,
        log: bool | None = None,
        workers: int = 1,
        random_state: Any = 0,
        on_error: str = "warn",
    ) -> None:
        super().__init__(
            learners, metric=metric, fold_models=fold_models, ensemble_size=ensemble_size, combine=combine,
            budget=budget, epochs=epochs, workers=workers, random_state=random_state, on_error=on_error,
        )  # fmt: skip
        self.log = log

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:  # noqa: N803
        """Train on SMILES [n] and numbers [n] or [n, K]; rows of one group stay in one fold.

        Raises ValueError for input that cannot be used and for under 20 usable compounds.
        """
        labels, self._dimensions = regression_labels(y, "MolRegressor")
        self._train(X, labels, "regression", sample_weight, groups)
        self.n_outputs_ = len(labels.names)
        return self

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Values float64 of the shape that `y` had, in its unit; NaN where a structure cannot be read."""
        found = self._predicted(X, self.on_error)
        columns = [np.array(found[f"{target.name}_pred"], np.float64) for target in self.model_.targets]
        return columns[0] if self._dimensions == 1 else np.stack(columns, axis=1)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class MolClassifier(ClassifierMixin, _MolEstimator):
    """One of several classes from SMILES: molkit's learners, stacked and calibrated, behind scikit-learn's interface.

    As MolRegressor, but `y` [n] holds labels of any kind (`classes_`, sorted). Of two classes `predict` cuts the
    probabilities at the stored threshold, chosen from out-of-fold predictions, which need not be 0.5; of more it
    names the most probable. An unreadable structure has no class: `predict` raises ValueError, `predict_proba`
    gives NaN and warns, `predict_table` tells the reason. `imbalance` and `threshold` are those of `molkit train`.
    """

    def __init__(
        self,
        learners: str | Sequence[str] = "auto",
        *,
        metric: str | None = None,
        imbalance: str = "auto",
        threshold: str = "MCC",
        fold_models: int = 5,
        ensemble_size: int | None = None,
        combine: str = "stack",
        budget: float | None = None,
        epochs: int | None = None,
        workers: int = 1,
        random_state: Any = 0,
        on_error: str = "warn",
    ) -> None:
        super().__init__(
            learners, metric=metric, fold_models=fold_models, ensemble_size=ensemble_size, combine=combine,
            budget=budget, epochs=epochs, workers=workers, random_state=random_state, on_error=on_error,
        )  # fmt: skip
        self.imbalance = imbalance
        self.threshold = threshold

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:  # noqa: N803
        """Train on SMILES [n] and labels [n]; rows of one group stay in one fold.

        Raises ValueError for input that cannot be used, one class, and under 20 usable compounds.
        """
        labels, classes, self._texts = class_labels(y, "MolClassifier")
        self._train(X, labels, "binary" if len(classes) == 2 else "multiclass", sample_weight, groups)
        self.classes_ = classes
        return self

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Labels [n] out of `classes_`; raises ValueError if a structure cannot be read."""
        found = self._predicted(X, "raise")
        labels = found[f"{quantities(self.model_.targets)[0].target.name}_label"]
        return self.classes_[[same_class(label, self._texts) for label in labels]]

    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """Probabilities float64 [n, C] in the order of `classes_`; NaN where a structure cannot be read."""
        found, target = self._predicted(X, self.on_error), quantities(self.model_.targets)[0].target
        classes = target.classes or ()
        names = [class_name(target.name, one) for one in classes] if target.kind == "multiclass" else [target.name]
        said = np.array([found[f"{name}_pred"] for name in names], np.float64)
        chances = said.T if len(said) > 1 else np.stack([1 - said[0], said[0]], axis=1)
        if len(said) > 1:
            chances /= chances.sum(axis=1, keepdims=True)  # cells are written in single precision
        return chances[:, np.argsort([same_class(name, self._texts) for name in classes])]


def _table(
    texts: list[str | None], labels: LabelColumns, sample_weight: Any, groups: Any, owner: str
) -> tuple[Table, dict[str, str]]:
    """One table of all that was given, and the names that its columns have there."""
    extra: dict[str, Any] = {"smiles": texts}
    if sample_weight is not None:
        weights = check_array(
            sample_weight, ensure_2d=False, dtype=np.float64, estimator=owner, input_name="sample_weight"
        )
        if not weights.any():
            raise ValueError(f"{owner}: every sample_weight is zero")
        extra["weight"] = weights
    if groups is not None:
        extra["group"] = list(groups)
    names = clash_names(labels.names, list(extra))
    own = dict(zip(labels.names, labels.columns, strict=True))
    return frame_to_table({**own, **{names[key]: cells for key, cells in extra.items()}}), names


def _plain(value: Any) -> Any:
    """A search's numpy scalar as a Python one."""
    return value.item() if isinstance(value, np.generic) else value


def _seed(random_state: Any) -> int:
    if isinstance(random_state, numbers.Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))
