"""The autoencoder of fingerprint bits and descriptors: its card, what its vectors serve, what it cannot do."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from trained import folder, small_table, solubility, write_csv

import molkit
from molkit.bundle import read_bundle
from molkit.config import RunConfig
from molkit.engine.autoencoders import autoencoder_from_bundle
from molkit.engine.scorer import ensemble_from_bundle
from molkit.errors import InputError
from molkit.features import BitDescriptorFeaturizer
from molkit.features.inputs import molecules
from molkit.generation.writer import open_writer
from molkit.learners.autoencoder import AutoencoderOptions
from molkit.pipeline.autoencode import AutoencodeResult, autoencode_table
from molkit.pipeline.pretrained import open_source
from molkit.pipeline.progress import Progress, quiet

TINY = AutoencoderOptions(module={"latent": 6, "width": 16}, epochs=2)


@cache
def library() -> Path:
    return write_csv(folder() / "fingerprints.csv", [{"smiles": row["smiles"]} for row in solubility(5)])


def learned(path: Path, progress: Progress = quiet) -> AutoencodeResult:
    return autoencode_table(library(), path, "fingerprint", TINY, RunConfig(workers=1), progress=progress)


@cache
def result() -> AutoencodeResult:
    return learned(folder() / "fingerprint.autoencoder.molkit")


def test_the_card_tells_how_bits_and_descriptors_come_back_and_of_no_writing() -> None:
    found = result()
    scores = found.content["scores"]
    assert set(scores) == {
        "loss", "bits_recovered", "bits_similarity", "descriptor_error", "descriptor_error_of_medians",
    }  # fmt: skip
    assert 0 < scores["descriptor_error"]["value"] < 2
    assert all(score["n"] == found.content["training"]["held_out"] for score in scores.values())
    for words in ("its fingerprint bits and descriptors can be given back", "It writes no molecules", "Tanimoto",
                  "where the median of each would have"):  # fmt: skip
        assert words in found.card
    for words in ("written", "What it writes", "are drawn", "token"):
        assert words not in found.card


def test_a_killed_run_ends_with_the_same_network(tmp_path: Path) -> None:
    out, begun = tmp_path / "killed.molkit", []

    def killing(stage: str, done: int, total: int, figures: dict[str, float]) -> None:
        if stage == "training" and not begun:
            begun.append(done)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learned(out, killing)
    again = learned(out)
    assert "Went on from where an interrupted run stood." in again.notes
    name = "autoencoder/arrays.safetensors"
    assert read_bundle(out).entries[name] == read_bundle(result().path).entries[name]


def test_vectors_are_the_posterior_means_and_novelty_can_be_told() -> None:
    texts = ["CCO", "c1ccccc1O", "CC(=O)Nc1ccc(O)cc1"]
    bundle = read_bundle(result().path)
    values = BitDescriptorFeaturizer()([Chem.MolFromSmiles(text) for text in texts])
    found = molkit.embed(result().path, [*texts, "xx", "C" * 200])
    np.testing.assert_allclose(
        found.vectors[:3], autoencoder_from_bundle(bundle).encode(values), rtol=1e-5, atol=1e-6
    )  # fmt: skip
    assert found.statuses == ("ok", "ok", "ok", "invalid_syntax", "ok")  # it reads molecules of any length
    novelty = bundle.arrays("novelty.safetensors")
    assert set(novelty) == {"log_density", "surprise"}
    assert all(np.isfinite(own).all() for own in novelty.values())


def test_vectors_are_features() -> None:
    path = folder() / "from-fingerprints.molkit"
    model = molkit.train(small_table(), "logS", path, learners=["linear"], pretrained=str(result().path),
                         pretrained_as="features", fold_models=2, workers=1)  # fmt: skip
    assert "drug/bits-descriptors" in ensemble_from_bundle(model.bundle).needs
    said = model.predict(["CCO", "C" * 200, "xx"])
    assert said["status"] == ["ok", "ok", "invalid_syntax"]
    assert "Encoder from fingerprint.autoencoder.molkit" in model.card


def test_no_network_begins_with_its_weights() -> None:
    config = RunConfig(pretrained=str(result().path), pretrained_as="weights", learners=("dmpnn", "linear"))
    with pytest.raises(InputError, match="no network begins with the weights of a fingerprint autoencoder"):
        open_source(config, molecules("smiles"))


def test_it_writes_no_molecules() -> None:
    with pytest.raises(InputError, match="of kind fingerprint, which writes no molecules; make one of selfies"):
        open_writer(result().path)
