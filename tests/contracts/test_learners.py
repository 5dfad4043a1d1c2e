"""What every learner promises, over all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from rdkit import Chem
from samples import new_featurizer, telling_things

from molkit.errors import InputError
from molkit.evaluation.recalibrate import Calibration
from molkit.features import FEATURIZERS_OF, KIND_OF
from molkit.learners import (
    LEARNERS,
    NETWORKS,
    OBJECTIVES,
    features_of,
    learner_from_state,
    new_learner,
    space_of,
)
from molkit.learners.growing import BoostingOptions, ForestOptions
from molkit.learners.linear import LinearOptions
from molkit.learners.network_options import NeuralOptions
from molkit.learners.protocol import Learner, State
from molkit.learners.stack import Ensemble, predict_models
from molkit.nn import ENCODERS
from molkit.training.fit import FitOptions
from molkit.types import Column, Measurements

ROWS = 240
KINDS = ("regression", "binary")
GRAPHS = NeuralOptions(width=16, depth=2, fit=FitOptions(epochs=10, learning_rate=1e-2))
SMALL: dict[str, Any] = {
    "boosting": BoostingOptions(trees=60, learning_rate=0.1),
    "forest": ForestOptions(trees=25),
    "linear": LinearOptions(penalties=4, folds=3),
    "dmpnn": NeuralOptions(width=32, fit=FitOptions(epochs=10, learning_rate=3e-3)),
    "gin": GRAPHS,
    "gat": GRAPHS,
    "attentivefp": GRAPHS,
    "gru": replace(GRAPHS, width=32, depth=1),
    "selfies-gru": replace(GRAPHS, width=32, depth=1),
    "fingerprint": replace(GRAPHS, width=64),
    "residue-cnn": replace(GRAPHS, width=32, fit=FitOptions(epochs=15, learning_rate=1e-2)),
    "residue-attention": replace(GRAPHS, width=32),
    "composition": GRAPHS,
    "cnn": GRAPHS,
    "resnet": replace(GRAPHS, width=32),
    "event-gru": replace(GRAPHS, depth=1),
    "grud": replace(GRAPHS, depth=1),
    "signal-gru": replace(GRAPHS, width=32, depth=1),
    "spectrogram-cnn": GRAPHS,
    "perceptron": GRAPHS,
}
# The name of the input of each kind.
NAMES = {
    "smiles": "drug",
    "sequence": "protein",
    "image": "picture",
    "record": "history",
    "signal": "sound",
    "table": "person",
}
# One learner of each kind of code; the networks differ in the encoder alone, which never sees a label.
FAMILIES = ("boosting", "forest", "linear", "dmpnn")
DRAWS_NOTHING = ("linear",)  # chance has no part in ridge regression, and in the folds of logistic only


def inputs_of(kind: str) -> Mapping[str, str]:
    """The input that a learner is tried on."""
    read = KIND_OF[NETWORKS[kind]] if kind in NETWORKS else "smiles"
    return {NAMES[read]: read}


@dataclass(frozen=True)
class Data:
    columns: dict[str, Column]
    labels: Measurements
    train: np.ndarray
    valid: np.ndarray


@pytest.fixture(scope="module")
def data(nci: list[Chem.Mol]) -> Data:
    """Carbon share and aromaticity of small molecules, or of what tells them; every fifth label is missing."""
    mols = [mol for mol in nci if 5 < mol.GetNumAtoms() < 16][:ROWS]
    carbon = np.array([np.mean([atom.GetAtomicNum() == 6 for atom in mol.GetAtoms()]) for mol in mols])
    aromatic = np.array([any(atom.GetIsAromatic() for atom in mol.GetAtoms()) for mol in mols])
    columns = {}
    for kind, group in FEATURIZERS_OF.items():
        things = telling_things(kind, mols, carbon, aromatic)
        for feature in (own.kind for own in group):
            columns[f"{NAMES[kind]}/{feature}"] = Column(new_featurizer(feature, things)(things), np.arange(ROWS))
    values = np.stack([100 + 10 * carbon, aromatic.astype(float)], axis=1)
    values[::5, 0], values[1::5, 1] = np.nan, np.nan
    labels = Measurements(values, np.zeros((ROWS, 2), np.int8), np.ones(ROWS))
    rows = np.random.default_rng(0).permutation(ROWS)
    return Data(columns, labels, rows[:180], rows[180:])


def with_values(data: Data, **changes: Any) -> Measurements:
    return Measurements(**{**vars(data.labels), **changes})


def fitted(kind: str, data: Data, labels: Measurements | None = None, kinds: Any = KINDS, seed: int = 0) -> Learner:
    learner = new_learner(kind, kinds, SMALL[kind], inputs=inputs_of(kind))
    learner.fit(data.columns, labels or data.labels, data.train, data.valid, seed)
    return learner


@pytest.fixture(scope="module", params=LEARNERS)
def case(request: pytest.FixtureRequest, data: Data) -> tuple[str, Learner, np.ndarray]:
    learner = fitted(request.param, data)
    return request.param, learner, learner.predict(data.columns)


@pytest.fixture(scope="module", params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return request.param


def test_it_predicts_every_row_better_than_the_mean(case: tuple[str, Learner, np.ndarray], data: Data) -> None:
    _, _, found = case
    assert found.shape == (ROWS, 2)
    assert found.dtype == np.float64
    assert np.isfinite(found).all()
    assert ((found[:, 1] >= 0) & (found[:, 1] <= 1)).all()
    truth, unseen = data.labels.values[data.valid], found[data.valid]
    errors, spread = np.nanmean((unseen - truth) ** 2, axis=0), np.nanvar(truth, axis=0)
    assert (errors < 0.6 * spread).all()


def test_its_state_gives_bit_equal_predictions(case: tuple[str, Learner, np.ndarray], data: Data) -> None:
    kind, learner, found = case
    state = learner.state()
    arrays = {name: array.copy() for name, array in state.arrays.items()}
    again = learner_from_state(kind, State(json.loads(json.dumps(state.config)), arrays))
    np.testing.assert_array_equal(again.predict(data.columns), found)
    assert (again.kind, again.needs) == (learner.kind, learner.needs) == (kind, learner.needs)


def test_a_seed_repeats_exactly_being_watched_changes_nothing_and_another_seed_differs(
    case: tuple[str, Learner, np.ndarray], data: Data
) -> None:
    kind, _, found = case
    told: list[tuple[int, int]] = []
    learner = new_learner(kind, KINDS, SMALL[kind], inputs=inputs_of(kind))
    learner.fit(data.columns, data.labels, data.train, data.valid, 0, lambda done, of, _: told.append((done, of)))
    np.testing.assert_array_equal(learner.predict(data.columns), found)
    assert told
    assert told == sorted(told)
    if kind not in DRAWS_NOTHING:
        assert (fitted(kind, data, seed=1).predict(data.columns) != found).any()


def test_rows_and_their_order_do_not_matter(case: tuple[str, Learner, np.ndarray], data: Data) -> None:
    _, learner, found = case
    rows = np.array([7, 7, 200, 3, 0])
    some = {key: Column(column.values, column.index[rows]) for key, column in data.columns.items()}
    spread = np.nanstd(data.labels.values[:, 0])
    np.testing.assert_allclose(learner.predict(some), found[rows], rtol=0, atol=1e-5 * spread)
    nothing = {key: Column(column.values, column.index[:0]) for key, column in data.columns.items()}
    assert learner.predict(nothing).shape == (0, 2)


def test_it_reads_only_the_columns_it_needs(case: tuple[str, Learner, np.ndarray], data: Data) -> None:
    _, learner, found = case
    needed = {key: data.columns[key] for key in learner.needs}
    np.testing.assert_array_equal(learner.predict(needed), found)


def test_models_that_share_work_say_what_each_says_alone(family: str, data: Data) -> None:
    """Fitted on other rows, of one and of two targets, in two ensembles; some descriptors are missing."""
    gaps = data.columns["drug/descriptors"].values.copy()  # type: ignore[union-attr]
    gaps[::3, 1], gaps[1::5, 7] = np.nan, np.nan
    columns = {**data.columns, "drug/descriptors": Column(gaps, np.arange(ROWS))}
    known = Data(columns, data.labels, data.train, data.valid)
    one = with_values(data, values=data.labels.values[:, :1])
    models = [
        fitted(family, replace(known, train=data.train[:90]), kinds=KINDS),
        fitted(family, replace(known, train=data.train[90:]), kinds=KINDS),
        fitted(family, known, one, KINDS[:1]),
    ]
    ensembles = [
        Ensemble((family,), (members,), np.ones((1, len(kinds))), (Calibration(),) * len(kinds), np.zeros(len(kinds)))
        for members, kinds in ((tuple(models[:2]), KINDS), ((models[2],), KINDS[:1]))
    ]
    (first,), (second,) = predict_models(ensembles, columns)
    for said, model in zip([*first, *second], models, strict=True):
        np.testing.assert_array_equal(said, model.predict(columns))


def test_labels_of_rows_not_trained_on_do_not_leak(family: str, data: Data) -> None:
    """Labels outside training and validation may be anything."""
    part = Data(data.columns, data.labels, data.train[:120], data.valid)
    wild = data.labels.values.copy()
    wild[data.train[120:]] = [1e6, 0.0]
    one, other = fitted(family, part), fitted(family, part, with_values(data, values=wild))
    np.testing.assert_array_equal(one.predict(data.columns), other.predict(data.columns))


def test_a_row_without_weight_has_no_say(family: str, data: Data) -> None:
    """Rows labelled wrongly and weighted down leave the predictions near the truth."""
    wrong, rows = data.labels.values.copy(), data.train[::2]
    wrong[rows, 0] = 300.0
    weights = np.ones(ROWS)
    trusting = fitted(family, data, with_values(data, values=wrong)).predict(data.columns)[data.valid, 0]
    weights[rows] = 1e-6
    cautious = fitted(family, data, with_values(data, values=wrong, weights=weights))
    weighted = cautious.predict(data.columns)[data.valid, 0]
    truth = data.labels.values[data.valid, 0]
    assert np.nanmean(np.abs(weighted - truth)) < 0.1 * np.nanmean(np.abs(trusting - truth))


@pytest.mark.parametrize("relation", [1, -1])
def test_censored_labels_pull_to_the_right_side(relation: int, family: str, data: Data) -> None:
    """Half the rows are known only to lie beyond a limit 6 short of the truth; read as equal they bias by 3."""
    truth = data.labels.values[:, :1]
    censored = np.random.default_rng(2).random((ROWS, 1)) < 0.5
    relations = np.where(censored, relation, 0).astype(np.int8)

    def bias(limit: float, relations: np.ndarray) -> float:
        labels = with_values(data, values=np.where(censored, truth - relation * limit, truth), relations=relations)
        found = fitted(family, data, labels, KINDS[:1]).predict(data.columns)
        return float(np.nanmean(found - truth)) * relation

    assert bias(6, np.zeros_like(relations)) < -2
    assert abs(bias(6, relations)) < 1
    assert abs(bias(1000, relations)) < 1
    assert bias(-6, relations) > 1


@pytest.mark.parametrize("only", [0.0, 1.0])
def test_one_class_alone_is_predicted(only: float, family: str, data: Data) -> None:
    labels = with_values(data, values=np.c_[data.labels.values[:, 0], np.full(ROWS, only)])
    found = fitted(family, data, labels).predict(data.columns)[:, 1]
    assert np.abs(found - only).mean() < 0.2


@pytest.mark.parametrize("left", ["missing", "censored"])
def test_a_target_that_training_never_measured_is_refused(left: str, family: str, data: Data) -> None:
    values, relations = data.labels.values.copy(), data.labels.relations.copy()
    if left == "missing":
        values[data.train, 0] = np.nan
    else:
        relations[data.train, 0] = 1
    with pytest.raises(InputError, match="target 1 of 2"):
        fitted(family, data, with_values(data, values=values, relations=relations))


def test_constant_labels_are_predicted_as_they_are(family: str, data: Data) -> None:
    found = fitted(family, data, with_values(data, values=np.full((ROWS, 1), 7.5)), KINDS[:1]).predict(data.columns)
    np.testing.assert_allclose(found, 7.5, atol=0.2)


def test_no_validation_rows_are_needed(family: str, data: Data) -> None:
    found = fitted(family, Data(data.columns, data.labels, data.train, data.valid[:0])).predict(data.columns)
    truth = data.labels.values[data.valid, 0]
    assert np.nanmean((found[data.valid, 0] - truth) ** 2) < 0.6 * np.nanvar(truth)


@pytest.mark.parametrize("kind", ["boosting", "dmpnn"])
def test_absolute_error_is_hardly_drawn_away_by_a_fifth_of_wild_labels(kind: str, data: Data) -> None:
    values = data.labels.values[:, :1].copy()
    values[np.random.default_rng(3).random(ROWS) < 0.2] += 100.0
    labels, truth = with_values(data, values=values), data.labels.values[data.valid, 0]
    errors = {}
    for objective in OBJECTIVES:
        learner = new_learner(kind, KINDS[:1], SMALL[kind], objective=objective)
        learner.fit(data.columns, labels, data.train, data.valid, 0)
        state = learner.state()
        again = learner_from_state(kind, State(json.loads(json.dumps(state.config)), state.arrays))
        assert again.options.objective == objective  # type: ignore[attr-defined]
        errors[objective] = np.nanmedian(np.abs(learner.predict(data.columns)[data.valid, 0] - truth))
    assert errors["absolute"] < 0.5 * errors["squared"]


@pytest.mark.parametrize("kind", LEARNERS)
def test_objective_and_epochs_are_taken_by_those_they_concern(kind: str) -> None:
    learner: Any = new_learner(kind, KINDS, SMALL[kind], objective="absolute", epochs=7, inputs=inputs_of(kind))
    assert getattr(learner.options, "objective", "absolute") == "absolute"
    assert not hasattr(learner.options, "fit") or learner.options.fit.epochs == 7
    assert learner.kind == kind


@pytest.mark.parametrize("kind", LEARNERS)
def test_the_features_it_reads_are_known_from_its_configuration_alone(kind: str) -> None:
    learner = new_learner(kind, KINDS, SMALL[kind], inputs=inputs_of(kind))
    (name,) = inputs_of(kind)
    assert features_of(kind, learner.state().config) == learner.needs
    if kind in NETWORKS:
        assert learner.needs == (f"{name}/{NETWORKS[kind]}",)
    assert (kind in NETWORKS) == (kind in ENCODERS)


def test_fits_in_threads_equal_fits_one_after_the_other(data: Data) -> None:
    """Each with dropout, first weights and trees from its own seed; twice, as threads differ in their timing."""
    dropping = replace(SMALL["dmpnn"], dropout=0.2, fit=replace(SMALL["dmpnn"].fit, epochs=4))
    graphs = replace(GRAPHS, dropout=0.2, fit=replace(GRAPHS.fit, epochs=4))
    options = {**SMALL, "dmpnn": dropping, "gin": graphs, "gru": replace(graphs, fit=replace(GRAPHS.fit, epochs=2))}
    jobs = [("dmpnn", 0), ("dmpnn", 1), ("gin", 0), ("gru", 0), ("boosting", 0), ("forest", 0), ("linear", 0)]

    def fit(job: tuple[str, int]) -> np.ndarray:
        kind, seed = job
        learner = new_learner(kind, KINDS, options[kind])
        learner.fit(data.columns, data.labels, data.train, data.valid, seed)
        return learner.predict(data.columns)

    alone = [fit(job) for job in jobs]
    with ThreadPoolExecutor(3) as pool:
        for found, expected in zip(pool.map(fit, jobs * 2), alone * 2, strict=True):
            np.testing.assert_array_equal(found, expected)


def test_fitting_leaves_the_random_numbers_of_others_alone(data: Data) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    fitted("dmpnn", data)
    assert torch.equal(torch.rand(3), expected)


def test_an_unknown_learner_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="known are boosting, forest, linear, dmpnn"):
        new_learner("xyz", KINDS)


def test_an_unknown_objective_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="known are squared, absolute"):
        new_learner("boosting", KINDS, objective="cubed")


@pytest.mark.parametrize("kind", LEARNERS)
def test_what_a_search_may_try_are_options_around_the_usual_ones(kind: str) -> None:
    inputs = inputs_of(kind)
    space, usual = space_of(kind), new_learner(kind, KINDS, inputs=inputs).options  # type: ignore[attr-defined]
    assert space
    for name, among in space.items():
        holder = usual if hasattr(usual, name) else usual.fit
        assert getattr(holder, name) in among
        for end in among.ends:
            given = {"epochs": 7, "width": 64, "depth": 4, "changes": {name: end}, "inputs": inputs}
            found = new_learner(kind, KINDS, **given).options  # type: ignore[arg-type, attr-defined]
            assert getattr(found if hasattr(found, name) else found.fit, name) == end
