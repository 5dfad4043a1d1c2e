"""The latent vectors of an autoencoder: written by `embed`, read as features, its encoder's weights begun with."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from trained import folder, small_table, solubility, tree_model, write_csv

import molkit
from molkit.bundle import read_bundle
from molkit.config import RunConfig
from molkit.engine.scorer import ensemble_from_bundle
from molkit.engine.structures import new_featurizers
from molkit.errors import InputError
from molkit.features.inputs import molecules
from molkit.learners import new_learner
from molkit.learners.autoencoder import Autoencoder, AutoencoderOptions
from molkit.learners.neural import NeuralLearner
from molkit.learners.protocol import State
from molkit.pipeline.autoencode import autoencode_table
from molkit.pipeline.pretrained import open_source
from molkit.types import Identity

SMILES = [row["smiles"] for row in solubility(10)]
TINY = AutoencoderOptions(module={"latent": 6, "width": 16, "hidden": 16}, epochs=1)


@cache
def autoencoder(kind: str) -> Path:
    path = folder() / f"{kind}.autoencoder.molkit"
    table = write_csv(folder() / "to-write.csv", [{"smiles": text} for text in SMILES])
    autoencode_table(table, path, kind, TINY, RunConfig(workers=1))
    return path


def directly(kind: str, texts: list[str]) -> np.ndarray:
    bundle = read_bundle(autoencoder(kind))
    state = State(bundle.model["autoencoder"], bundle.arrays("autoencoder/arrays.safetensors"))
    learner = Autoencoder.from_state(state)
    key = f"drug/{learner.feature}"
    values = new_featurizers([key], {})[key]([Chem.MolFromSmiles(text) for text in texts])
    return learner.encode(values)


@pytest.mark.parametrize("kind", ["selfies", "smiles"])
def test_vectors_are_the_posterior_means(kind: str) -> None:
    texts = ["CCO", "c1ccccc1O", "CC(=O)Nc1ccc(O)cc1"]
    found = molkit.embed(autoencoder(kind), [*texts, "xx", "C" * 200])
    np.testing.assert_allclose(found.vectors[:3], directly(kind, texts), rtol=1e-5, atol=1e-6)
    assert found.names == tuple(f"drug_{place}" for place in range(1, 7))
    assert found.statuses == ("ok", "ok", "ok", "invalid_syntax", "unsupported")
    assert np.isnan(found.vectors[3:]).all()
    assert "longer than the autoencoder reads" in str(found.reasons[4])
    assert f"by {kind} autoencoder." in found.sentence


def test_an_autoencoder_has_no_learners_and_one_fold() -> None:
    with pytest.raises(InputError, match="no learners; leave it out"):
        molkit.embed(autoencoder("smiles"), ["CCO"], learner="dmpnn")
    with pytest.raises(InputError, match="from 1 to 1"):
        molkit.embed(autoencoder("smiles"), ["CCO"], fold=2)


def test_vectors_are_features_and_the_card_says_what_was_seen() -> None:
    path = folder() / "latent.molkit"
    model = molkit.train(small_table(), "logS", path, learners=["linear"], pretrained=str(autoencoder("selfies")),
                         fold_models=2, workers=1)  # fmt: skip
    ensemble = ensemble_from_bundle(model.bundle)
    assert "drug/selfies" in ensemble.needs
    assert model.predict(["CCO", "C" * 200])["status"] == ["ok", "ok"]  # other features serve where there is no vector
    told = model.bundle.model["pretrained"]
    assert told["scored_seen"] is not None
    count = read_bundle(autoencoder("selfies")).model["training"]["n"]
    assert f"trained to reconstruct what it reads on {count} rows of its own (from to-write.csv)" in model.card
    assert "Encoder from selfies.autoencoder.molkit" in model.card


def test_what_was_trained_on_is_known_by_its_hash() -> None:
    source = open_source(RunConfig(pretrained=str(autoencoder("smiles")), learners=("linear",)), molecules("smiles"))
    assert source is not None
    standard = molkit.load(tree_model()).predict(SMILES)["smiles_std"]
    seen = source.overlap([Identity(text) for text in dict.fromkeys(standard) if text])
    assert seen == read_bundle(autoencoder("smiles")).model["training"]["n"]
    assert source.overlap([Identity("C" * 77)]) == 0


def test_a_gru_begins_with_the_encoder() -> None:
    config = RunConfig(pretrained=str(autoencoder("smiles")), learners=("gru",))
    source = open_source(config, molecules("smiles"))
    assert source is not None
    assert source.use == "weights"
    learner = new_learner("gru", ("regression",), start=source.start)
    assert isinstance(learner, NeuralLearner)
    assert (learner.options.width, learner.options.depth) == (16, 1)
    learner._begin()
    stored = read_bundle(autoencoder("smiles")).arrays("autoencoder/arrays.safetensors")
    for name, weights in learner.model.encoder("drug").state_dict().items():
        np.testing.assert_array_equal(weights.numpy(), stored[f"encoder.{name}"])
