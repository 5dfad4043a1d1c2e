"""The linear learner against scikit-learn's own pipeline of the same steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rdkit import Chem
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.preprocessing import StandardScaler

from molkit.features import FEATURIZERS
from molkit.learners.linear import LinearLearner, LinearOptions
from molkit.learners.protocol import stream_seed
from molkit.types import Column, Measurements

TRAIN, ROWS = np.arange(70), 120
OPTIONS = LinearOptions(penalties=5, folds=3)
NONE = np.empty(0, np.int64)


@pytest.fixture(scope="module")
def columns(nci: list[Chem.Mol]) -> dict[str, Column]:
    mols = nci[:ROWS]
    kinds = ("fingerprint", "descriptors", "pharmacophore")
    found = {f"drug/{kind}": Column(FEATURIZERS[kind]()(mols), np.arange(ROWS)) for kind in kinds}
    gaps = found["drug/descriptors"].values.copy()  # type: ignore[union-attr]
    gaps[::7, 3] = np.nan
    return {**found, "drug/descriptors": Column(gaps, np.arange(ROWS))}


@pytest.fixture(scope="module")
def values(nci: list[Chem.Mol]) -> np.ndarray:
    """Number of oxygens, and whether there is a ring."""
    oxygens = [sum(atom.GetAtomicNum() == 8 for atom in mol.GetAtoms()) for mol in nci[:ROWS]]
    rings = [mol.GetRingInfo().NumRings() > 0 for mol in nci[:ROWS]]
    return np.stack([np.array(oxygens, float), np.array(rings, float)], axis=1)


def measured(values: np.ndarray, weights: np.ndarray | None = None) -> Measurements:
    weights = np.ones(len(values)) if weights is None else weights
    return Measurements(values, np.zeros(values.shape, np.int8), weights)


def design(columns: dict[str, Column]) -> np.ndarray:
    """The documented features, by other means, of all columns whether they vary or not."""
    counts, described, points = (np.array(column.values, float) for column in columns.values())
    described = np.where(np.isnan(described), np.nanmedian(described[TRAIN], axis=0), described)
    with np.errstate(all="ignore"):
        described = StandardScaler().fit(described[TRAIN]).transform(described)
    varied = [part * (part[TRAIN] != part[0]).any(axis=0) for part in (2 * np.log1p(counts), described, points)]
    return np.clip(np.concatenate(varied, axis=1), -5, 5)


def weights() -> np.ndarray:
    return np.random.default_rng(1).uniform(0.2, 3, ROWS)


def fitted(columns: dict[str, Column], labels: Measurements, kinds: Any, seed: int = 3) -> LinearLearner:
    learner = LinearLearner(kinds, OPTIONS)
    learner.fit(columns, labels, TRAIN, NONE, seed)
    return learner


def test_ridge_equals_scikit_learn(columns: dict[str, Column], values: np.ndarray) -> None:
    found = fitted(columns, measured(values[:, :1], weights()), ("regression",)).predict(columns)[:, 0]
    share = weights()[TRAIN] / weights()[TRAIN].mean()
    x = design(columns)
    model = RidgeCV(alphas=OPTIONS.tried()).fit(x[TRAIN], values[TRAIN, 0], sample_weight=share)
    np.testing.assert_allclose(found, model.predict(x), rtol=1e-6, atol=1e-6)
    assert model.score(x[70:], values[70:, 0]) > 0.5


def test_logistic_regression_equals_scikit_learn(columns: dict[str, Column], values: np.ndarray) -> None:
    found = fitted(columns, measured(values[:, 1:]), ("binary",)).predict(columns)[:, 0]
    x, y = design(columns), values[:, 1]
    folds = StratifiedKFold(3, shuffle=True, random_state=stream_seed(3, "linear 0"))

    def model(penalty: float) -> LogisticRegression:
        return LogisticRegression(C=1 / penalty, tol=1e-8, max_iter=5000)

    def loss(penalty: float) -> float:
        unseen = cross_val_predict(model(penalty), x[TRAIN], y[TRAIN], cv=folds, method="predict_proba")
        return float(log_loss(y[TRAIN], unseen))

    best = model(min(OPTIONS.tried(), key=loss)).fit(x[TRAIN], y[TRAIN])
    np.testing.assert_allclose(found, best.predict_proba(x)[:, 1], atol=2e-3)
    assert best.score(x[70:], y[70:]) > 0.75
    assert found.std() > 0.1


def test_rows_that_outnumber_the_features_are_fitted_the_same_way(columns: dict[str, Column]) -> None:
    """Repeating every row, at half the weight, takes the other route through the algebra."""
    y = (np.arange(ROWS) % 3 == 0).astype(float)
    few = {key: Column(column.values[:, :40], column.index) for key, column in columns.items()}  # type: ignore[index]
    options = LinearOptions(weakest=1.0, strongest=1.0, penalties=1, folds=2)
    once, often = LinearLearner(("binary",), options), LinearLearner(("binary",), options)
    once.fit(few, measured(y[:, None]), TRAIN, NONE, 0)
    rows = np.tile(np.arange(ROWS), 4)
    tiled = {key: Column(column.values, rows) for key, column in few.items()}
    labels = measured(y[rows][:, None], np.full(len(rows), 1.0))
    often.fit(tiled, labels, np.concatenate([TRAIN + ROWS * i for i in range(4)]), NONE, 0)
    strong = LinearLearner(("binary",), LinearOptions(weakest=0.25, strongest=0.25, penalties=1, folds=2))
    strong.fit(few, measured(y[:, None]), TRAIN, NONE, 0)
    np.testing.assert_allclose(often.predict(few), strong.predict(few), atol=2e-3)


def test_only_the_ratio_of_weights_counts(columns: dict[str, Column], values: np.ndarray) -> None:
    kinds = ("regression", "binary")
    one, other = (fitted(columns, measured(values, scale * weights()), kinds).predict(columns) for scale in (1, 100))
    np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("rows", [1, 2])
def test_very_few_rows_are_predicted_as_their_mean(rows: int, columns: dict[str, Column], values: np.ndarray) -> None:
    learner = LinearLearner(("regression",), OPTIONS)
    learner.fit(columns, measured(values[:, :1]), TRAIN[:rows], NONE, 0)
    np.testing.assert_allclose(learner.predict(columns), values[:rows, 0].mean())


@pytest.mark.parametrize("only", [0.0, 1.0])
def test_one_class_alone_leaves_a_chance_for_the_other(only: float, columns: dict[str, Column]) -> None:
    found = fitted(columns, measured(np.full((ROWS, 1), only)), ("binary",)).predict(columns)
    np.testing.assert_allclose(found, (70 * only + 1) / 72)


def test_a_class_of_one_row_still_gives_a_model(columns: dict[str, Column]) -> None:
    y = np.zeros((ROWS, 1))
    y[5] = 1
    found = fitted(columns, measured(y), ("binary",)).predict(columns)[TRAIN, 0]
    assert found.argmax() == 5


def test_a_strange_compound_is_not_extrapolated_without_limit(columns: dict[str, Column], values: np.ndarray) -> None:
    learner = fitted(columns, measured(values), ("regression", "binary"))
    strange = {
        key: Column(np.full_like(column.values[:1], 255), np.zeros(1, np.int64))  # type: ignore[index]
        for key, column in columns.items()
    }
    strange["drug/descriptors"].values[:] = 1e30  # type: ignore[call-overload, index]
    found = learner.predict(strange)
    assert abs(found[0, 0]) <= 5 * np.abs(learner.coefficients[0]).sum() + abs(learner.intercepts[0])
    assert 0 <= found[0, 1] <= 1


def test_the_state_holds_one_number_per_feature_and_no_row_of_the_table(
    columns: dict[str, Column], values: np.ndarray
) -> None:
    state = fitted(columns, measured(values), ("regression", "binary")).state()
    features = len(state.arrays["columns"])
    assert {array.shape for array in state.arrays.values()} <= {(features,), (2, features), (2,)}
