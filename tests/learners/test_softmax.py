"""A network of a multiclass target: its loss, its probabilities, unbalanced classes, its state."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from rdkit import Chem
from scipy.optimize import minimize

from molkit.features.graph import GraphFeaturizer
from molkit.imbalance import FOCUS, METHODS, class_emphasis, unfocused, unfocused_classes
from molkit.learners.balance import balance_rows
from molkit.learners.neural import NeuralLearner, NeuralOptions
from molkit.training.fit import FitOptions
from molkit.training.losses import supervised_loss
from molkit.types import Column, Measurements

NONE = np.empty(0, np.int64)
EXCLUSIVE = ((1, 2, 3),)
FIT = partial(FitOptions, learning_rate=5e-3)
KINDS = ("regression", "binary", "binary", "binary")


def one_hot(codes: np.ndarray, classes: int) -> np.ndarray:
    return (codes[:, None] == np.arange(classes)).astype(float)


@pytest.mark.parametrize("focus", [0.0, FOCUS])
def test_the_loss_is_the_cross_entropy_of_torch_once_for_a_row(focus: float) -> None:
    rng = torch.Generator().manual_seed(0)
    raw, codes = torch.randn(20, 4, generator=rng), torch.randint(0, 3, (20,), generator=rng)
    labels = torch.cat([torch.randn(20, 1, generator=rng), torch.nn.functional.one_hot(codes, 3)], dim=1)
    labels[:5, 1:] = torch.nan  # class not measured
    labels[5:8, 0] = torch.nan
    binary, weights = torch.tensor([False, True, True, True]), torch.rand(20, 1, generator=rng)
    found = supervised_loss(raw, labels, torch.zeros(20, 4), weights, binary, focus=focus, exclusive=EXCLUSIVE)
    entropy = torch.nn.functional.cross_entropy(raw[5:, 1:], codes[5:], reduction="none")
    entropy = entropy * (1 - torch.exp(-entropy)) ** focus
    known = ~torch.isnan(labels[:, 0])
    squares = (raw[known, 0] - labels[known, 0]) ** 2
    own = [weights[5:, 0], weights[known, 0]]
    expected = ((entropy * own[0]).sum() + (squares * own[1]).sum()) / (own[0].sum() + own[1].sum())
    torch.testing.assert_close(found, expected)


def data(mols: list[Chem.Mol], classes: int) -> tuple[dict[str, Column], Measurements]:
    codes = np.arange(len(mols)) % classes
    columns = {"drug/graph": Column(GraphFeaturizer()(mols), np.arange(len(mols)))}
    exclusive = (tuple(range(classes)),)
    relations = np.zeros((len(mols), classes), np.int8)
    return columns, Measurements(one_hot(codes, classes), relations, np.ones(len(mols)), exclusive)


def fitted(mols: list[Chem.Mol], classes: int, epochs: int, **options: Any) -> tuple[NeuralLearner, np.ndarray]:
    columns, labels = data(mols, classes)
    model = NeuralLearner(("binary",) * classes, NeuralOptions(width=32, fit=FIT(epochs=epochs), **options))
    model.fit(columns, labels, np.arange(len(mols)), NONE, 0)
    return model, model.predict(columns)


def test_sixteen_molecules_of_four_classes_are_learned_by_heart(nci: list[Chem.Mol]) -> None:
    _, said = fitted(nci[:16], 4, epochs=200)
    np.testing.assert_array_equal(said.argmax(axis=1), np.arange(16) % 4)
    np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-6)
    assert said.max(axis=1).min() > 0.8


@pytest.mark.parametrize("imbalance", METHODS)
def test_every_imbalance_method_gives_probabilities_that_sum_to_one(nci: list[Chem.Mol], imbalance: str) -> None:
    _, said = fitted(nci[:24], 3, epochs=2, imbalance=imbalance)
    np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-5)
    assert said.min() > 0


def test_a_model_from_its_state_says_the_same(nci: list[Chem.Mol]) -> None:
    model, said = fitted(nci[:16], 4, epochs=2)
    columns, _ = data(nci[:16], 4)
    again = NeuralLearner.from_state(model.state())
    np.testing.assert_array_equal(again.predict(columns), said)
    assert again.exclusive == ((0, 1, 2, 3),)


CODES = np.repeat([0, 1, 2], [60, 30, 10])


@pytest.mark.parametrize("method", ["class-weights", "over", "under"])
def test_every_class_weighs_the_same(method: str) -> None:
    weights = np.random.default_rng(0).uniform(0.5, 2, 100) if method == "class-weights" else np.ones(100)
    found = class_emphasis(method, CODES, 4, weights, 0)  # the fourth class has no row
    sums = np.bincount(CODES, found.counts * found.factors * weights)
    np.testing.assert_allclose(sums, sums[0])
    np.testing.assert_allclose(found.odds[:3], sums / np.bincount(CODES, weights))
    assert found.odds[3] == 1


def test_of_two_classes_the_odds_are_those_of_a_binary_target() -> None:
    from molkit.imbalance import emphasis

    codes, weights = (CODES > 0).astype(int), np.random.default_rng(1).uniform(0.5, 2, 100)
    several = class_emphasis("class-weights", codes, 2, weights, 0)
    assert several.odds[1] / several.odds[0] == pytest.approx(emphasis("class-weights", 1.0 * codes, weights, 0).odds)


@pytest.mark.parametrize("method", METHODS)
def test_what_a_method_does_to_the_classes_is_taken_back(method: str) -> None:
    values = np.c_[np.arange(100.0), one_hot(CODES, 3)]
    values[:3, 1:] = np.nan
    labels = Measurements(values, np.zeros((100, 4), np.int8), np.ones(100), EXCLUSIVE)
    found = balance_rows(method, labels, KINDS, np.arange(100), 0)
    rng = np.random.default_rng(0)
    rows = np.concatenate([found.epoch(rng) for _ in range(60)])
    measured = rows[~np.isnan(values[rows, 1])]
    shares = np.bincount(CODES[measured], found.weights[measured, 1])
    right = shares / np.exp(found.gained[1:])
    np.testing.assert_allclose(right / right.sum(), np.array([57, 30, 10]) / 97, rtol=0.03)
    np.testing.assert_array_equal(found.weights[:, 1:2].repeat(3, axis=1), found.weights[:, 1:])


def test_the_focal_loss_of_several_classes_is_put_right() -> None:
    true = np.array([0.6, 0.3, 0.1])

    def loss(logits: np.ndarray) -> float:
        q = np.exp(logits) / np.exp(logits).sum()
        return float(-(true * (1 - q) ** FOCUS * np.log(q)).sum())

    logits = minimize(loss, np.zeros(3), tol=1e-12).x
    learned = np.exp(logits) / np.exp(logits).sum()
    assert np.abs(learned - true).max() > 0.05
    np.testing.assert_allclose(unfocused_classes(learned[None])[0], true, atol=1e-4)
    pair = np.array([[0.7, 0.3]])
    np.testing.assert_allclose(unfocused_classes(pair)[:, 0], unfocused(pair[:, 0]))
