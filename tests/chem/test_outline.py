"""Outlines against RDKit's own atoms and bonds."""

from __future__ import annotations

import pytest
from rdkit import Chem

from molkit.chem.outline import outline


def test_bonds_are_those_of_the_molecule(drugs: list[Chem.Mol]) -> None:
    for mol in drugs:
        seen = outline(mol)
        if seen.plain:
            ends = [
                (*sorted((b.GetBeginAtomIdx(), b.GetEndAtomIdx())), b.GetBondTypeAsDouble()) for b in mol.GetBonds()
            ]
            assert sorted(seen.bonds) == sorted(ends)
    assert sum(outline(mol).plain for mol in drugs) > 0.9 * len(drugs)


def test_atoms_of_a_class_are_alike(drugs: list[Chem.Mol], nci: list[Chem.Mol]) -> None:
    known: dict[int, tuple[object, ...]] = {}
    for mol in [*drugs, *nci]:
        for name, atom in zip(outline(mol).atoms, mol.GetAtoms(), strict=False):
            alike = (
                atom.GetAtomicNum(),
                atom.GetIsAromatic(),
                atom.GetDegree(),
                atom.GetTotalNumHs(),
                atom.GetFormalCharge(),
                atom.IsInRing(),
            )
            assert known.setdefault(name, alike) == alike
    assert len(known) > 100


@pytest.mark.parametrize(
    "smiles", ["*C", "[2H]C", "[NH3]->[Pt](Cl)Cl", "[Na]~[Cl]", "C" * 256, "[Na+].[Cl-]." * 128 + "C"]
)
def test_what_a_class_does_not_tell_is_not_plain(smiles: str) -> None:
    seen = outline(Chem.MolFromSmiles(smiles))
    assert (seen.plain, seen.atoms, seen.bonds) == (False, [], [])


def test_explicit_hydrogens_are_not_plain(smiles: str) -> None:
    assert not outline(Chem.AddHs(Chem.MolFromSmiles(smiles))).plain


def test_kekule_bonds_leave_the_atoms_aromatic_while_they_are_marked() -> None:
    """Or one drawing would teach the look-ups that aromatic atoms are not."""
    mol = Chem.MolFromSmiles("c1ccccc1O")
    aromatic = outline(mol)
    Chem.Kekulize(mol, clearAromaticFlags=False)
    assert outline(mol).atoms == aromatic.atoms
    assert {order for _, _, order in outline(mol).bonds} == {1.0, 2.0}
    Chem.Kekulize(mol, clearAromaticFlags=True)
    assert not set(outline(mol).atoms) & set(aromatic.atoms[:6])


def test_an_edited_bond_is_seen() -> None:
    mol = Chem.RWMol(Chem.MolFromSmiles("C=C"))
    assert outline(mol).bonds == [(0, 1, 2.0)]
    mol.GetBondWithIdx(0).SetBondType(Chem.BondType.SINGLE)
    assert outline(mol).bonds == [(0, 1, 1.0)]
