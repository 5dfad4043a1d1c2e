"""Fingerprints against RDKit's Morgan environments, counted one by one."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from molkit.features.fingerprint import FingerprintFeaturizer, packed_bits


@pytest.mark.parametrize(("radius", "size"), [(2, 2048), (3, 512)])
def test_counts_are_those_of_the_unfolded_environments(
    radius: int, size: int, varied: list[Chem.Mol], nci: list[Chem.Mol]
) -> None:
    mols = [*varied, *nci[::50]]
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=radius, includeChirality=True)
    expected = np.zeros((len(mols), size), np.int64)
    for row, mol in enumerate(mols):
        for place, count in generator.GetSparseCountFingerprint(mol).GetNonzeroElements().items():
            expected[row, place % size] += count
    found = FingerprintFeaturizer(radius=radius, size=size)(mols)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, np.minimum(expected, 255))


def test_counts_stop_at_255() -> None:
    counts = FingerprintFeaturizer()([Chem.MolFromSmiles("C" * 400)])
    assert counts.max() == 255


def test_enantiomers_differ() -> None:
    left, right = FingerprintFeaturizer()([Chem.MolFromSmiles(s) for s in ("C[C@H](N)O", "C[C@@H](N)O")])
    assert (left != right).any()


def test_there_is_a_name_for_every_column() -> None:
    featurizer = FingerprintFeaturizer(size=64)
    assert len(featurizer.names) == featurizer([Chem.MolFromSmiles("C")]).shape[1] == 64


def test_packed_bits_are_the_bits_that_are_set(nci: list[Chem.Mol]) -> None:
    counts = FingerprintFeaturizer()(nci[:20])
    packed = packed_bits(counts)
    assert packed.shape == (20, 256)
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048, includeChirality=True)
    for mol, row in zip(nci, packed, strict=False):
        bits = np.zeros(0, np.uint8)
        DataStructs.ConvertToNumpyArray(generator.GetFingerprint(mol), bits)
        assert np.unpackbits(row).tolist() == bits.tolist()
