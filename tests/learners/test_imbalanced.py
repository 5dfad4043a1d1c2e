"""Learners of unbalanced classes: every method leaves probabilities right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from rdkit import Chem
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from molkit.features import FEATURIZERS_OF
from molkit.imbalance import METHODS
from molkit.learners import new_learner
from molkit.learners.flat_trees import from_forest
from molkit.learners.growing import BoostingOptions, ForestOptions, _put_forest_right
from molkit.learners.linear import LinearOptions
from molkit.learners.network_options import NeuralOptions
from molkit.learners.protocol import Learner, State
from molkit.learners.selection import select
from molkit.training.fit import FitOptions
from molkit.types import Column, Measurements

N = 600
SMALL: dict[str, Any] = {
    "boosting": BoostingOptions(trees=30, learning_rate=0.1),
    "forest": ForestOptions(trees=25),
    "linear": LinearOptions(weakest=10.0, penalties=2, folds=2),
    "dmpnn": NeuralOptions(width=16, depth=2, fit=FitOptions(epochs=8, batch_size=32, learning_rate=5e-3)),
}


@dataclass(frozen=True)
class Data:
    columns: dict[str, Column]
    values: np.ndarray  # [N, 1], one in seven positive, the more the more oxygens there are


@pytest.fixture(scope="module")
def data(nci: list[Chem.Mol]) -> Data:
    mols = [mol for mol in nci if 5 < mol.GetNumAtoms() < 14][:N]
    columns = {f"drug/{new.kind}": Column(new()(mols), np.arange(N)) for new in FEATURIZERS_OF["smiles"]}
    oxygens = np.array([sum(atom.GetAtomicNum() == 8 for atom in mol.GetAtoms()) for mol in mols])
    chance = 1 / (1 + np.exp(4 - 1.2 * oxygens))
    return Data(columns, (np.random.default_rng(0).random(N) < chance).astype(float)[:, None])


def fitted(kind: str, method: str, data: Data, rows: np.ndarray, values: np.ndarray | None = None) -> Learner:
    learner = new_learner(kind, ("binary",), replace(SMALL[kind], imbalance=method))
    values = data.values if values is None else values
    labels = Measurements(values, np.zeros(values.shape, np.int8), np.ones(N))
    learner.fit(data.columns, labels, rows, np.empty(0, np.int64), 0)
    return learner


@pytest.mark.parametrize("kind", SMALL)
@pytest.mark.parametrize("method", METHODS)
def test_probabilities_are_those_of_the_rows_not_of_what_was_made_of_them(kind: str, method: str, data: Data) -> None:
    """What is learned is half positive, or as if it were; left so, the mean would be three times the share or more."""
    rows = np.random.default_rng(1).permutation(N)
    train, unseen = rows[:400], rows[400:]
    found = fitted(kind, method, data, train).predict(data.columns)[:, 0]
    for own in (train, unseen):
        assert 0.4 < found[own].mean() / data.values[train].mean() < 2
    assert roc_auc_score(data.values[:, 0], found) > 0.55


@pytest.mark.parametrize("kind", ["boosting", "forest", "linear"])
@pytest.mark.parametrize("method", METHODS)
def test_without_information_every_method_says_the_share_of_positives(kind: str, method: str, data: Data) -> None:
    nothing = {
        key: Column(np.zeros((1, column.values.shape[1]), column.values.dtype), np.zeros(N, np.int64))
        for key, column in data.columns.items()
        if isinstance(column.values, np.ndarray)
    }
    found = fitted(kind, method, Data(nothing, data.values), np.arange(N)).predict(nothing)
    # each tree of a forest draws other rows, and steps of balanced boosting end near the share, not on it
    near = {"forest": 0.15, "boosting": 0.02 if method == "balanced-batches" else 1e-3, "linear": 1e-3}[kind]
    np.testing.assert_allclose(found, data.values.mean(), rtol=near)


def test_a_leaf_of_weighted_classes_holds_the_plain_share_of_positives(data: Data) -> None:
    """Whatever the weights did to the tree, what its leaves say is counted from the training rows."""
    _, features = select(data.columns, ("drug/fingerprint", "drug/descriptors"), np.arange(N))
    y, weights = data.values[:, 0], np.where(data.values[:, 0] == 1, 7.0, 1.0)
    tree = DecisionTreeClassifier(max_depth=4, random_state=0).fit(features, y, sample_weight=weights)
    plain = np.random.default_rng(0).uniform(0.5, 2, N)
    found = _put_forest_right(from_forest([tree], 1), 7.0, features, y, plain).leaf_sum(features)
    leaves = tree.apply(features)
    expected = [np.average(y[leaves == leaf], weights=plain[leaves == leaf]) for leaf in leaves]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("kind", SMALL)
def test_methods_that_change_nothing_for_a_learner_change_no_bit(kind: str, data: Data) -> None:
    rows = np.arange(0, N, 2)
    plain = fitted(kind, "none", data, rows).predict(data.columns)
    default = new_learner(kind, ("binary",), SMALL[kind])
    default.fit(data.columns, Measurements(data.values, np.zeros((N, 1), np.int8), np.ones(N)), rows, rows[:0], 0)
    np.testing.assert_array_equal(default.predict(data.columns), plain)
    if kind != "dmpnn":
        for method in ("focal", "logit-adjusted"):
            np.testing.assert_array_equal(fitted(kind, method, data, rows).predict(data.columns), plain)


@pytest.mark.parametrize("kind", SMALL)
@pytest.mark.parametrize("method", ["class-weights", "over", "focal"])
def test_what_was_put_right_survives_the_model_file(kind: str, method: str, data: Data) -> None:
    learner = fitted(kind, method, data, np.arange(0, N, 3))
    again = type(learner).from_state(State(*vars(learner.state()).values()))  # type: ignore[attr-defined]
    np.testing.assert_array_equal(again.predict(data.columns), learner.predict(data.columns))


@pytest.mark.parametrize("kind", SMALL)
@pytest.mark.parametrize("method", ["class-weights", "balanced-batches", "over", "under"])
def test_labels_of_rows_not_trained_on_change_nothing(kind: str, method: str, data: Data) -> None:
    rows = np.arange(0, N, 3)
    other = data.values.copy()
    other[np.setdiff1d(np.arange(N), rows)] = 1 - other[np.setdiff1d(np.arange(N), rows)]
    one, two = (fitted(kind, method, data, rows, values).predict(data.columns) for values in (data.values, other))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("key", ["record/summary", "table/values"])
def test_boosting_expects_of_few_patients_about_as_many_rare_events_as_there_are(key: str) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2 * N, 60)).astype(np.float32)
    events = (rng.random(2 * N) < 1 / (1 + np.exp(2.5 - values[:, 0]))).astype(float)
    learner = new_learner("boosting", ("binary",), inputs={key.partition("/")[0]: key.partition("/")[0]})
    labels = Measurements(events[:, None], np.zeros((2 * N, 1), np.int8), np.ones(2 * N))
    columns = {key: Column(values, np.arange(2 * N))}
    learner.fit(columns, labels, np.arange(N), np.empty(0, np.int64), 0)
    expected = learner.predict({key: Column(values, np.arange(N, 2 * N))}).mean()
    assert 0.3 * events[N:].mean() < expected < 1.5 * events[N:].mean()
