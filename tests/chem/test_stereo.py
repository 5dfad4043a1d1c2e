"""molkit.chem.stereo against RDKit's own enumeration."""

from __future__ import annotations

import pytest
from rdkit import Chem
from rdkit.Chem.EnumerateStereoisomers import EnumerateStereoisomers

from molkit.chem.stereo import isomers, undefined_stereo


def written(mols: list[Chem.Mol]) -> list[str]:
    return [Chem.MolToSmiles(mol) for mol in mols]


@pytest.mark.parametrize(
    "smiles",
    [
        "CC(F)Cl",
        "CC=CC",
        "CC(O)C(O)C",
        "CC(O)C(O)C(O)C",
        "CC1CCC(C)CC1",
        "C[C@H](F)C(Cl)Br",
        "CC=CC=CCC",
        "CC(Cl)C=CC",
        "C/C=C/C(F)Cl",
        "CS(=O)CC",
        "C1CCCCCCC=CC1",
        "CN=NC",
        "OC1CC1Cl",
        "CC=NO",
    ],
)
def test_all_isomers_of_a_few_centres(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    oracle = {Chem.CanonSmiles(Chem.MolToSmiles(isomer)) for isomer in EnumerateStereoisomers(mol)}
    assert set(written(isomers(mol, limit=64))) == oracle
    assert undefined_stereo(mol) > 0


@pytest.mark.parametrize(
    "smiles",
    [
        "CCO",
        "C[C@H](F)Cl",
        "F/C=C/F",
        "C1CC=CCC1",
        "CC(C)=C",
        "CC(=N)N",
        "C=C=CC",
        "CN=C=O",
        "CC=[N+]=[N-]",
        "C1CC=CC[SiH2]1",
        "CN(CC)CCC",
    ],
)
def test_nothing_undefined_nothing_changed(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    assert undefined_stereo(mol) == 0
    assert isomers(mol) == [mol]


def test_many_centres_give_a_repeatable_sample() -> None:
    mol = Chem.MolFromSmiles("CC(F)" + "C(O)" * 20 + "Cl")
    assert undefined_stereo(mol) == 21
    found = written(isomers(mol, limit=8))
    assert len(set(found)) == 8
    for text in Chem.MolToRandomSmilesVect(mol, 5, 3):
        assert written(isomers(Chem.MolFromSmiles(text), limit=8)) == found
    assert len(isomers(mol, limit=3)) == 3


def test_defined_centres_stay() -> None:
    defined = Chem.MolFromSmiles("C[C@H](N)C(=O)O")
    found = isomers(Chem.MolFromSmiles("C[C@H](N)C(=O)OC(F)Cl"))
    assert len(found) == 2
    assert all(isomer.HasSubstructMatch(defined, useChirality=True) for isomer in found)


def test_isomers_are_labelled_as_by_the_parser() -> None:
    for isomer in isomers(Chem.MolFromSmiles("CC(F)C=CCl")):
        parsed = Chem.MolFromSmiles(Chem.MolToSmiles(isomer))
        codes = [
            sorted(str(atom.GetPropsAsDict().get("_CIPCode")) for atom in mol.GetAtoms()) for mol in (isomer, parsed)
        ]
        assert codes[0] == codes[1]
        assert undefined_stereo(isomer) == 0


def test_the_writing_does_not_matter(smiles: str, writings: list[str]) -> None:
    flat = Chem.MolFromSmiles(smiles)
    Chem.RemoveStereochemistry(flat)
    texts = list(Chem.MolToRandomSmilesVect(flat, 5, 2))
    assert len({tuple(written(isomers(Chem.MolFromSmiles(text)))) for text in texts}) == 1
