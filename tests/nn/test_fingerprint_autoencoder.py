"""Fingerprint bits and descriptors through an autoencoder: packed bytes, what is missing, how all comes back."""

from __future__ import annotations

import numpy as np
import torch
from rdkit import Chem, DataStructs

from molkit.features.bit_descriptors import BITS, BitDescriptorFeaturizer, unpack_bits_descriptors
from molkit.features.descriptors import NAMES, DescriptorFeaturizer
from molkit.features.fingerprint import FingerprintFeaturizer
from molkit.learners.autoencoder import Autoencoder, AutoencoderOptions
from molkit.nn.fingerprint_autoencoder import FingerprintAutoencoder


def test_bytes_unpack_to_what_the_featurizers_give(nci: list[Chem.Mol]) -> None:
    packed = BitDescriptorFeaturizer()(nci[:20])
    assert packed.dtype == np.uint8
    assert packed.shape == (20, BITS // 8 + 4 * len(NAMES))
    values = unpack_bits_descriptors(packed)
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values[:, :BITS], FingerprintFeaturizer(size=BITS)(nci[:20]) > 0)
    np.testing.assert_array_equal(values[:, BITS:], DescriptorFeaturizer()(nci[:20]))
    assert unpack_bits_descriptors(packed[:0]).shape == (0, BITS + len(NAMES))


def without_descriptors(packed: np.ndarray) -> np.ndarray:
    """The same, no descriptor being known."""
    missing = np.full((len(packed), len(NAMES)), np.nan, "<f4").view(np.uint8)
    return np.concatenate([packed[:, : BITS // 8], missing], axis=1)


def test_missing_descriptors_cost_nothing(nci: list[Chem.Mol]) -> None:
    packed = BitDescriptorFeaturizer()(nci[:20])
    model = FingerprintAutoencoder(latent=4, width=16)
    model.prepare(packed)
    batch = model.batch(without_descriptors(packed))
    z = model.encode(batch)[0]
    assert torch.isfinite(z).all()
    costs = model.rows.cell_losses(batch, z)
    assert (costs[:, BITS:] == 0).all()
    assert (costs[:, :BITS] > 0).all()


def test_recovery_is_of_the_bits_and_descriptors_that_are_told(nci: list[Chem.Mol]) -> None:
    """Beside RDKit's Tanimoto similarity, and medians and standard deviations of the descriptors."""
    packed = BitDescriptorFeaturizer()(nci[:20])
    torch.manual_seed(0)
    model = FingerprintAutoencoder(latent=4, width=16)
    model.prepare(packed)
    batch = model.batch(packed)
    z = model.encode(batch)[0]
    with torch.no_grad():
        told = model.rows.decode(z).numpy()
        found = model.recovery(batch, z).numpy()
    bits = unpack_bits_descriptors(packed)[:, :BITS] > 0
    own = model.rows.scaled(batch.values).numpy()[:, BITS:]
    for row in range(20):
        first, second = (DataStructs.CreateFromBitString("".join(map(str, one.astype(int))))
                         for one in (told[row, :BITS] > 0, bits[row]))  # fmt: skip
        shared = (first & second).GetNumOnBits()
        assert found[row, 0] == np.float32(shared / second.GetNumOnBits())
        assert found[row, 1] == np.float32(DataStructs.TanimotoSimilarity(first, second))
    np.testing.assert_allclose(found[:, 2], np.abs(told[:, BITS:] - own).mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(found[:, 3], np.abs(own).mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(np.median(own, axis=0), 0, atol=0.2)


def test_it_comes_back_from_its_state(nci: list[Chem.Mol]) -> None:
    packed = BitDescriptorFeaturizer()(nci[:40])
    learner = Autoencoder("fingerprint", AutoencoderOptions(module={"latent": 4, "width": 16}, epochs=1))
    learner.fit(packed)
    again, vectors = Autoencoder.from_state(learner.state()), learner.encode(packed)
    np.testing.assert_array_equal(again.encode(packed), vectors)
    np.testing.assert_array_equal(again.surprise(packed, vectors), learner.surprise(packed, vectors))
    assert np.isfinite(learner.surprise(packed, vectors)).all()
    assert not learner.writes
    assert learner.recovery(packed, vectors).shape == (40, 4)
