"""What two RDKit calls tell of all atoms and bonds of a molecule, for look-ups in place of pattern matching."""

from __future__ import annotations

from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

_AROMATIC_ATOM = Chem.MolFromSmarts("a")
LARGEST = 255  # atoms or bonds; a byte counts them


@dataclass(frozen=True)
class Outline:
    """A sanitised molecule, the class of each atom, and the lower atom, higher atom and order of each bond.

    A class is RDKit's connectivity invariant (a hash of element, neighbours, hydrogens, charge, isotope and ring
    membership), or its complement for an aromatic atom. It says nothing of how atoms are written.

    Atoms and bonds are left out, and `plain` is False, where a class would not say all or bonds are beyond
    single, double and so on: with explicit hydrogens, wildcards, dative bonds, bonds of order zero. So they are
    for more than 255 atoms or bonds.
    """

    mol: Chem.Mol
    plain: bool
    atoms: list[int]
    bonds: list[tuple[int, int, float]]


def outline(mol: Chem.Mol) -> Outline:
    """The outline of a sanitised molecule.

    >>> outline(Chem.MolFromSmiles("C#N")).bonds
    [(0, 1, 3.0)]
    """
    bonds = _bonds(mol)
    if bonds is None:
        return Outline(mol, False, [], [])
    atoms = list(rdMolDescriptors.GetConnectivityInvariants(mol, True))
    for (index,) in mol.GetSubstructMatches(_AROMATIC_ATOM, maxMatches=LARGEST):
        atoms[index] = ~atoms[index]
    return Outline(mol, True, atoms, bonds)


def _bonds(mol: Chem.Mol) -> list[tuple[int, int, float]] | None:
    size = mol.GetNumBonds()
    if mol.GetNumHeavyAtoms() < mol.GetNumAtoms() or max(mol.GetNumAtoms(), size) > LARGEST:
        return None
    orders = Chem.GetAdjacencyMatrix(mol, True, force=True)
    begin, end = orders.nonzero()
    if len(begin) != 2 * size:  # a dative bond stands in one direction only, one of order zero in none
        return None
    found = zip(begin.tolist(), end.tolist(), orders[begin, end].tolist(), strict=True)
    return [(i, j, order) for i, j, order in found if i < j]
