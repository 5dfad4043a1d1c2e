"""What any model must beat: simple predictions from the same training rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from molkit.data.batching import take
from molkit.data.quantities import sum_to_one
from molkit.features.inputs import Input, alike, alike_places, kinds_of, of_molecules
from molkit.learners import new_learner
from molkit.learners.baselines import degree_baseline, mean_baseline, nearest_baseline
from molkit.learners.protocol import stream_seed
from molkit.neighbours import RowIndex, Sketches
from molkit.pipeline.dataset import Dataset, exact_values
from molkit.types import Measurements

if TYPE_CHECKING:
    from molkit.pipeline.trial import Material

MEAN = "training mean"
DEGREE = "degree only"
BOOSTING = "boosting"
TREES = 300  # of a boosting that is fitted for comparison alone: fewer than usual, which take larger steps
_QUICK = {"trees": TREES, "learning_rate": 0.1}
_COMPARED_AT_ONCE = 64  # rows with all training rows
_NOTHING = np.empty(0, np.int64)


def nearest_name(dataset: Dataset) -> str:
    """What the prediction from the most similar training row is called."""
    return f"nearest {dataset.noun}"


def only_name(one: Input) -> str:
    """What boosting on the features of one input of several is called."""
    return f"{one.name} only"


def needs_boosting(inputs: Sequence[Input], planned: Sequence[str]) -> bool:
    """Whether a boosting on all array features is fitted for comparison: not of molecules, nor beside a planned one."""
    return BOOSTING not in planned and not of_molecules(inputs)


def extra_features(inputs: Sequence[Input]) -> set[str]:
    """Keys of the features that are needed for these baselines, whatever the learners read."""
    if of_molecules(inputs):
        return set()
    return set(new_learner(BOOSTING, ("regression",), inputs=kinds_of(inputs)).needs)


def opponent_notes(inputs: Sequence[Input], planned: Sequence[str]) -> list[str]:
    """What is to be known of a baseline that costs time."""
    if not needs_boosting(inputs, planned):
        return []
    return [f"Boosting of {TREES} trees on all features is fitted beside the plan, for comparison alone."]


def baselines(material: Material, train: np.ndarray, test: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What the baselines say of rows `test`, and the similarity of each to the nearest of the rows `train`.

    Without anything to tell similarity by it is NaN. Everything is fitted on the rows `train`.
    """
    measured = exact_values(material.dataset.measurements)[train]
    found, similarity = {}, np.full(len(test), np.nan)
    if material.sketches is not None:
        said, similarity = _nearest(measured, material.sketches.take(train), material.sketches.take(test))
        found[nearest_name(material.dataset)] = said
    if len(material.dataset.inputs) > 1:
        found |= _of_pairs(material, train, test)
    if needs_boosting(material.dataset.inputs, tuple(material.plan.folds)):
        found[BOOSTING] = _boosting(material, train, test)
    return {**found, MEAN: mean_baseline(measured, len(test))}, similarity


def _nearest(measured: np.ndarray, train: Sketches, test: Sketches) -> tuple[np.ndarray, np.ndarray]:
    """The label of the most similar training row, and its similarity; equally similar pairs share the answer."""
    index, pairs = RowIndex(train), test.index.shape[1] > 1
    nearest, similarity = np.empty((len(test), measured.shape[1])), np.empty(len(test))
    for start in range(0, len(test), _COMPARED_AT_ONCE):
        part = np.arange(start, min(start + _COMPARED_AT_ONCE, len(test)))
        similarities = index.similarity(test.take(part))
        nearest[part] = nearest_baseline(measured, similarities, shared=pairs)
        similarity[part] = similarities.max(axis=1)
    return nearest, similarity


def _of_pairs(material: Material, train: np.ndarray, test: np.ndarray) -> dict[str, np.ndarray]:
    """What each thing has by itself: by its rows, and by its features unless the inputs are alike."""
    dataset, binary = material.dataset, [kind == "binary" for kind in material.kinds]
    exact = exact_values(dataset.measurements)
    numbers = np.stack([dataset.entities[one.name] for one in dataset.inputs], axis=1)
    pair = alike(dataset.inputs)
    found = {only_name(one): _only(material, one, train, test) for one in dataset.inputs if one.name not in pair}
    said = degree_baseline(exact[train], numbers[train], numbers[test], binary, alike_places(dataset.inputs))
    return {**found, DEGREE: sum_to_one(said, dataset.measurements.exclusive)}


def _boosting(material: Material, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Boosting on the array features of all inputs."""
    dataset, seed = material.dataset, stream_seed(material.config.seed, "opponent boosting")
    learner = new_learner(BOOSTING, material.kinds, inputs=dataset.kinds, changes=_QUICK)
    learner.fit(dataset.columns, dataset.measurements, train, _NOTHING, seed)
    said = learner.predict(take({key: dataset.columns[key] for key in learner.needs}, test))
    return sum_to_one(said, dataset.measurements.exclusive)


def _only(material: Material, one: Input, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Boosting on the features of one input, each of its things being a row with the mean label of its own rows."""
    dataset, seed = material.dataset, stream_seed(material.config.seed, f"opponent {one.name}")
    exact, weights = exact_values(dataset.measurements), dataset.measurements.weights
    said = np.empty((len(test), len(material.kinds)))
    for k, kind in enumerate(material.kinds):
        rows = train[~np.isnan(exact[train, k])]
        learner = new_learner(BOOSTING, (kind,), inputs={one.name: one.kind}, changes=_QUICK)
        columns = {key: dataset.columns[key] for key in learner.needs}
        first, labels = _by_thing(exact[rows, k], weights[rows], dataset.entities[one.name][rows], kind == "binary")
        learner.fit(take(columns, rows[first]), labels, np.arange(len(first)), _NOTHING, seed)
        said[:, k] = learner.predict(take(columns, test))[:, 0]
    return sum_to_one(said, dataset.measurements.exclusive)


def _by_thing(y: np.ndarray, weights: np.ndarray, things: np.ndarray, binary: bool) -> tuple[np.ndarray, Measurements]:
    """The first row of each thing, and its mean label, which weighs as much as its rows.

    Of two classes each thing is two rows, one of either class, as far as it has both.
    """
    _, first, thing = np.unique(things, return_index=True, return_inverse=True)
    weight, total = np.bincount(thing, weights), np.bincount(thing, weights * y)
    if not binary:
        means = total / np.where(weight > 0, weight, 1)
        return first, Measurements(means[:, None], np.zeros((len(first), 1), np.int8), weight)
    labels, heavy = np.repeat([1.0, 0.0], len(first)), np.concatenate([total, weight - total])
    kept = heavy > 0
    relations = np.zeros((int(kept.sum()), 1), np.int8)
    return np.tile(first, 2)[kept], Measurements(labels[kept, None], relations, heavy[kept])
