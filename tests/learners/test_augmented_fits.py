"""Networks trained on augmented batches: where augmentation acts, where it must not, and that nothing leaks."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from rdkit import Chem
from torch import Tensor, nn

from molkit.features import GraphFeaturizer, TokenFeaturizer
from molkit.learners import NETWORKS, learner_from_state, new_learner
from molkit.learners.network_options import NeuralOptions
from molkit.learners.neural import NeuralLearner
from molkit.learners.protocol import State
from molkit.nn import ENCODERS
from molkit.training import augment
from molkit.training.augment import AUGMENTATIONS, Augmentation
from molkit.training.fit import FitOptions
from molkit.training.losses import supervised_loss
from molkit.types import Column, Measurements

ROWS, NONE = 60, np.empty(0, np.int64)
OPTIONS = NeuralOptions(width=16, depth=2, fit=FitOptions(epochs=3))
EVERY = tuple(AUGMENTATIONS)
PAIRS = [(kind, name) for kind, feature in NETWORKS.items() if kind in ("dmpnn", "gin", "gru")
         for name, own in AUGMENTATIONS.items() if not own.features or feature in own.features]  # fmt: skip


@pytest.fixture(scope="module")
def columns(nci: list[Chem.Mol]) -> dict[str, Column]:
    mols = [mol for mol in nci if 5 < mol.GetNumAtoms() < 20][:ROWS]
    featurizers = {"graph": GraphFeaturizer(), "tokens": TokenFeaturizer(variants=4)}
    return {f"drug/{kind}": Column(featurizer(mols), np.arange(ROWS)) for kind, featurizer in featurizers.items()}


@pytest.fixture(scope="module")
def labels() -> Measurements:
    """A regression and a binary target, some unmeasured, some censored, rows of unequal weight."""
    rng = np.random.default_rng(0)
    values = np.stack([rng.normal(size=ROWS), rng.random(ROWS) < 0.5], axis=1)
    values[::7, 0], values[3::7, 1] = np.nan, np.nan
    relations = np.zeros((ROWS, 2), np.int8)
    relations[5::7, 0] = 1
    return Measurements(values, relations, rng.random(ROWS) + 0.5)


def fitted(
    kind: str, columns: dict[str, Column], labels: Measurements, names: tuple[str, ...], valid: np.ndarray = NONE
) -> NeuralLearner:
    learner: Any = new_learner(kind, ("regression", "binary"), OPTIONS, augment=names)
    learner.fit(columns, labels, np.arange(40), valid, 0)
    assert isinstance(learner, NeuralLearner)
    return learner


def by_target(labels: Measurements) -> Measurements:
    """The weights of rows as those of each of their labels."""
    return replace(labels, weights=np.repeat(labels.weights[:, None], 2, axis=1))


def same(one: NeuralLearner, other: NeuralLearner) -> bool:
    pairs = zip(one.model.state_dict().values(), other.model.state_dict().values(), strict=True)
    return all(torch.equal(own, theirs) for own, theirs in pairs)


@pytest.mark.parametrize(("kind", "name"), PAIRS)
def test_it_changes_the_fit_and_repeats_exactly_in_threads(
    kind: str, name: str, columns: dict[str, Column], labels: Measurements
) -> None:
    plain = fitted(kind, columns, labels, ())
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: fitted(kind, columns, labels, (name,)), range(2))
    assert same(one, other)
    assert not same(one, plain)


@pytest.mark.parametrize("kind", ["dmpnn", "gru"])
def test_rows_that_are_not_trained_on_have_no_say(kind: str, columns: dict[str, Column], labels: Measurements) -> None:
    """Labels and structures of held-out rows are others, some of them copies of training rows."""
    wild = labels.values.copy()
    wild[40:] = [1e6, 1.0]
    index = np.concatenate([np.arange(40), np.random.default_rng(1).integers(0, ROWS, 20)])
    others = {key: Column(column.values, index) for key, column in columns.items()}
    planted = Measurements(wild, labels.relations, labels.weights)
    assert same(fitted(kind, columns, labels, EVERY), fitted(kind, others, planted, EVERY))


@pytest.mark.parametrize("kind", ["dmpnn", "gru"])
def test_validation_and_predictions_are_of_the_compounds_as_they_are(
    kind: str, columns: dict[str, Column], labels: Measurements
) -> None:
    learner = fitted(kind, columns, labels, EVERY, np.arange(40, 60))
    found = learner.predict(columns)
    np.testing.assert_array_equal(learner.predict(columns), found)
    plain = NeuralLearner.from_state(learner.state())
    plain.options = OPTIONS
    np.testing.assert_array_equal(plain.predict(columns), found)
    assert learner.history is not None
    part, targets = np.arange(40, 60), learner._tensors(by_target(labels))
    with torch.no_grad():
        measured = plain._loss(learner.model, part, columns=columns, targets=targets)
    assert learner.history.valid[learner.history.best] == pytest.approx(float(measured), rel=1e-5)


def test_names_survive_a_model_file_and_older_ones_have_none(columns: dict[str, Column], labels: Measurements) -> None:
    state = fitted("dmpnn", columns, labels, ("mask", "mixup")).state()
    config = json.loads(json.dumps(state.config))
    again: Any = learner_from_state("dmpnn", State(config, state.arrays))
    assert again.options.augment == ("mask", "mixup")
    del config["options"]["augment"]
    older: Any = learner_from_state("dmpnn", State(config, state.arrays))
    assert older.options.augment == ()
    np.testing.assert_array_equal(older.predict(columns), again.predict(columns))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_loss_of_mixtures_is_the_mixture_of_losses(
    share: float, columns: dict[str, Column], labels: Measurements, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the sum over every label of a row and of its partner; unmeasured labels of either count for nothing."""
    rows = np.arange(30)
    partners = np.random.default_rng(2).permutation(30)
    monkeypatch.setattr("molkit.learners.neural.mixing", lambda n, rng: (share, partners))
    learner = fitted("dmpnn", columns, labels, ())
    learner.options = NeuralOptions(augment=("mixup",))
    targets = learner._tensors(by_target(labels))
    model = learner.model
    with torch.no_grad():
        found = learner._loss(model, rows, columns=columns, targets=targets, rng=np.random.default_rng(0))
        encoded = model.encode(learner._inputs(columns, rows, None))
        raw = model.head(share * encoded + (1 - share) * encoded[partners])
    total, whole = 0.0, 0.0
    for part, of in ((share, rows), (1 - share, partners)):
        for row, other in enumerate(of):
            own: list[Tensor] = [tensor[[other]] for tensor in targets]
            for k in range(2):
                if not torch.isnan(own[0][0, k]):
                    cut = [own[0][:, [k]], own[1][:, [k]], torch.ones(1, 1)]
                    loss = supervised_loss(raw[[row]][:, [k]], *cut, model.binary[[k]])  # type: ignore[arg-type]
                    total += part * float(own[2][0, k]) * float(loss)
                    whole += part * float(own[2][0, k])
    assert float(found) == pytest.approx(total / whole, rel=1e-5)


