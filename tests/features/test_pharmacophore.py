"""Pharmacophore pairs against RDKit's own, on molecules in any state."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdReducedGraphs

from molkit.data.cards import shipped_path
from molkit.data.table import read_table
from molkit.data.tables import open_table
from molkit.features import DescriptorFeaturizer, PharmacophoreFeaturizer


@pytest.fixture(scope="module")
def smiles() -> list[str]:
    source = open_table(shipped_path("solubility"))
    cells = read_table(source).columns[source.smiles or ""]
    return [text for text in map(str, cells) if Chem.MolFromSmiles(text) is not None][::2]


def test_values_are_those_of_a_molecule_that_was_just_parsed(smiles: list[str]) -> None:
    """What was computed before (a distance matrix, descriptors) must not change them."""
    fresh = np.array([rdReducedGraphs.GetErGFingerprint(Chem.MolFromSmiles(text)) for text in smiles], np.float32)
    mols = [Chem.MolFromSmiles(text) for text in smiles]
    for mol in mols:
        Chem.GetDistanceMatrix(mol)
    DescriptorFeaturizer()(mols)
    naive = np.array([rdReducedGraphs.GetErGFingerprint(mol) for mol in mols], np.float32)
    assert (naive != fresh).any()  # else the copy is no longer needed
    np.testing.assert_array_equal(PharmacophoreFeaturizer()(mols), fresh)
    assert all(mol.GetRingInfo().NumRings() >= 0 for mol in mols)


def test_one_name_per_column() -> None:
    featurizer = PharmacophoreFeaturizer()
    assert len(set(featurizer.names)) == featurizer([Chem.MolFromSmiles("CCO")]).shape[1]
