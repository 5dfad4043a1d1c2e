"""The network learner: its training curve, few rows, and names of encoders."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from rdkit import Chem

from molkit.features.graph import GraphFeaturizer
from molkit.learners.network_options import NeuralOptions, network_options
from molkit.learners.neural import NeuralLearner
from molkit.nn import dmpnn
from molkit.nn.dmpnn import FieldEmbedding
from molkit.training.fit import FitOptions
from molkit.types import Column, Measurements

NONE = np.empty(0, np.int64)


def data(mols: list[Chem.Mol]) -> tuple[dict[str, Column], Measurements]:
    """Molecules and their numbers of atoms."""
    rows = len(mols)
    sizes = np.array([[float(mol.GetNumAtoms())] for mol in mols])
    columns = {"drug/graph": Column(GraphFeaturizer()(mols), np.arange(rows))}
    return columns, Measurements(sizes, np.zeros((rows, 1), np.int8), np.ones(rows))


def learner(**fit: float) -> NeuralLearner:
    return NeuralLearner(("regression",), NeuralOptions(width=24, fit=FitOptions(**fit)))  # type: ignore[arg-type]


def test_the_training_curve_is_kept_but_not_stored(nci: list[Chem.Mol]) -> None:
    columns, labels = data(nci[:60])
    model = learner(epochs=6)
    assert model.history is None
    model.fit(columns, labels, np.arange(40), np.arange(40, 60), 0)
    assert model.history is not None
    assert (len(model.history.train), len(model.history.valid)) == (6, 6)
    assert model.history.train[-1] < model.history.train[0]
    assert model.history.best == int(np.argmin(model.history.valid))
    assert NeuralLearner.from_state(model.state()).history is None


def test_without_validation_rows_the_last_epoch_counts(nci: list[Chem.Mol]) -> None:
    columns, labels = data(nci[:40])
    model = learner(epochs=6)
    model.fit(columns, labels, np.arange(40), NONE, 0)
    assert model.history is not None
    assert (len(model.history.train), model.history.valid, model.history.best) == (6, (), 5)


@pytest.mark.parametrize("rows", [1, 2, 15])
def test_a_handful_of_rows_is_enough_for_a_fit(rows: int, nci: list[Chem.Mol]) -> None:
    columns, labels = data(nci[:30])
    model = learner(epochs=80, learning_rate=3e-3)
    model.fit(columns, labels, np.arange(rows), NONE, 0)
    found = model.predict(columns)
    assert np.isfinite(found).all()
    errors = np.abs(found - labels.values)[:rows]
    assert errors.mean() < 0.6 * max(labels.values[:rows].std(), 1.0)


@pytest.mark.parametrize(("rows", "largest"), [(15, 8), (320, 20), (800, 32)])
def test_few_rows_are_trained_on_in_smaller_batches(
    rows: int, largest: int, nci: list[Chem.Mol], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    real = NeuralLearner._loss

    def counted(self: NeuralLearner, model: Any, part: np.ndarray, **others: Any) -> Any:
        sizes.append(len(part))
        return real(self, model, part[:1], **others)

    monkeypatch.setattr(NeuralLearner, "_loss", counted)
    columns, labels = data(nci[:rows])
    learner(epochs=1, batch_size=32).fit(columns, labels, np.arange(rows), NONE, 0)
    assert sum(sizes) == rows
    assert max(sizes[:-1]) == largest


def test_first_weights_depend_on_the_seed_alone_while_other_threads_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every layer takes its time, so that threads would take turns if they could."""

    class Slow(FieldEmbedding):
        def __init__(self, sizes: tuple[int, ...], width: int) -> None:
            super().__init__(sizes, width)
            time.sleep(0.005)

    monkeypatch.setattr(dmpnn, "FieldEmbedding", Slow)

    def weights(seed: int) -> np.ndarray:
        return np.concatenate([weight.detach().numpy().ravel() for weight in learner()._new_model(seed).parameters()])

    with ThreadPoolExecutor(3) as pool:
        for found, seed in zip(pool.map(weights, range(9)), range(9), strict=True):
            np.testing.assert_array_equal(found, weights(seed))


@pytest.mark.parametrize("encoder", ["dmpnn", "attentivefp"])
def test_options_are_those_that_suit_the_encoder_unless_given(encoder: str) -> None:
    given = NeuralOptions(width=20, depth=2)
    assert network_options({"drug": encoder}, given) == NeuralOptions(inputs={"drug": encoder}, width=20, depth=2)
    assert network_options({"drug": encoder}).inputs == {"drug": encoder}
    assert (network_options({"drug": encoder}).width == 200) == (encoder == "attentivefp")
    assert NeuralLearner(("binary",), network_options({"drug": encoder}, given)).kind == encoder


def test_several_encoders_have_the_size_that_suits_all_of_them() -> None:
    both = network_options({"drug": "fingerprint", "protein": "composition"})
    assert both.depth == network_options({"drug": "fingerprint"}).depth != NeuralOptions().depth
    assert network_options({"drug": "dmpnn", "protein": "composition"}).depth == NeuralOptions().depth