def test_an_augmentation_of_images_goes_through_the_same_hook(
    labels: Measurements, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An encoder of arrays [n, 1, H, W], and images turned by halves: no other line knows of them."""

    class Pixels(nn.Module):
        feature = "pixels"

        def __init__(self, width: int, depth: int, dropout: float) -> None:
            super().__init__()
            self.width, self.layer = width, nn.Linear(16, width)

        @staticmethod
        def batch(values: np.ndarray) -> Tensor:
            seen.append(values)
            return torch.from_numpy(values.reshape(len(values), 16))

        def forward(self, batch: Tensor) -> Tensor:
            return torch.relu(self.layer(batch))

    def turn(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.where(rng.random((len(images), 1, 1, 1)) < 0.5, images[:, :, ::-1, ::-1], images)

    seen: list[np.ndarray] = []
    monkeypatch.setitem(ENCODERS, "pixels", Pixels)  # type: ignore[arg-type]
    monkeypatch.setitem(AUGMENTATIONS, "turn", Augmentation("images are turned by halves", ("pixels",), turn))
    images = np.random.default_rng(0).random((ROWS, 1, 4, 4)).astype(np.float32)
    options = NeuralOptions(inputs={"image": "pixels"}, width=8, fit=FitOptions(epochs=4), augment=("mask", "turn"))
    learner = NeuralLearner(("regression", "binary"), options)
    column = {"image/pixels": Column(images, np.arange(ROWS))}
    learner.fit(column, labels, np.arange(40), NONE, 0)
    known = {image.tobytes(): side for side in (1, -1) for image in images[:40, :, ::side, ::side]}
    sides = [known[image.tobytes()] for batch in seen for image in batch]
    assert len(sides) == 160
    assert 0.3 < np.mean(np.array(sides) == 1) < 0.7
    seen.clear()
    assert learner.predict(column).shape == (ROWS, 2)
    np.testing.assert_array_equal(np.concatenate(seen), images)


def test_copies_of_a_row_in_a_batch_are_changed_each_by_itself(
    columns: dict[str, Column], labels: Measurements
) -> None:
    """Balanced batches may hold a row twice."""
    learner = fitted("gru", columns, labels, ())
    learner.options = NeuralOptions(augment=("smiles",))
    rows = np.repeat(7, 40)
    batch, index = learner._inputs(columns, rows, np.random.default_rng(0))["drug"]
    assert index is not None
    assert index.tolist() == list(range(40))
    with torch.no_grad():
        assert len(torch.unique(learner.model.encoders["drug"](batch), dim=0)) > 1
    plain, index = learner._inputs(columns, rows, None)["drug"]
    assert index is not None
    assert (len(plain.counts), index.tolist()) == (1, [0] * 40)


def test_every_augmentation_is_described() -> None:
    assert all(own.words for own in AUGMENTATIONS.values())
    assert AUGMENTATIONS[augment.MIXUP].change is None
