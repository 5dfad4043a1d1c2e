"""Fingerprint bits and descriptors through an autoencoder: what is missing costs nothing, odd molecules cost more."""

from __future__ import annotations

import numpy as np
import torch
from rdkit import Chem

from molkit.features.bit_descriptors import BITS, BitDescriptorFeaturizer
from molkit.features.descriptors import DescriptorFeaturizer
from molkit.features.fingerprint import FingerprintFeaturizer
from molkit.learners.autoencoder import Autoencoder, AutoencoderOptions
from molkit.nn.fingerprint_autoencoder import FingerprintAutoencoder


def test_bits_and_descriptors_are_those_of_their_featurizers(nci: list[Chem.Mol]) -> None:
    values = BitDescriptorFeaturizer()(nci[:20])
    np.testing.assert_array_equal(values[:, :BITS], FingerprintFeaturizer(size=BITS)(nci[:20]) > 0)
    np.testing.assert_array_equal(values[:, BITS:], DescriptorFeaturizer()(nci[:20]))


def test_missing_descriptors_cost_nothing(nci: list[Chem.Mol]) -> None:
    values = BitDescriptorFeaturizer()(nci[:20])
    model = FingerprintAutoencoder(latent=4, width=16)
    model.prepare(values)
    without = values.copy()
    without[:, BITS:] = np.nan
    batch = model.batch(without)
    z = model.encode(batch)[0]
    assert torch.isfinite(z).all()
    costs = model.rows.cell_losses(batch, z)
    assert (costs[:, BITS:] == 0).all()
    assert (costs[:, :BITS] > 0).all()


def test_it_comes_back_from_its_state(nci: list[Chem.Mol]) -> None:
    values = BitDescriptorFeaturizer()(nci[:40])
    learner = Autoencoder("fingerprint", AutoencoderOptions(module={"latent": 4, "width": 16}, epochs=1))
    learner.fit(values)
    again = Autoencoder.from_state(learner.state())
    np.testing.assert_array_equal(again.encode(values), learner.encode(values))
    np.testing.assert_array_equal(again.surprise(values), learner.surprise(values))
    assert np.isfinite(learner.surprise(values)).all()
