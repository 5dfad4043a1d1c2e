"""Kinds of structure that models often find hard: named yes-or-no questions of a molecule."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from molkit.chem.quiet import QUIET
from molkit.chem.stereo import undefined_stereo

_USUAL = {1, 6, 7, 8, 9, 15, 16, 17, 35, 53}
_HALOGENS = {9, 17, 35, 53}
_MACROCYCLE = 12  # ring atoms; Driggers and others, Nat. Rev. Drug Discov. 2008, 7, 608
_HEAVY = 500.0  # g/mol, of Lipinski's rules; Adv. Drug Deliv. Rev. 1997, 23, 3
_FLEXIBLE = 10  # rotatable bonds; Veber and others, J. Med. Chem. 2002, 45, 2615


def structure_kinds(smiles: Sequence[str]) -> dict[str, np.ndarray]:
    """For each kind, named in the plural, whether each of n structures is of it, bool [n].

    What cannot be read is of no kind.

    >>> found = structure_kinds(["CCO", "C[N+](C)(C)C1CC1", "[O-][N+](=O)c1ccccc1"])
    >>> [name for name, members in found.items() if members[1]]
    ['charged compounds']
    """
    found = {name: np.zeros(len(smiles), bool) for name in KINDS}
    with QUIET:
        for row, text in enumerate(smiles):
            mol = Chem.MolFromSmiles(text)
            if mol is not None:
                for name, is_of in KINDS.items():
                    found[name][row] = is_of(mol)
    return found


def _acyclic(mol: Chem.Mol) -> bool:
    return bool(mol.GetRingInfo().NumRings() == 0)


def _charged(mol: Chem.Mol) -> bool:
    """Whether an atom has a charge that no neighbour makes up for, as in nitro groups and N-oxides."""
    return any(
        atom.GetFormalCharge()
        and not any(other.GetFormalCharge() * atom.GetFormalCharge() < 0 for other in atom.GetNeighbors())
        for atom in mol.GetAtoms()
    )


def _heavy(mol: Chem.Mol) -> bool:
    return bool(rdMolDescriptors._CalcMolWt(mol) > _HEAVY)


def _flexible(mol: Chem.Mol) -> bool:
    return bool(rdMolDescriptors.CalcNumRotatableBonds(mol) > _FLEXIBLE)


def _macrocyclic(mol: Chem.Mol) -> bool:
    return any(len(ring) >= _MACROCYCLE for ring in mol.GetRingInfo().AtomRings())


def _rare(mol: Chem.Mol) -> bool:
    return any(atom.GetAtomicNum() not in _USUAL for atom in mol.GetAtoms())


def _polyhalogenated(mol: Chem.Mol) -> bool:
    return sum(atom.GetAtomicNum() in _HALOGENS for atom in mol.GetAtoms()) >= 4


def _open_stereo(mol: Chem.Mol) -> bool:
    return undefined_stereo(mol) > 0


KINDS: dict[str, Callable[[Chem.Mol], bool]] = {
    "acyclic compounds": _acyclic,
    "charged compounds": _charged,
    "compounds over 500 g/mol": _heavy,
    "compounds with more than 10 rotatable bonds": _flexible,
    "macrocycles": _macrocyclic,
    "compounds with elements beyond H, C, N, O, F, P, S, Cl, Br and I": _rare,
    "compounds with four or more halogen atoms": _polyhalogenated,
    "compounds with undefined stereo": _open_stereo,
}
