"""molkit.chem.scaffold: rings and linkers, whatever the input."""

from __future__ import annotations

import pytest
from rdkit import Chem

from molkit.chem.scaffold import scaffold


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("CCO", ""),
        ("O", ""),
        ("CC(=O)Nc1ccc(O)cc1", "c1ccccc1"),
        ("C[C@H]1CCC[C@@H](F)C1", "C1CCCCC1"),
        ("Cc1ccccc1CCc1ccncc1C", "c1ccc(CCc2ccncc2)cc1"),
        ("CN1CCCC1=O", "O=C1CCCN1"),
    ],
)
def test_rings_and_linkers(smiles: str, expected: str) -> None:
    assert scaffold(Chem.MolFromSmiles(smiles)) == (Chem.CanonSmiles(expected) if expected else "")


def test_the_writing_does_not_matter(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    found = scaffold(mol)
    texts = Chem.MolToRandomSmilesVect(mol, 10, 4)
    assert {scaffold(Chem.MolFromSmiles(text)) for text in texts} == {found}
    if found:
        assert scaffold(Chem.MolFromSmiles(found)) == found
        assert mol.GetRingInfo().NumRings() == Chem.MolFromSmiles(found).GetRingInfo().NumRings()


@pytest.mark.parametrize("smiles", ["[Fe]", "*1*****1", "C1CC1*", "[Na+].[Cl-]", "C12C3C4C1C5C2C3C45"])
def test_odd_structures_never_raise(smiles: str) -> None:
    assert isinstance(scaffold(Chem.MolFromSmiles(smiles)), str)
