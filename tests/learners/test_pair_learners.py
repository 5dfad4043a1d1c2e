"""Learners over two inputs: what they learn, what their states hold, and symmetry of inputs of one kind."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from rdkit import Chem

from molkit.features import FEATURIZERS_OF
from molkit.features.composition import CompositionFeaturizer
from molkit.features.sequence import ResidueFeaturizer
from molkit.learners import features_of, learner_from_state, new_learner
from molkit.learners.growing import BoostingOptions, ForestOptions
from molkit.learners.linear import LinearOptions
from molkit.learners.network_options import NeuralOptions
from molkit.learners.neural import _BLOCKS
from molkit.learners.protocol import Learner, State
from molkit.nn.residue_cnn import ResidueConvolution
from molkit.training.fit import FitOptions
from molkit.types import Column, Measurements

PAIR = {"drug": "smiles", "protein": "sequence"}
TWO = {"drug_a": "smiles", "drug_b": "smiles"}
DRUGS, PROTEINS, ROWS, NONE = 24, 10, 160, np.empty(0, np.int64)
DRUG_FEATURES = {featurizer.kind: featurizer for featurizer in FEATURIZERS_OF["smiles"]}
SMALL: dict[str, Any] = {
    "boosting": BoostingOptions(trees=40, learning_rate=0.15),
    "forest": ForestOptions(trees=25),
    "linear": LinearOptions(penalties=4, folds=3),
}
NETWORK = NeuralOptions(width=32, depth=2, fit=FitOptions(epochs=15, learning_rate=1e-2))
NAMES = ("boosting", "forest", "linear", "dmpnn", "fingerprint+residue-attention")
ALIKE = ("boosting", "forest", "linear", "dmpnn", "fingerprint")


def options(name: str) -> Any:
    return SMALL.get(name, NETWORK)


@pytest.fixture(scope="module")
def columns(nci: list[Chem.Mol]) -> dict[str, Column]:
    """160 of the 240 pairs of small molecules and proteins, and as many of two molecules."""
    rng = np.random.default_rng(0)
    mols = [mol for mol in nci if 5 < mol.GetNumAtoms() < 16][:DRUGS]
    chosen = rng.permutation(DRUGS * PROTEINS)[:ROWS]
    drug, protein, other = chosen // PROTEINS, chosen % PROTEINS, rng.integers(0, DRUGS, ROWS)
    proteins = ["W" * place + "KL" * 60 for place in range(PROTEINS)]
    found = {}
    for kind, featurizer in DRUG_FEATURES.items():
        values = featurizer()(mols)
        own = {"drug": drug, "drug_a": drug, "drug_b": other}
        found |= {f"{name}/{kind}": Column(values, index) for name, index in own.items()}
    for featurizer in (ResidueFeaturizer, CompositionFeaturizer):
        found[f"protein/{featurizer.kind}"] = Column(featurizer()(proteins), protein)
    return found


@pytest.fixture(scope="module")
def sizes(nci: list[Chem.Mol]) -> np.ndarray:
    return np.array([float(mol.GetNumAtoms()) for mol in nci if 5 < mol.GetNumAtoms() < 16][:DRUGS])


def measured(values: np.ndarray) -> Measurements:
    return Measurements(values[:, None], np.zeros((ROWS, 1), np.int8), np.ones(ROWS))


def fitted(name: str, inputs: dict[str, str], columns: dict[str, Column], values: np.ndarray) -> Learner:
    learner = new_learner(name, ("regression",), options(name), inputs=inputs)
    learner.fit(columns, measured(values), np.arange(120), NONE, 0)
    return learner


def some(columns: dict[str, Column], rows: Any) -> dict[str, Column]:
    return {key: Column(column.values, column.index[rows]) for key, column in columns.items()}


@pytest.fixture(scope="module", params=NAMES)
def case(request: pytest.FixtureRequest, columns: dict[str, Column], sizes: np.ndarray) -> tuple[Learner, np.ndarray]:
    """Labels that depend on both inputs."""
    values = sizes[columns["drug/graph"].index] + columns["protein/residues"].index
    return fitted(request.param, PAIR, columns, values), values


def test_both_inputs_are_learned(case: tuple[Learner, np.ndarray], columns: dict[str, Column]) -> None:
    learner, values = case
    found = learner.predict(columns)[:, 0]
    assert np.mean((found - values)[120:] ** 2) < 0.35 * np.var(values)
    index = {name: columns[f"{name}/{kind}"].index for name, kind in (("drug", "graph"), ("protein", "residues"))}
    for name, own in index.items():
        other = {k: Column(c.values, own[::-1]) if k.startswith(f"{name}/") else c for k, c in columns.items()}
        assert np.abs(learner.predict(other)[:, 0] - found).max() > 0.5


def test_a_state_gives_the_same_bits_and_names_its_features(
    case: tuple[Learner, np.ndarray], columns: dict[str, Column]
) -> None:
    learner, _ = case
    state = learner.state()
    config = json.loads(json.dumps(state.config))
    again = learner_from_state(learner.kind, State(config, {k: v.copy() for k, v in state.arrays.items()}))
    np.testing.assert_array_equal(again.predict(columns), learner.predict(columns))
    assert features_of(learner.kind, config) == learner.needs == again.needs
    assert (again.kind, {key.partition("/")[0] for key in learner.needs}) == (learner.kind, {"drug", "protein"})


def test_rows_their_order_and_chunks_do_not_matter(
    case: tuple[Learner, np.ndarray], columns: dict[str, Column]
) -> None:
    learner, _ = case
    found, rows = learner.predict(columns), np.array([7, 7, 150, 3, 0])
    np.testing.assert_allclose(learner.predict(some(columns, rows)), found[rows], rtol=0, atol=1e-4)
    parts = [learner.predict(some(columns, slice(start, start + 33))) for start in range(0, ROWS, 33)]
    np.testing.assert_allclose(np.concatenate(parts), found, rtol=0, atol=1e-4)
    assert learner.predict(some(columns, rows[:0])).shape == (0, 1)


@pytest.mark.parametrize("name", ALIKE)
def test_two_inputs_of_a_kind_can_be_exchanged(name: str, columns: dict[str, Column], sizes: np.ndarray) -> None:
    """All rows, some of them, and each by itself: not one bit changes."""
    values = sizes[columns["drug_a/graph"].index] + sizes[columns["drug_b/graph"].index]
    learner = fitted(name, TWO, columns, values)
    found = learner.predict(columns)
    assert np.corrcoef(found[:, 0], values)[0, 1] > 0.5

    def exchanged(which: np.ndarray) -> dict[str, Column]:
        pairs = {kind: (columns[f"drug_a/{kind}"], columns[f"drug_b/{kind}"]) for kind in DRUG_FEATURES}
        parts = {}
        for kind, (one, other) in pairs.items():
            parts[f"drug_a/{kind}"] = Column(one.values, np.where(which, other.index, one.index))
            parts[f"drug_b/{kind}"] = Column(one.values, np.where(which, one.index, other.index))
        return parts

    everything = np.ones(ROWS, bool)
    np.testing.assert_array_equal(learner.predict(exchanged(everything)), found)
    np.testing.assert_array_equal(learner.predict(exchanged(np.arange(ROWS) % 3 == 0)), found)
    for row in range(3):
        one, other = some(columns, [row]), some(exchanged(everything), [row])
        np.testing.assert_array_equal(learner.predict(one), learner.predict(other))


@pytest.mark.parametrize("head", ["mlp", "bilinear"])
def test_a_head_that_is_named_is_used_and_stored(head: str, columns: dict[str, Column], sizes: np.ndarray) -> None:
    learner: Any = new_learner("dmpnn", ("regression",), NETWORK, inputs=PAIR, changes={"head": head, "epochs": 2})
    learner.fit(columns, measured(sizes[columns["drug/graph"].index]), np.arange(120), NONE, 0)
    state = learner.state()
    assert state.config["options"]["head"] == head
    again = learner_from_state(learner.kind, State(json.loads(json.dumps(state.config)), state.arrays))
    np.testing.assert_array_equal(again.predict(columns), learner.predict(columns))
    older = {key: value for key, value in state.config["options"].items() if key != "head"}
    if head == "bilinear":  # which is what "auto" means
        read = learner_from_state(learner.kind, State({**state.config, "options": older}, state.arrays))
        np.testing.assert_array_equal(read.predict(columns), learner.predict(columns))


def test_an_epoch_encodes_each_protein_a_few_times_and_a_pass_once(
    columns: dict[str, Column], sizes: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    batch = ResidueConvolution.batch

    def counting(steps: Any) -> Any:
        seen.append(len(steps))
        return batch(steps)

    monkeypatch.setattr(ResidueConvolution, "batch", staticmethod(counting))
    fit = {"epochs": 4, "batch_size": 64}
    learner: Any = new_learner("dmpnn+residue-cnn", ("regression",), NETWORK, inputs=PAIR, changes=fit)
    learner.fit(columns, measured(sizes[columns["drug/graph"].index]), np.arange(120), NONE, 0)
    assert seen
    batches = len(seen) // 4
    assert sum(seen) / 4 <= _BLOCKS * PROTEINS + batches  # at each cut one value may be on both sides
    seen.clear()
    for start in range(0, ROWS, 40):
        learner.predict(some(columns, slice(start, start + 40)))
    assert sum(seen) == PROTEINS
    learner.fit(columns, measured(-sizes[columns["drug/graph"].index]), np.arange(120), NONE, 0)
    seen.clear()
    learner.predict(columns)
    assert sum(seen) == PROTEINS  # those of the first fit are forgotten
